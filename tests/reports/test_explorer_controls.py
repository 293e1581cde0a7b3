"""The explorer's sliders, presets and texts: their ranges, and that no text of a model becomes markup or code."""

import itertools
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from nullcline.reports.explorer.controls import controls, round_step
from nullcline.reports.explorer.explorer import explorer
from nullcline.reports.explorer.presets import presets
from nullcline.symbolic import RateModel, load_model, transfer
from nullcline.symbolic.errors import ModelError, ParameterError
from nullcline.symbolic.transfer import catalogue

SINGLE = RateModel.single()
# The tutorial's widgets: first, last, step.
TUTORIAL = {
    "a": [(0.3, 3.0, 0.3)],
    "theta": [(2.0, 4.0, 0.2)],
    "tau": [(1.0, 5.0, 0.2)],
    "w": [(1.0, 7.0, 0.2)],
    "I_ext": [(0.0, 3.0, 0.1)],
    "r_init": [(0.0, 1.0, 0.02)],
}
OWN = """
schema = 1
name = "own"

[transfer]
formula = "gain*x/(1 + abs(x)) + 0*seed"

[parameters]
gain = { value = 2.0, min = 0.5, max = 4.0, unit = "1", meaning = "how <b>strong</b>" }
seed = 0.25
w = { value = -1.5, min = -3.0, max = 3.0 }
"""


def made(model, r_init=0.2, **values):
    given = {name: p.default for name, p in model.parameters.items()} | values
    return {c.name: c for c in controls(model, given, r_init=r_init, seed=0)}


@pytest.mark.parametrize("name", TUTORIAL)
def test_the_steps_of_a_slider_contain_those_of_the_tutorial(name):
    control = made(SINGLE)[name]
    for first, last, step in TUTORIAL[name]:
        for k in range(round((last - first) / step) + 1):
            value = first + k * step
            assert control.minimum <= value + 1e-9
            assert value - 1e-9 <= control.maximum
            steps = (value - control.minimum) / control.step
            assert abs(steps - round(steps)) < 1e-6, (name, value)


def test_the_dynamics_demonstration_reaches_the_inputs_of_the_tutorial():
    (dynamics,) = [p for p in presets(SINGLE) if p.id == "dynamics"]
    assert dynamics.ranges["I_ext"] == (0.0, 10.0, 0.1)
    assert dynamics.values["I_ext"] == 5.0
    assert dynamics.values["tau"] == 3.0


@pytest.mark.parametrize("name", catalogue)
def test_every_range_holds_its_value_and_stays_within_the_bounds(name):
    model = RateModel.single(catalogue[name])
    for extreme in (-50.0, 0.0, 50.0):
        for control in made(model, w=extreme, I_ext=-extreme, tau=0.01).values():
            assert control.minimum <= control.value <= control.maximum
            assert control.minimum < control.maximum
            assert control.step > 0
            if control.low is not None:
                assert control.minimum > control.low if control.open else control.minimum >= control.low


def test_every_parameter_has_a_control_and_the_run_has_its_own():
    assert list(made(SINGLE)) == [*SINGLE.parameters, "r_init", "noise_sigma", "noise_tau", "seed"]
    assert [c.role for c in made(SINGLE).values()] == [
        *("tau", "shape", "shape", "w", "I_ext"),
        *("r_init", "sigma", "tau_noise", "seed"),
    ]


def test_ranges_come_from_the_model_file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    found = made(load_model(path))
    assert (found["gain"].minimum, found["gain"].maximum, found["gain"].value) == (0.5, 4.0, 2.0)
    assert (found["gain"].low, found["gain"].high) == (0.5, 4.0)
    assert (found["w"].minimum, found["w"].maximum) == (-3.0, 3.0)
    # A parameter that is called as a quantity of the run keeps its name.
    assert found["seed"].role == "shape"
    assert found["seed"].value == 0.25
    assert found["run_seed"].role == "seed"


def test_the_initial_rate_reaches_beyond_the_highest_fixed_point():
    model = RateModel.single(transfer.relu)
    high = made(model, w=0.0, a=1.0, theta=0.0, I_ext=40.0)["r_init"]
    assert high.maximum >= 40


@pytest.mark.parametrize(("rough", "step"), [(0.04, 0.05), (0.05, 0.05), (0.051, 0.1), (0.14, 0.2), (30.0, 50.0)])
def test_a_step_is_the_next_round_number(rough, step):
    assert round_step(rough) == step


def test_the_tutorials_model_has_its_four_demonstrations():
    assert [p.id for p in presets(SINGLE)] == ["fi-curve", "dynamics", "fixed-points", "initial-value"]


@pytest.mark.parametrize("name", catalogue)
def test_presets_set_and_name_only_what_there_is(name):
    model = RateModel.single(catalogue[name])
    known = set(made(model))
    for preset in presets(model):
        assert set(preset.values) | set(preset.ranges) | set(preset.controls) <= known
        assert preset.questions


