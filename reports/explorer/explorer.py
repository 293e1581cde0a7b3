"""The explorer: sliders, panels and questions for a model of one population, as markup, style and script."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from ...symbolic.errors import ModelError, ParameterError
from ...symbolic.model import RateModel, unknown_parameter
from ...symbolic.notation import name as named
from ...symbolic.parameter import real_number
from ..formats.assets import script
from ..formats.markup import element, escaped, inline, sentence
from .controls import Control, controls
from .functions import fixed_text, numerics_script
from .presets import Preset, Question, presets

__all__ = ["Explorer", "explorer"]

_SCRIPTS = (
    "numbers.js",
    "plot.js",
    "windows.js",
    "results.js",
    "panels/response.js",
    "panels/phase_line.js",
    "panels/trajectories.js",
    "panels/bifurcation.js",
    "panels/potential.js",
    "panels/noise.js",
    "state.js",
    "controls.js",
    "tables.js",
    "cards.js",
    "summary.js",
    "evidence.js",
    "questions.js",
    "main.js",
)
_PIECE = re.compile(r"\$(?P<symbol>[^$]+)\$|\{(?P<found>\w+)\}")


@dataclass(frozen=True)
class Explorer:
    """What a page needs to show an explorer: an element, the rules of its style, and the text of one script.

    The script finds the markup by a key of its own, so that a page can hold several. It fetches nothing, and makes no
    code or markup of any text.
    """

    markup: str
    style: str
    script: str


def explorer(model: RateModel, parameters: Mapping[str, float], *, seed: int = 0, r_init: float = 0.2) -> Explorer:
    """Return the explorer of a model of one population, opened at the given parameters, the others at their defaults.

    Raises ModelError for several populations, ParameterError for a parameter that is unknown or out of bounds.
    """
    if not model.is_single:
        line = f"model {model.name!r} has {len(model.populations)} populations"
        raise ModelError(f"{line}: the explorer shows models of one population")
    values = {name: p.default for name, p in model.parameters.items()}
    for name, value in parameters.items():
        if name not in model.parameters:
            raise ParameterError(unknown_parameter(model, name), name=name, allowed=tuple(model.parameters))
        values[name] = model.parameters[name].read(value)
    shown = controls(model, values, r_init=real_number("r_init", r_init), seed=seed)
    offered = presets(model)
    functions = numerics_script(model)
    spec = {"controls": [_control_data(c) for c in shown], "presets": [_preset_data(p) for p in offered]}
    key = hashlib.sha256((functions + json.dumps(spec)).encode()).hexdigest()[:12]
    return Explorer(
        markup=_markup(model, shown, offered, key),
        style=_text("explorer.css"),
        script=script(_script(functions, {"key": key, **spec})),
    )


def _text(name: str) -> str:
    return files("nullcline.reports.explorer").joinpath(name).read_text(encoding="utf-8")


def _script(functions: str, spec: Mapping[str, object]) -> str:
    interface = "\n".join(fixed_text(name) for name in _SCRIPTS)
    start = f"NC.start({json.dumps(spec, allow_nan=False)});"
    return "\n".join(["(() => {", functions, "NC.panels = [];", interface, start, "})();"])


def _control_data(c: Control) -> dict[str, object]:
    return {
        "name": c.name,
        "role": c.role,
        "value": c.value,
        "min": c.minimum,
        "max": c.maximum,
        "step": c.step,
        "low": c.low,
        "high": c.high,
        "open": c.open,
        "whole": c.whole,
        "unit": c.unit,
    }


def _preset_data(p: Preset) -> dict[str, object]:
    return {
        "id": p.id,
        "values": dict(p.values),
        "ranges": dict(p.ranges),
        "panels": list(p.panels),
        "controls": list(p.controls),
    }


# Markup ---------------------------------------------------------------------------------------------------------------


def _markup(model: RateModel, shown: tuple[Control, ...], offered: tuple[Preset, ...], key: str) -> str:
    needs = element("p", "The explorer needs JavaScript, which is switched off here.")
    body = [
        _links(offered),
        *(_questions(preset, model, key) for preset in offered),
        element("p", "", class_="summary", data_summary="", aria_live="polite"),
        element("div", "\n".join(_control(c) for c in shown), class_="controls", role="group", aria_label="Parameters"),
        _actions(),
        element("div", "", class_="panels", data_panels=""),
        _fixed_points(),
    ]
    inner = "\n".join(part for part in body if part)
    whole = f"<noscript>{needs}</noscript>\n{element('div', inner, class_='explorer-body', hidden='')}"
    return element("div", whole, class_="explorer", data_explorer=key)


def _links(offered: tuple[Preset, ...]) -> str:
    if not offered:
        return ""
    free = element("a", "Free play", href="#explorer", data_preset_link="")
    links = [element("a", escaped(p.title), href=f"#explorer&preset={p.id}", data_preset_link=p.id) for p in offered]
    return element("nav", "\n".join([*links, free]), class_="presets", aria_label="Questions to explore")


def _questions(preset: Preset, model: RateModel, key: str) -> str:
    heading = element("h3", escaped(preset.title))
    told = element("p", _told(preset.told, model), class_="lead")
    forms = "\n".join(_question(q, model, f"{key}-{preset.id}") for q in preset.questions)
    inner = f"{heading}\n{told}\n{element('div', forms, class_='questions')}"
    return element("section", inner, class_="think", data_preset=preset.id, hidden="", aria_label=preset.title)


def _question(q: Question, model: RateModel, key: str) -> str:
    group = f"predicted-{key}-{q.key}"
    if q.options:
        asked = "\n".join(
            element("label", f'<input type="radio" name="{group}" value="{value}"> <span>{_told(text, model)}</span>')
            for value, text in q.options
        )
    else:
        asked = element("label", '<span>Your prediction</span> <input type="number" step="any" autocomplete="off">')
    legend = element("legend", f'<span class="call">Predict</span> {_told(q.asked, model)}')
    button = element("button", "Reveal", type="button", disabled="")
    links = ", ".join(element("a", escaped(words), href=f"#step-{step}") for step, words in q.because)
    answer = "\n".join(
        (
            element("p", "", class_="outcome"),
            element("p", _told(q.answer, model), class_="explanation"),
            element("p", f"Why: {links}.", class_="theorem"),
        )
    )
    shown = element("div", answer, class_="answer", hidden="", tabindex="-1")
    return element("form", f"{element('fieldset', legend + asked)}\n{button}\n{shown}", data_question=q.key)


def _told(text: str, model: RateModel) -> str:
    """A text of a preset as markup: symbols set, and a place for each number that the page computes."""
    parts: list[str] = []
    end = 0
    for piece in _PIECE.finditer(text):
        parts.append(sentence(text[end : piece.start()]))
        if piece["symbol"]:
            parts.append(_symbol(piece["symbol"]))
        else:
            parts.append(element("b", "", data_evidence=piece["found"]))
        end = piece.end()
    return "".join([*parts, sentence(text[end:])])


def _symbol(name: str) -> str:
    return inline(named(name))


_SYMBOLS = {"r_init": "r_init", "sigma": "sigma_noise", "tau_noise": "tau_noise"}


def _control(c: Control) -> str:
    short = c.meaning.split(":")[0] if c.role in ("tau", "w", "I_ext", "shape") else c.meaning
    called = f"{c.name}: {short}" if short else c.name
    symbol = "" if c.role == "seed" else _symbol(_SYMBOLS.get(c.role, c.name))
    on_grid = abs((c.value - c.minimum) / c.step - round((c.value - c.minimum) / c.step)) < 1e-6
    numbers = {"min": _plain(c.minimum), "max": _plain(c.maximum), "step": _plain(c.step) if on_grid else "any"}
    # The value is what the model allows, not what the slider reaches.
    bounds = {
        "min": _plain(c.low) if c.low is not None else None,
        "max": _plain(c.high) if c.high is not None else None,
        "step": _plain(c.step),
    }
    parts = (
        element("span", symbol or "seed", class_="symbol"),
        element("span", escaped(short), class_="meaning", title=c.meaning or None),
        _input("range", c, called, numbers),
        _input("number", c, called, bounds),
        element("span", escaped(c.unit), class_="unit"),
    )
    return element("div", "".join(parts), class_=f"control {c.role.replace('_', '-')}", data_control=c.name)


def _input(kind: str, c: Control, called: str, limits: Mapping[str, str | None]) -> str:
    label = f"{called}, in {c.unit}" if c.unit else called
    attributes = {"type": kind, "data-param": c.name, **limits, "value": _plain(c.value), "aria-label": label}
    written = "".join(f' {key}="{escaped(value)}"' for key, value in attributes.items() if value is not None)
    return f'<input{written} autocomplete="off">'


def _plain(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _actions() -> str:
    buttons = (
        element("button", "All parameters", type="button", class_="more", data_more="", aria_expanded="false"),
        element("button", "Reset", type="button", data_reset=""),
        element("button", "Copy link", type="button", data_copy=""),
        '<input type="text" readonly hidden data-link aria-label="Link to this view">',
    )
    return element("div", "\n".join(buttons), class_="actions")


def _fixed_points() -> str:
    heads = ("rate r*", "input x*", "eigenvalue λ (1/ms)", "τ_eff (ms)")
    cells = "".join(element("th", sentence(head), scope="col") for head in heads)
    head = element("thead", element("tr", cells + element("th", "stability", scope="col")))
    caption = element("caption", "Fixed points")
    table = element("table", caption + head + element("tbody", "", data_fixed_points=""))
    scroll = element("div", table, class_="scroll", tabindex="0", role="group", aria_label="Fixed points")
    return element("div", scroll + element("p", "", class_="complete", data_complete=""), class_="found-points")
