"""Transfer functions from text: what is understood of them, and what of that is right."""

import math
import warnings

import numpy as np
import pytest
from nullcline.numeric import compile_model, fixed_points
from nullcline.symbolic import (
    BudgetExceeded,
    FormulaError,
    ModelError,
    NoClosedForm,
    RateModel,
    derivation,
    from_formula,
    transfer,
)
from nullcline.symbolic.errors import NullclineWarning
from nullcline.symbolic.parameter import positive

# A spent budget raises an exception anywhere: in the tracer of coverage too, which then waits for its own lock.
pytestmark = pytest.mark.no_cover

GAIN = positive("a", 1.2, "gain", sample=(0.3, 3.0))
GIVEN = {"a": GAIN, "theta": 2.8}

UNDERSTOOD = {
    "1/(1 + exp(-a*(x - theta))) - 1/(1 + exp(a*theta))": transfer.sigmoid,
    "sigmoid(a*(x - theta)) - sigmoid(-a*theta)": transfer.sigmoid,
    "tanh(a*(x - theta)) + tanh(a*theta)": transfer.tanh,
    "a*max(x - theta, 0)": transfer.relu,
    "a*(x - theta) if x > theta else 0": transfer.relu,
    "relu(a*(x - theta))": transfer.relu,
}


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_the_catalogues_functions_are_understood_as_they_are_written(text):
    made, known = from_formula(text, GIVEN), UNDERSTOOD[text]
    assert made.has_closed_forms
    assert (made.bounded, len(made.inflections)) == (known.bounded, len(known.inflections))
    p = {"w": np.linspace(-3, 8, 45)[:, None], "I_ext": np.linspace(-1, 4, 41), "a": 1.2, "theta": 2.8}
    ours, theirs = fixed_points(RateModel.single(made), **p), fixed_points(RateModel.single(known), **p)
    np.testing.assert_array_equal(ours.count, theirs.count)
    np.testing.assert_array_equal(ours.r, theirs.r)
    # Understood, it needs no search with proof.
    assert ours.certified is None


@pytest.mark.parametrize(
    "text",
    ["sigmoid(a*(x - theta))", "softplus(a*(x - theta))", "log(1 + exp(a*(x - theta)))/a", "a*max(x - theta, 0)**2"],
)
def test_others_are_understood_where_sympy_proves_that_they_rise(text):
    f = from_formula(text, GIVEN)
    functions = compile_model(RateModel.single(f))
    x = np.linspace(2.9, 6.0, 40)
    # The inverse to a few units in the last place of x, times what F makes of them; F' is above 0.02 there.
    np.testing.assert_allclose(functions.F_inverse(functions.F(x)), x, rtol=1e-13)
    assert RateModel.single(f).derive().check().ok


@pytest.mark.parametrize(
    "text", ["exp(-(x - theta)**2*a)", "atan(a*(x - theta))", "abs(x - theta)*a", "a*sin(x - theta)"]
)
def test_what_does_not_rise_or_is_not_understood_is_not_claimed(text):
    f = from_formula(text, GIVEN)
    assert not f.has_closed_forms
    with pytest.raises(NoClosedForm):
        f.inverse  # noqa: B018


def test_a_gain_of_unknown_sign_is_not_taken_to_be_positive():
    assert not from_formula("sigmoid(a*(x - theta))", {"a": 1.2, "theta": 2.8}).has_closed_forms


def test_a_jump_warns_and_a_kink_does_not():
    with pytest.warns(NullclineWarning, match=r"^the formula jumps at x = 2\.8: "):
        from_formula("1 if x > theta else 0", {"theta": 2.8})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from_formula("max(x - theta, 0)", {"theta": 2.8})


def test_the_inputs_that_a_formula_is_meant_for_are_kept():
    f = from_formula("sqrt(x)", {}, inputs=(0.25, 4.0))
    assert f.inputs == (0.25, 4.0)
    found = fixed_points(RateModel.single(f), w=1.0, I_ext=0.0)
    # x = sqrt(x): 0 is no input that it is meant for.
    assert (found.r.tolist(), found.complete) == ([1.0], True)
    with pytest.raises(FormulaError, match=r"^no value at x = -100: square root of a negative number"):
        from_formula("sqrt(x)", {})


def test_a_derivation_that_runs_away_ends_with_a_clear_word(monkeypatch):
    monkeypatch.setattr(derivation, "_SECONDS", 0.05)
    model = RateModel.single(from_formula("a*sin(x - theta)", GIVEN))
    with pytest.raises(BudgetExceeded, match=r"^the derivation of model 'single' took more than 0\.05 s$"):
        model.derive().check()
    # What the catalogue has is known to end.
    assert RateModel.single(transfer.relu).derive().check().ok


def test_parameters_are_values_by_name():
    with pytest.raises(ModelError, match=r"^parameters must be values by name, got "):
        from_formula("x", [1.0])
    assert math.isclose(compile_model(RateModel.single(from_formula("g*x", {"g": 3.0}))).F(2.0), 6.0)
