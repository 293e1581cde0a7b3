"""A model that is written as a model file is read back as the same model."""

from dataclasses import replace
from pathlib import Path

import pytest
import sympy
from nullcline.symbolic import ModelError, Population, RateModel, from_formula, load_model, transfer
from nullcline.symbolic.model_text import formula_text, model_text

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))
MIXED = RateModel.network(
    (Population.named("E", sign=1), Population.named("I2", transfer.relu)), ((1.0, None), (3.0, 0.5))
)


def read_back(model: RateModel, folder: Path) -> RateModel:
    path = folder / "model.toml"
    path.write_text(model_text(model), encoding="utf-8")
    return load_model(path)


@pytest.mark.parametrize("name", transfer.catalogue)
def test_the_catalogue_is_read_back_as_it_was(name: str, tmp_path: Path):
    model = RateModel.single(transfer.catalogue[name])
    assert read_back(model, tmp_path) == model


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_model_file_is_read_back_as_the_model_it_was(path: Path, tmp_path: Path):
    model = load_model(path)
    assert read_back(model, tmp_path) == model


def test_a_network_is_read_back_with_the_weights_it_has(tmp_path: Path):
    assert read_back(MIXED, tmp_path) == MIXED
    assert "E_I2" not in model_text(MIXED)


@pytest.mark.filterwarnings("ignore:the formula jumps")
@pytest.mark.parametrize(
    "formula",
    [
        "exp(-(x - theta)**2/2)",
        "a*max(x - theta, 0)**2/(1 + max(x - theta, 0)**2)",
        "x/(1 + abs(x)) if x > 0 else -1/3 if x < -theta else x",
        "sqrt(1 + x**2) - 1 + sin(pi*x) + atan(x)**3 + log(2 + cosh(x))",
        "0.1*x + 1.5e-7*erfc(x) + exp(1)*step(x - theta)",
        "cbrt(1 + (x - theta)**2)",
    ],
)
def test_a_formula_is_written_as_it_would_be_typed(formula: str):
    function = from_formula(formula, {"a": 1.2, "theta": 2.8} if "a*" in formula else {"theta": 2.8})
    assert formula_text(function) == formula
    spelled = formula_text(replace(function, text=""))
    again = from_formula(spelled, {p.name: p for p in function.parameters})
    for place in range(-30, 31):
        at = {function.variable: sympy.Rational(place, 7), **{p.symbol: p.default for p in function.parameters}}
        assert abs(sympy.N((again.expression - function.expression).subs(at))) < 1e-12


def test_a_text_that_is_not_the_functions_own_is_left_out():
    function = from_formula("tanh(x)", {})
    changed = replace(function, formula=sympy.sin(function.variable), coordinate=None)
    assert changed.text == "tanh(x)"
    assert formula_text(changed) == "sin(x)"


@pytest.mark.parametrize("text", ['quoted "name" \\ back', "a\nline\x1b[2J", "naïve 日本"])
def test_no_text_of_a_model_leaves_its_string(text: str, tmp_path: Path):
    (population,) = RateModel.single(transfer.relu).populations
    function = replace(population.transfer, name="own", title=text, source=text)
    model = replace(RateModel.single(function), name=text)
    again = read_back(model, tmp_path)
    assert again.right_hand_side() == model.right_hand_side()
    if text.isprintable():
        assert (again.name, again.populations[0].transfer.title) == (text, text)


def test_what_the_grammar_cannot_spell_is_refused():
    sigmoid = transfer.catalogue["sigmoid"]
    strange = replace(
        sigmoid, name="strange", formula=sympy.besselj(0, sigmoid.variable), coordinate=None, parameters=()
    )
    with pytest.raises(ModelError) as refusal:
        formula_text(strange)
    told = "the transfer function 'besselj' cannot be written in a model file"
    assert str(refusal.value) == f"{told}: give it by a formula, nullcline.symbolic.from_formula"
