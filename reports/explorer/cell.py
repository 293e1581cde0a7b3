"""The explorer in a cell of a notebook: a page of its own in a frame, so that the notebook's styles do not reach it.

All of it is in the saved notebook: it needs no kernel and no network. The frame may run the script that it holds and
nothing else (`sandbox`, and a content security policy that fetches nothing). It tells its height, as a number, to the
page around it, which sizes the frame; where no script runs there, the frame scrolls. Of a notebook that someone else
has run JupyterLab shows neither frames nor scripts until it is trusted, which the cell then says.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files

from ...symbolic.mimebundle import escaped
from ...symbolic.model import RateModel
from ..formats.assets import policy, script
from ..formats.markup import element
from .explorer import explorer

__all__ = ["ExplorerCell", "explorer_cell"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src"
# Tall enough to begin with for the controls and the first row of panels.
_HEIGHT = 900
# What a notebook that is not trusted shows of the cell; a frame that runs hides it.
_UNTRUSTED = "The explorer runs in a notebook that is trusted: choose Trust Notebook in JupyterLab's command palette."
_TELL = """(() => {
  const tell = () => parent.postMessage({ nullcline: "height", height: document.documentElement.offsetHeight }, "*");
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
})();"""
# Of a page with several frames each is sized by its own message; one listener serves them all.
_LISTEN = """(() => {
  if (window.nullclineExplorers) return;
  window.nullclineExplorers = true;
  window.addEventListener("message", ({ data, source }) => {
    if (!data || data.nullcline !== "height" || !(data.height > 0 && data.height < 20000)) return;
    for (const frame of document.querySelectorAll("iframe.nullcline-explorer")) {
      if (frame.contentWindow !== source) continue;
      frame.style.height = `${Math.ceil(data.height)}px`;
      if (frame.previousElementSibling) frame.previousElementSibling.hidden = true;
    }
  });
})();"""


@dataclass(frozen=True)
class ExplorerCell:
    """An explorer that a notebook shows; `page` is the same as an HTML page, to be saved and opened by itself."""

    model: RateModel
    parameters: Mapping[str, float]
    page: str

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value:g}" for name, value in self.parameters.items())
        return f"Explorer of {self.model.name!r}{f' at {given}' if given else ''} (a notebook shows it; .page is HTML)"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        made = {"text/plain": repr(self), "text/html": _framed(self)}
        return {k: v for k, v in made.items() if (include is None or k in include) and k not in (exclude or ())}


def explorer_cell(
    model: RateModel, parameters: Mapping[str, float], *, r_init: float = 0.2, seed: int = 0
) -> ExplorerCell:
    """Return the explorer of a model of one population, opened at the given parameters, as `RateModel.explore` does.

    Raises ModelError for several populations, ParameterError for a parameter that is unknown or out of bounds.
    """
    made = explorer(model, parameters, r_init=r_init, seed=seed)
    style = files("nullcline.reports.page").joinpath("style.css").read_text(encoding="utf-8")
    # The font for formulas would be half of the cell, for a few symbols.
    style = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", style)
    # The steps of the derivation are in the report, not here.
    markup = re.sub(r'<a href="#step-[^"]*">(.*?)</a>', r"\1", made.markup, flags=re.DOTALL)
    scripts = [made.script, script(_TELL)]
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>Explorer of {escaped(model.name)}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY} {policy(*scripts)}">'
        f"<style>{style}\n{made.style}\nbody {{ padding: 0 1rem; }}</style></head>"
        f'<body><main id="explorer">{markup}</main>{"".join(element("script", text) for text in scripts)}</body></html>'
    )
    return ExplorerCell(model, dict(parameters), page)


def _framed(cell: ExplorerCell) -> str:
    return (
        f"<script>{_LISTEN}</script><p>{_UNTRUSTED}</p>"
        f'<iframe class="nullcline-explorer" title="Explorer of {escaped(cell.model.name)}" sandbox="allow-scripts" '
        f'srcdoc="{escaped(cell.page)}" style="width:100%;height:{_HEIGHT}px;border:0"></iframe>'
    )
