"""The explorer: the page that `nullcline report` writes beside the site, and the directive that links to its presets.

```{explore} fixed-points
What to try there.
```
"""

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from nullcline.reports import Report
from nullcline.reports.explorer.presets import presets
from nullcline.reports.formats.as_html import as_html
from nullcline.symbolic import RateModel
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PAGE = "explorer.html"
MODEL = RateModel.single()
PRESETS = {preset.id: preset.title for preset in presets(MODEL)}
NAMES = (*MODEL.parameters, "r_init", "noise_sigma", "noise_tau", "seed")


def values(text: str) -> list[str]:
    """Return the assignments in an option; raise ValueError, with what is wrong, where one of them is none."""
    found = text.split()
    for each in found:
        name, _, number = each.partition("=")
        if name not in NAMES:
            raise ValueError(f"the explorer has no {name!r} (it has: {', '.join(NAMES)})")
        float(number)
    return found


class Explore(SphinxDirective):
    """A box that says what to try, with the link to where."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"set": values}

    def run(self) -> list[nodes.Node]:
        preset = directives.choice(self.arguments[0], tuple(PRESETS))
        up = "../" * self.env.docname.count("/")
        box = nodes.container(classes=["explore"])
        self.state.nested_parse(self.content, self.content_offset, box)
        address = "&".join([f"{up}{PAGE}#explorer", f"preset={preset}", *self.options.get("set", [])])
        link = nodes.reference("", f"Open the explorer: {PRESETS[preset]}", refuri=address)
        box += nodes.paragraph("", "", link, classes=["go"])
        return [box]


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the page of the bistable case, w = 5 and I_ext = 0.5, which holds the explorer."""
    if exception is None and app.builder.format == "html":
        made = Report.of(MODEL, w=5, I_ext=0.5)
        Path(app.outdir, PAGE).write_text(as_html(made), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("explore", Explore)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
