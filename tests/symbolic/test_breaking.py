"""Broken formulas: nothing is lost, and no line is wider than it may be."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
import sympy
from nullcline.symbolic import RateModel, load_model, transfer
from nullcline.symbolic.notation import Aligned, Node, Relation, Sequence, broken, extent, layout
from nullcline.symbolic.typeset import to_latex, to_mathml, to_text

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MODELS = {
    "sigmoid": RateModel.single,
    "naka_rushton": lambda: RateModel.single(transfer.naka_rushton),
    "wilson-cowan": RateModel.wilson_cowan,
    "nonmonotone": lambda: load_model(EXAMPLES / "nonmonotone.toml"),
    "disinhibition": lambda: load_model(EXAMPLES / "disinhibition.toml"),
}


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.slow if "-" in name else []) for name in MODELS])
def formulas(request: pytest.FixtureRequest) -> list[Node]:
    steps = MODELS[request.param]().derive().values()
    return [layout(equation) for step in steps for equation in (step.equation, step.general) if equation is not None]


@pytest.mark.parametrize("width", [12.0, 20.0, 34.0])
def test_what_is_read_line_by_line_is_what_was_read_from_left_to_right(formulas: list[Node], width: float):
    for formula in formulas:
        assert list(_read(broken(formula, width))) == list(_read(formula))


@pytest.mark.parametrize("width", [12.0, 20.0, 34.0])
def test_breaking_makes_no_formula_wider_and_leaves_alone_what_fits(formulas: list[Node], width: float):
    for formula in formulas:
        fitted = broken(formula, width)
        assert extent(fitted) <= max(extent(formula), width)
        assert (fitted == formula) or extent(formula) > width
        # What is broken can be written in every form.
        assert all(write(fitted) for write in (to_latex, to_mathml, to_text))


def test_the_formulas_of_the_catalogue_fit_into_a_column():
    for name in transfer.catalogue:
        for step in RateModel.single(transfer.catalogue[name]).derive().values():
            assert extent(broken(layout(step.equation), 34)) <= 34


def test_a_sum_is_broken_before_its_signs():
    whole, *parts = sympy.symbols("S one two three four")
    formula = broken(layout(sympy.Eq(whole, parts[0] - parts[1] + parts[2] - parts[3])), 6)
    assert to_text(formula) == "S = one;  + three;  - four;  - two"
    assert to_latex(formula).count(r"\\") == 3


def test_a_chain_is_broken_at_its_signs_and_a_long_left_side_stands_alone():
    a, b, c, x = sympy.symbols("alpha_low beta_low gamma_high x")
    chain = Relation((layout(a + b), layout(x), layout(a + b + c)), ("≤", "≤"))
    formula = broken(chain, 10)
    assert isinstance(formula, Aligned)
    assert all(line.sides[0] == Sequence(()) for line in formula.lines)
    assert [line.signs for line in formula.lines] == [("",), ("≤",), ("≤",)]


def test_a_minus_that_begins_a_line_is_a_minus_sign_in_mathml():
    x, y = sympy.symbols("something other")
    assert '<mo form="infix">−</mo>' in to_mathml(broken(layout(sympy.Eq(sympy.Symbol("z"), x - y)), 6))


def _read(node: object) -> Iterator[str]:
    """The letters and signs of a formula in the order of reading, brackets and scripts by their places."""
    match node:
        case Aligned(lines):
            for line in lines:
                yield from _read(line)
        case Relation(sides, signs):
            yield from _read(sides[0])
            for sign, side in zip(signs, sides[1:], strict=True):
                if sign:
                    yield sign
                yield from _read(side)
        case tuple():
            for part in node:
                yield from _read(part)
        case _ if is_dataclass(node):
            kind = type(node).__name__
            if kind == "Sum":
                for i, term in enumerate(node.terms):
                    if i or term.sign == "-":
                        yield term.sign
                    yield from _read(term.body)
            elif node != Sequence(()):
                inside = [text for field in fields(node) for text in _read(getattr(node, field.name))]
                yield from inside if kind in ("Identifier", "Number") else [f"<{kind}", *inside, ">"]
        case None:
            return
        case _:
            yield str(node)
