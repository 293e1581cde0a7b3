"""The schemes' coefficients: their orders proved, and what a step does to a linear equation."""

from dataclasses import replace

import pytest
import sympy
from nullcline.symbolic.schemes import (
    EULER,
    EXPONENTIAL_EULER,
    HEUN,
    RK4,
    SCHEMES,
    Scheme,
    multiplier,
    runge_kutta_order,
)
from sympy import Integer, Rational, Symbol

RUNGE_KUTTA = [s for s in SCHEMES.values() if not s.exponential]
HALF = Rational(1, 2)
KUTTA_3 = Scheme(
    "kutta3",
    "Kutta's third-order method",
    3,
    (Rational(1, 6), Rational(2, 3), Rational(1, 6)),
    ((), (HALF,), (Integer(-1), Integer(2))),
)


@pytest.mark.parametrize("scheme", [*RUNGE_KUTTA, KUTTA_3], ids=lambda s: s.name)
def test_the_order_that_a_scheme_states_is_the_one_its_coefficients_have(scheme):
    assert runge_kutta_order(scheme) == scheme.order


@pytest.mark.parametrize("scheme", [HEUN, KUTTA_3, RK4], ids=lambda s: s.name)
def test_a_changed_coefficient_costs_the_order(scheme):
    first, *others = scheme.weights
    off = Rational(1, 1000)
    assert runge_kutta_order(replace(scheme, weights=(first + off, *others))) == 0
    # The weights still add up to 1, and no longer to 1/2 with the nodes.
    assert runge_kutta_order(replace(scheme, weights=(first + off, *others[:-1], others[-1] - off))) == 1
    *rows, last = scheme.stages
    assert runge_kutta_order(replace(scheme, stages=(*rows, (*last[:-1], last[-1] + off)))) == 1


def test_no_more_than_was_looked_at_is_promised():
    assert runge_kutta_order(RK4, up_to=3) == 3


@pytest.mark.parametrize("scheme", RUNGE_KUTTA, ids=lambda s: s.name)
def test_the_multiplier_is_the_exponential_up_to_the_order(scheme):
    # With as many stages as its order, a scheme's multiplier is a polynomial of that degree: the truncated series.
    z = Symbol("z")
    series = sympy.series(sympy.exp(z), z, 0, scheme.order + 1).removeO()
    assert sympy.expand(multiplier(scheme, z) - series) == 0


def test_nodes_lie_where_the_stages_are():
    assert [scheme.nodes for scheme in (EULER, HEUN, RK4)] == [(0,), (0, 1), (0, HALF, HALF, 1)]


def test_exponential_euler_goes_the_way_that_the_held_equation_goes():
    tau, dt = sympy.symbols("tau dt", positive=True)
    r, F, t = sympy.Symbol("r"), sympy.Symbol("F"), sympy.Symbol("t", positive=True)
    rate = sympy.Function("rate")
    held = sympy.dsolve(tau * rate(t).diff(t) + rate(t) - F, rate(t), ics={rate(0): r}).rhs
    step = r + EXPONENTIAL_EULER.gain(tau, dt).rewrite(sympy.exp) * (F - r)
    assert sympy.simplify(held.subs(t, dt) - step) == 0