def test_the_theorems_a_question_cites_are_steps_of_the_report():
    steps = set(SINGLE.derive().keys())
    cited = {step for p in presets(SINGLE) for q in p.questions for step, _ in q.because}
    assert cited <= steps
    assert {"trapping_region", "uniqueness", "eigenvalue"} <= cited


def test_a_preset_out_of_a_models_bounds_is_left_out(tmp_path):
    path = tmp_path / "narrow.toml"
    path.write_text(
        'schema = 1\nname = "narrow"\n[transfer]\ncatalogue = "sigmoid"\n[parameters]\n'
        "w = { value = 0.0, min = 0.0, max = 4.5 }\n",
        encoding="utf-8",
    )
    assert [p.id for p in presets(load_model(path))] == ["fi-curve", "dynamics", "fixed-points"]


class Elements(HTMLParser):
    """The elements of a fragment, and whether each was closed in its turn."""

    VOID = frozenset(["input"])

    def __init__(self, markup):
        super().__init__()
        self.found, self.open = [], []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_markup_is_well_formed_and_has_a_slider_and_a_box_for_each_control():
    parsed = Elements(explorer(SINGLE, {"w": 5, "I_ext": 0.563}).markup)
    assert parsed.open == []
    inputs = [a for tag, a in parsed.found if tag == "input" and "data-param" in a]
    sliders = {a["data-param"]: a for a in inputs if a["type"] == "range"}
    boxes = {a["data-param"]: a for a in inputs if a["type"] == "number"}
    assert list(sliders) == list(boxes) == [*SINGLE.parameters, "r_init", "noise_sigma", "noise_tau", "seed"]
    assert all(a["aria-label"] for a in inputs)
    assert boxes["w"]["value"] == sliders["w"]["value"] == "5"
    # Between two steps of the grid a slider with steps would show another value than the one that is set.
    assert (sliders["I_ext"]["value"], sliders["I_ext"]["step"]) == ("0.563", "any")
    assert [a["href"] for tag, a in parsed.found if tag == "a" and "data-preset-link" in a] == [
        *(f"#explorer&preset={p.id}" for p in presets(SINGLE)),
        "#explorer",
    ]


def test_without_a_script_one_line_is_shown():
    parsed = Elements(explorer(SINGLE, {}).markup)
    assert [tag for tag, _ in parsed.found][:4] == ["div", "noscript", "p", "div"]
    assert parsed.found[3][1]["hidden"] == ""


def test_the_same_explorer_is_the_same_bytes_and_another_has_another_key():
    one, again = explorer(SINGLE, {"w": 5}), explorer(SINGLE, {"w": 5})
    assert one == again
    key = re.search('data-explorer="([0-9a-f]+)"', one.markup)[1]
    assert f'"key": "{key}"' in one.script
    assert key not in explorer(SINGLE, {"w": 4}).markup


def test_no_text_of_a_model_becomes_markup_or_ends_the_script(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace('"own"', '"</script><img src=x>"'), encoding="utf-8")
    page = explorer(load_model(path), {})
    assert "<b>strong" not in page.markup
    assert "<img" not in page.markup
    for part in (page.script, page.style):
        assert "</" not in part.replace("</b>", "")
        assert "<!--" not in part
    assert "innerHTML" not in page.script
    assert not re.search(r"\beval\b|new Function|import\(|fetch\(|https?://(?!www\.w3\.org/)", page.script)


def test_every_number_that_an_answer_shows_is_computed():
    script = files("nullcline.reports.explorer").joinpath("evidence.js").read_text(encoding="utf-8")
    for question in itertools.chain.from_iterable(p.questions for p in presets(SINGLE)):
        body = script[script.index(f"function {question.key}(") :]
        body = body[: body.index("\n  }\n")]
        for name in re.findall(r"\{(\w+)\}", question.answer):
            assert re.search(rf"\b{name}\b", body), (question.key, name)
        if question.options:
            assert re.search(r'answer: "(\w+)"', body)[1] in dict(question.options)


def test_several_populations_are_refused():
    with pytest.raises(ModelError, match="model 'wilson-cowan' has 2 populations: the explorer shows models of one"):
        explorer(RateModel.wilson_cowan(), {})


def test_a_parameter_that_is_unknown_or_out_of_bounds_is_refused():
    with pytest.raises(ParameterError, match="tau must be positive"):
        explorer(SINGLE, {"tau": -1.0})
    with pytest.raises(ValueError, match="thetha"):
        explorer(SINGLE, {"thetha": 1.0})


def test_the_data_of_the_page_is_json():
    script = explorer(SINGLE, {"w": 5}).script
    data = json.loads(re.search(r"NC\.start\((\{.*\})\);\n\}\)\(\);$", script)[1])
    assert {c["name"]: c["value"] for c in data["controls"]}["w"] == 5.0


def test_the_interface_is_small():
    page = explorer(SINGLE, {})
    numerics = page.script.index("NC.panels = [];")
    assert len(page.script) - numerics + len(page.style) < 70_000
