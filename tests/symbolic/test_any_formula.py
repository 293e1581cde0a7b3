"""The derivation of a formula of one's own: what holds whatever the formula, checked like all else."""

import pytest
import sympy
from nullcline.symbolic import Population, RateModel, transfer
from nullcline.symbolic.pieces import case_at, in_cases, switches
from nullcline.symbolic.transfer import x
from own_formulas import CATALOGUE, WRITTEN, written


@pytest.mark.parametrize("name", WRITTEN)
def test_every_step_is_proved(name):
    derivation = RateModel.single(written(name)).derive()
    checked = derivation.check()
    refuted = [(r.step, r.name) for r in checked.results if r.verdict.name == "REFUTED"]
    assert (checked.ok, refuted) == (True, [])
    # What needs the range or the inverse of F is not claimed.
    assert not {"transfer_range", "transfer_inverse", "fold_curve", "cusp", "trapping_region"} & set(derivation)
    assert {"transfer_derivative", "eigenvalue", "potential", "euler_stability_limit"} <= set(derivation)


@pytest.mark.slow
@pytest.mark.parametrize("names", [("softplus", "relu"), ("clipped", "bump")])
def test_every_step_of_a_network_is_checked(names):
    given = {**CATALOGUE, **{name: written(name) for name in WRITTEN}}
    E, I = (given[name] for name in names)
    model = RateModel.network((Population.named("E", E, sign=1), Population.named("I", I, sign=-1)), ((2, 1), (2, 1)))
    assert model.derive().check().ok


@pytest.mark.slow
def test_one_known_and_one_unknown_function_go_together():
    E, I = transfer.relu, CATALOGUE["sigmoid"]
    model = RateModel.network((Population.named("E", E, sign=1), Population.named("I", I, sign=-1)), ((2, 1), (2, 1)))
    derivation = model.derive()
    assert derivation.check().ok
    assert "transfer_range_E" in derivation
    assert "transfer_range_I" not in derivation


def test_the_places_where_cases_change_are_found():
    b = sympy.Symbol("b", positive=True)
    clipped = in_cases(sympy.Min(sympy.Max(b * x - 1, 0), 2).rewrite(sympy.Piecewise))
    assert set(switches(clipped, x)) == {1 / b, 3 / b}
    assert switches(sympy.Piecewise((0, x**2 < 4), (1, True)), x) == (-2, 2)
    assert switches(sympy.exp(x), x) == ()


def test_the_case_at_a_place_is_exact():
    formula = sympy.Piecewise((x, x > sympy.Rational(1, 3)), (0, True))
    third = sympy.Rational(1, 3)
    assert case_at(formula, x, third, {}) == 0
    assert case_at(formula, x, third + sympy.Rational(1, 10**40), {}) == x
