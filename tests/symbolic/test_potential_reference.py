"""The potential of the derivation against the reference, which has V at every fixed point with forty digits."""

import mpmath
import pytest
import scenarios
import sympy
from nullcline.symbolic import RateModel, transfer
from nullcline.symbolic.proof import evaluate
from nullcline.symbolic.transfer import TransferFunction
from own_formulas import CATALOGUE

CASES = [case for case in scenarios.golden()["fixed_point_cases"] if isinstance(case["count"], int)]
NAMES = {"I": "I_ext"}


def potential_at(function: TransferFunction, case, r):
    """V(r) of the derived line, for the parameters as the decimals that they are."""
    model = RateModel.single(function)
    step = model.derive()["potential"]
    values = {NAMES.get(name, name): sympy.Rational(value) for name, value in case["params"].items()}
    if values["w"] == 0 and step.condition != sympy.true:
        # The limit that the step states.
        response = model.populations[0].response(values["I_ext"], 0)
        line = (sympy.Rational(r) ** 2 / 2 - sympy.Rational(r) * response) / values["tau"]
    else:
        line = step.equation.rhs
    with mpmath.workdps(60):
        point = {p.symbol: mpmath.mpf(int(v.p)) / int(v.q) for n, p in model.parameters.items() for v in [values[n]]}
        return evaluate(line, {**point, model.rates[0]: mpmath.mpf(r)})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_value_of_the_reference_is_reached(case):
    """At a fixed point V is stationary: the forty digits of r leave more of V than it prints."""
    function = transfer.catalogue[scenarios.transfer_name(case)]
    for point in case["fixed_points"]:
        value = potential_at(function, case, point["r"])
        with mpmath.workdps(60):
            exact = mpmath.mpf(point["potential_V"])
            assert abs(value - exact) <= mpmath.mpf(10) ** -36 * (1 + abs(exact))


@pytest.mark.parametrize("kind", ["sigmoid", "naka_rushton"])
def test_the_integral_of_a_formula_with_nothing_known_has_the_same_values(kind):
    case = next(c for c in CASES if c["kind"] == kind and float(c["params"]["w"]) > 0)
    for point in case["fixed_points"][-1:]:
        value = potential_at(CATALOGUE[kind], case, point["r"])
        with mpmath.workdps(60):
            exact = mpmath.mpf(point["potential_V"])
            # Quadrature: a dozen digits are asked of it.
            assert abs(value - exact) <= mpmath.mpf(10) ** -12 * (1 + abs(exact))
