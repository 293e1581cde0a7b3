"""The derivation of a formula of one's own: what holds whatever the formula, checked like all else."""

import pytest
import sympy
from mutants import mutants
from nullcline.symbolic import Population, RateModel, transfer
from nullcline.symbolic.functions import erfc, expit
from nullcline.symbolic.parameter import positive
from nullcline.symbolic.pieces import case_at, in_cases, switches
from nullcline.symbolic.rewriting import rewritten
from nullcline.symbolic.stable import stable_forms
from nullcline.symbolic.transfer import TransferFunction, x
from own_formulas import CATALOGUE, WRITTEN, written


@pytest.mark.parametrize("name", WRITTEN)
def test_every_step_is_proved(name):
    derivation = RateModel.single(written(name)).derive()
    checked = derivation.check()
    refuted = [(r.step, r.name) for r in checked.results if r.verdict.name == "REFUTED"]
    assert (checked.ok, refuted) == (True, [])
    # What needs the range or the inverse of F is not claimed.
    assert not {"transfer_range", "transfer_inverse", "uniqueness"} & set(derivation)
    assert {"transfer_derivative", "eigenvalue", "potential", "euler_stability_limit"} <= set(derivation)
    # The conditions for folds and cusps hold for any F, but of one that is flat there are none.
    assert ({"critical_points", "fold_curve", "cusp"} <= set(derivation)) == (name != "step")
    assert "found numerically, with proof on a stated interval" in derivation["trapping_region"].statement


def refuted(step):
    return any(result.verdict.name == "REFUTED" for result in step.check())


@pytest.mark.parametrize("name", ["bump", "distance", "refractory"])
@pytest.mark.parametrize("key", ["critical_points", "fold_curve", "cusp", "trapping_region"])
def test_every_fault_in_a_line_for_any_formula_is_refuted(name, key):
    step = RateModel.single(written(name)).derive()[key]
    assert not refuted(step)
    faults = list(mutants(step))
    # A line that says only that F'' is 0 has no number to get wrong.
    assert faults
    assert [fault for fault, mutant in faults if not refuted(mutant)] == []


def test_the_bounds_of_F_have_a_name_that_no_parameter_has():
    size = positive("F_min", 1.0, "size", sample=(0.5, 2.0))
    mine = TransferFunction("f", "given formula", size.symbol * sympy.sin(x), (size,))
    names = {s.name for s in RateModel.single(mine).derive()["trapping_region"].equation.free_symbols}
    assert {"F_low", "F_high"} <= names
    assert not {"F_min", "F_max"} & names


def test_where_the_curve_is_in_cases_the_weight_stays_on_the_left():
    """Where F is flat 1/F' is no number."""
    smooth, cased = (RateModel.single(written(n)).derive()["fold_curve"] for n in ("bump", "clipped"))
    assert smooth.equation.lhs[0] == sympy.Symbol("w", real=True)
    assert cased.equation.lhs[0] != sympy.Symbol("w", real=True)
    assert not cased.equation.has(sympy.zoo, sympy.nan)


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


def test_the_derivative_is_written_in_the_form_that_cancels_least():
    """Of a quotient, factored; of logistic functions, as products of these: factored, it would overflow at |x| > 25."""
    R, s, d = (sympy.Symbol(name, positive=True) for name in "Rsd")
    made = [positive(name, 1.0, name, sample=(0.5, 2.0)) for name in "Rsd"]
    rectified = TransferFunction(
        "f", "given formula", R * sympy.Max(x, 0) ** 2 / (s**2 + sympy.Max(x, 0) ** 2), made[:2]
    )
    (slope,) = [case for case, _ in stable_forms(rectified).dF.args if case != 0]
    assert slope == 2 * R * s**2 * x / (s**2 + x**2) ** 2
    up, down = 1 / (1 + sympy.exp(-d * x)), 1 / (1 + sympy.exp(d * (x - 30)))
    window = TransferFunction("g", "given formula", up * down, (made[2],))
    assert not stable_forms(window).dF.has(sympy.exp)


@pytest.mark.parametrize(("formula", "kept"), [(sympy.erf(x) + 1, erfc(-x)), (1 - sympy.tanh(x), 2 * expit(-2 * x))])
def test_what_is_left_far_out_keeps_its_digits(formula, kept):
    assert rewritten(formula) == kept
