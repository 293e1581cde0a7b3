"""Formulas as people write them, rewritten for floating point: equal, and without the differences that cancel."""

import mpmath
import pytest
import sympy
from nullcline.symbolic import transfer
from nullcline.symbolic.functions import erfc, expit, expm1, gaussian, log1p, sech, sensitivity, softplus, textbook
from nullcline.symbolic.proof import remainder
from nullcline.symbolic.rewriting import rewritten
from nullcline.symbolic.stable import stable_forms
from nullcline.symbolic.transfer import formula_derivative, slope
from sympy import Abs, Piecewise, Symbol, cosh, erf, exp, log, sinh, tanh

u, v = Symbol("u", real=True), Symbol("v", real=True)
a, t = Symbol("a", positive=True), Symbol("t", real=True)
POINTS = [(0.7, -1.3, 0.9, 2.1), (-2.2, 0.4, 3.1, -0.6), (30.0, -29.0, 1.5, 4.0), (1e-9, 2e-9, 0.2, 0.1)]


def at(expression, point):
    with mpmath.workdps(60):
        function = sympy.lambdify([u, v, a, t], textbook(expression), "mpmath")
        return function(*map(mpmath.mpf, point))


FORMULAS = [
    1 / (1 + exp(-u)),
    1 / (1 + exp(-a * (u - t))) - 1 / (1 + exp(a * t)),
    exp(a * u) / (1 + exp(a * u)),
    exp(u) / (exp(u) + exp(v)),
    1 / (2 + 2 * exp(u)) ** 2,
    exp(-u) / (1 + exp(-u)) ** 2,
    (exp(u) - 1) / (exp(u) + 1),
    log(1 + exp(u)) / a,
    log(exp(u) + exp(v)),
    log(2 + 2 * exp(u)),
    log(3 + 2 * exp(u)),
    1 / (1 + 2 * exp(-a * u)) ** 2,
    u / (3 * exp(u) + exp(v) / 2),
    log(1 + u**2),
    exp(u) - 1,
    a - a * exp(u),
    exp(a * u) - exp(a * v),
    tanh(a * (u - t)) + tanh(a * t),
    tanh(u) - tanh(v),
    erf(u - t) + erf(t),
    3 * erf(u) - 3 * erf(v),
    1 - tanh(u) ** 2,
    a - a * tanh(u + v) ** 2,
    exp(u) * exp(v) / (1 + exp(u)),
    u**2 + cosh(v) - 1 / (1 + exp(u)),
    Piecewise((exp(u) - 1, u < 0), (u, True)),
    1 / (1 + exp(u)) ** a,
]


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_what_is_rewritten_is_equal(formula):
    for point in POINTS:
        before, after = at(formula, point), at(rewritten(formula), point)
        # 60 digits, of which the textbook forms lose at most 2 x 18 at these points.
        assert abs(before - after) <= mpmath.mpf(10) ** -20 * max(abs(before), mpmath.mpf(10) ** -18)


@pytest.mark.parametrize(
    ("formula", "made"),
    [
        (1 / (1 + exp(-u)), expit(u)),
        (exp(u) / (1 + exp(u)), expit(u)),
        (log(1 + exp(u)), softplus(u)),
        (log(1 + u), log1p(u)),
        (exp(u) - 1, expm1(u)),
        ((exp(u) - 1) / (exp(u) + 1), tanh(u / 2)),
        (exp(-u) / (1 + exp(-u)) ** 2, sech(u / 2) ** 2 / 4),
        (1 - tanh(u) ** 2, sech(u) ** 2),
        (sinh(u) + u, sinh(u) + u),
    ],
    ids=str,
)
def test_the_usual_forms_get_the_names_that_libraries_know(formula, made):
    assert rewritten(formula) == made


def test_a_difference_of_logistic_functions_becomes_one_product():
    made = rewritten(1 / (1 + exp(-a * (u - t))) - 1 / (1 + exp(a * t)))
    assert made.func is sympy.Mul
    assert made.has(expm1)
    assert textbook(made.subs(u, 0)) == 0


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=lambda f: f.name)
def test_the_catalogue_rewritten_by_rule_is_what_was_derived(function):
    for order in (0, 1, 2):
        derived = formula_derivative(function, order) if order else function.formula
        numbers = {p.symbol: sympy.Rational(p.default) for p in function.parameters}
        x = function.variable
        values = sympy.lambdify(x, textbook(derived - rewritten(derived)).subs(numbers), "mpmath")
        size = sympy.lambdify(x, textbook(derived).subs(numbers), "mpmath")
        with mpmath.workdps(60):
            for at_x in (mpmath.mpf("3.1"), mpmath.mpf("4.7")):
                assert abs(values(at_x)) <= mpmath.mpf(10) ** -50 * abs(size(at_x))


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=lambda f: f.name)
def test_the_forms_for_floating_point_are_proved_equal_to_the_derived_ones(function):
    forms, d = stable_forms(function), sympy.Dummy("d", positive=True)
    above = {} if function.threshold is None else {function.variable: function.threshold + d}
    derived = [function.formula, formula_derivative(function, 1), formula_derivative(function, 2)]
    for branch in forms.branches:
        into = dict(branch) or above
        for order, form in enumerate((forms.F, forms.dF, forms.d2F)):
            if form == derived[order]:
                continue
            assert remainder((form - derived[order]).subs(into, simultaneous=True)) == 0, order
        for order, form in enumerate(forms.rough):
            assert remainder((form - derived[order]).subs(into, simultaneous=True)) == 0, order


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "erf"])
def test_the_inputs_of_a_slope_have_it_and_rise(name):
    function = transfer.catalogue[name]
    forms = stable_forms(function)
    numbers = {p.symbol: sympy.Rational(p.default) for p in function.parameters}
    derivative = sympy.lambdify(function.variable, textbook(formula_derivative(function, 1)).subs(numbers), "mpmath")
    with mpmath.workdps(50):
        largest = mpmath.mpf(sympy.N(function.largest_slope.subs(numbers), 50))
        for share in ("1e-9", "0.3", "0.999"):
            wanted = largest * mpmath.mpf(share)
            inputs = [
                mpmath.mpf(sympy.N(textbook(e).subs(numbers).subs(slope, sympy.Float(wanted, 50)), 50))
                for e in forms.inputs_of_slope
            ]
            assert inputs == sorted(inputs)
            for x in inputs:
                assert abs(derivative(x) - wanted) <= mpmath.mpf(10) ** -30 * wanted


@pytest.mark.parametrize(
    "application",
    [
        exp(u),
        expit(u),
        sech(u),
        sinh(u),
        cosh(u),
        softplus(u),
        expm1(u),
        gaussian(u),
        erfc(u),
        sympy.sin(u),
        sympy.cos(u),
    ],
)
def test_the_sensitivity_of_a_function_is_its_derivative(application):
    kind, change = sensitivity(application)
    claimed = change * application if kind == "relative" else change
    assert remainder(sympy.diff(textbook(application), u) - textbook(claimed)) == 0


def test_a_function_is_differentiated_as_its_sensitivity_says():
    """So that a derivative is a product of functions that do not overflow, and no quotient of exponentials."""
    for function in (expit, softplus, sech, gaussian, expm1):
        slope = sympy.diff(function(u), u)
        assert not slope.has(sympy.exp) or function is expm1
        assert remainder(textbook(slope) - sympy.diff(textbook(function(u)), u)) == 0


def test_what_hardly_answers_to_its_argument_has_no_sensitivity():
    assert sensitivity(tanh(u)) is None
    assert sensitivity(log(a)) is None
    assert sensitivity(expm1(-Abs(u))) is None
