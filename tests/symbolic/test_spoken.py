"""Formulas read aloud: each has words of its own, and nothing in it but what a voice can say.

That the words mean the formula is shown in test_typeset.py, where a reader turns them back into numbers.
"""

import re
from collections import defaultdict

import pytest
import sympy
from nullcline.symbolic import RateModel
from nullcline.symbolic.notation import layout
from nullcline.symbolic.transfer import catalogue
from nullcline.symbolic.typeset import to_spoken, to_text

MODELS = [*map(RateModel.single, catalogue.values()), RateModel.wilson_cowan()]


def formulas():
    """Every formula that is derived for the models of the catalogue, by its text."""
    found = {}
    for model in MODELS:
        for step in model.derive().values():
            for expr in (step.general, step.equation, step.condition):
                if expr is not None:
                    node = layout(expr)
                    found[to_text(node)] = node
    return found


@pytest.fixture(scope="module")
def spoken():
    return {text: to_spoken(node) for text, node in formulas().items()}


def test_no_two_formulas_of_the_catalogue_sound_alike(spoken):
    """Also to an ear that hears no capital letters."""
    alike = defaultdict(list)
    for text, said in spoken.items():
        alike[said.casefold()].append(text)
    assert len(alike) > 150
    assert [texts for texts in alike.values() if len(texts) > 1] == []


def test_there_is_nothing_in_it_but_words_and_numbers(spoken):
    assert [said for said in spoken.values() if not re.fullmatch(r"[A-Za-z0-9 .,;:]+", said)] == []


x, y, r, t, k, n = sympy.symbols("x y r t k n")
F, f = sympy.Function("F"), sympy.Function("f")
r_star, theta, Theta = sympy.symbols("r* theta Theta")


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        (x / y, "x over y"),
        ((x + 1) / y, "the fraction with numerator x plus 1 and denominator y end fraction"),
        (theta**2 - r_star, "theta squared minus r star"),
        (F(x) ** 2, "capital F of x, all squared"),
        (F(x**2), "capital F of open parenthesis x squared close parenthesis"),
        (F(x) * y, "y times capital F of x"),
        (sympy.sqrt(x), "the square root of x"),
        (sympy.sqrt(x + y), "the square root of x plus y end root"),
        (x ** (n - 1), "x to the power n minus 1 end power"),
        (sympy.Float("1.5e-7") * x, "1.5 times 10 to the power minus 7 end power times x"),
        (sympy.Derivative(F(x), x), "the derivative of capital F with respect to x"),
        (
            sympy.Derivative(r, (t, 2)),
            "the second derivative, with respect to t, of open parenthesis r close parenthesis",
        ),
        (
            sympy.Derivative(sympy.Function("g")(x, y), x, y),
            "the second partial derivative of g with respect to x and y",
        ),
        (sympy.Integral(F(x), (x, 0, r)), "the integral from 0 to r of capital F of x with respect to x end integral"),
        (sympy.Sum(x**k, (k, 1, sympy.oo)), "the sum over k from 1 to infinity of x to the power k end sum"),
        (sympy.Limit(F(x), x, 0), "the limit as x goes to 0 from above of capital F of x end limit"),
        (sympy.Abs(x - y), "the absolute value of x minus y end absolute value"),
        (sympy.Eq(x, Theta - theta), "x equals capital theta minus theta"),
        (sympy.Le(x, y), "x is less than or equal to y"),
        (sympy.Matrix([[x, 0], [1, y]]), "the 2 by 2 matrix: row 1, x, 0; row 2, 1, y; end matrix"),
        (
            sympy.Piecewise((x, x > 0), (0, True)),
            "2 cases: case 1, x if x is greater than 0; case 2, 0 otherwise; end cases",
        ),
        (sympy.floor(x), "the floor of x end floor"),
        (sympy.And(sympy.Eq(x, 0), y > 0), "x equals 0 and y is greater than 0"),
    ],
)
def test_it_is_said_as_a_teacher_would_say_it(expr, said):
    assert to_spoken(layout(expr)) == said


def test_a_capital_letter_is_said():
    assert to_spoken(layout(F(x))) != to_spoken(layout(f(x)))
    assert to_spoken(layout(F(x))).casefold() != to_spoken(layout(f(x))).casefold()
