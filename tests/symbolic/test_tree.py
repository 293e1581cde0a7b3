"""Formulas as trees of lists: heads that are documented, arguments in one order."""

import json
from pathlib import Path

import pytest
import sympy
from nullcline.symbolic.functions import expit, softplus
from nullcline.symbolic.typeset import to_tree
from nullcline.symbolic.typeset.tree import HEADS

x, y, t = sympy.symbols("x y t")
F = sympy.Function("F")


@pytest.mark.parametrize(
    ("expression", "tree"),
    [
        (sympy.Integer(-3), -3),
        (sympy.Rational(2, 3), ["Rational", 2, 3]),
        (sympy.Float("0.1"), 0.1),
        (sympy.pi * x, ["Multiply", "Pi", "x"]),
        (-sympy.oo, ["Negate", "PositiveInfinity"]),
        (x / y, ["Divide", "x", "y"]),
        (1 / sympy.sqrt(x), ["Divide", 1, ["Sqrt", "x"]]),
        (x ** (-2), ["Divide", 1, ["Power", "x", 2]]),
        (x ** (-y), ["Power", "x", ["Multiply", -1, "y"]]),
        (sympy.exp(-x), ["Exp", ["Multiply", -1, "x"]]),
        (F(x), ["Apply", "F", "x"]),
        (F(x).diff(x, 2), ["D", ["Apply", "F", "x"], "x", "x"]),
        (sympy.Integral(F(x), (x, 0, t)), ["Integrate", ["Apply", "F", "x"], ["Limits", "x", 0, "t"]]),
        (sympy.Eq(sympy.Matrix([x, y]), sympy.Matrix([1, 2])), None),
        (sympy.Piecewise((x, x > 0), (0, True)), ["Which", ["Greater", "x", 0], "x", "True", 0]),
        (sympy.Max(y, x), ["Max", "x", "y"]),
        (sympy.And(y > 0, x > 0), ["And", ["Greater", "x", 0], ["Greater", "y", 0]]),
        (expit(x) + softplus(y), None),
        (sympy.besselj(0, x), ["Unknown", "besselj(0, x)"]),
    ],
    ids=str,
)
def test_an_expression_has_its_tree(expression: sympy.Basic, tree: object):
    made = to_tree(expression)
    if tree is not None:
        assert made == tree
    assert heads(made) <= HEADS
    json.dumps(made, allow_nan=False)


def heads(tree: object) -> set[str]:
    if not isinstance(tree, list):
        return set()
    return {tree[0]}.union(*(heads(each) for each in tree[1:]))


def test_a_list_that_is_returned_is_the_callers_own():
    first = to_tree(-sympy.oo)
    assert isinstance(first, list)
    first.append("changed")
    assert to_tree(-sympy.oo) == ["Negate", "PositiveInfinity"]


def test_the_page_on_json_names_the_heads():
    page = (Path(__file__).parents[2] / "docs" / "report-json.md").read_text(encoding="utf-8")
    for head in (
        "Add",
        "Divide",
        "Power",
        "Rational",
        "Which",
        "Apply",
        "D",
        "Integrate",
        "Matrix",
        "Unknown",
        "Artanh",
    ):
        assert head in HEADS
        assert f"`{head}`" in page
