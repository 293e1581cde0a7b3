"""A transfer function of one's own: its formula is rewritten, and what rounding still loses is measured and told."""

import warnings
from dataclasses import replace

import mpmath
import numpy as np
import pytest
import sympy
from nullcline.numeric import NullclineWarning, compile_model
from nullcline.numeric.loss import BOUND, loss
from nullcline.symbolic import RateModel, transfer

x = transfer.x
GAIN, THETA = (p.symbol for p in transfer.sigmoid.parameters)


def own(name, formula):
    """A transfer function on the sigmoid's coordinate, in which every formula of logistic functions is algebraic."""
    return replace(transfer.sigmoid, name=name, formula=formula)


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=lambda f: f.name)
def test_no_catalogue_function_loses_digits(function):
    assert loss(function).ulp < 16
    assert not loss(function).exceeds_bound


def test_a_formula_from_a_textbook_is_rewritten_and_loses_nothing():
    function = own("mine", 1 / (1 + sympy.exp(-GAIN * (x - THETA))) - 1 / (1 + sympy.exp(GAIN * THETA)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = compile_model(RateModel.single(function))
    for at in (1e-300, 1e-12, 0.5, 2.8, 40.0, -700.0, 1e6):
        with mpmath.workdps(400):
            gain, theta = mpmath.mpf(1.2), mpmath.mpf(2.8)
            true = 1 / (1 + mpmath.exp(-gain * (at - theta))) - 1 / (1 + mpmath.exp(gain * theta))
            assert abs(f.F(at) - true) <= 16 * np.finfo(float).eps * abs(true), at
    assert f.F(0.0) == 0.0


def test_what_no_rule_knows_is_measured_and_told():
    share = 1 / (1 + sympy.exp(-GAIN * (x - THETA)))
    function = own("cancelling", 2 / (2 - share) - 1)
    found = loss(function)
    assert found.exceeds_bound
    assert found.ulp > BOUND
    with pytest.warns(NullclineWarning, match=r"F of 'cancelling' is off by .* units in the last place at x=-"):
        f = compile_model(RateModel.single(function))
    # What is told is true.
    with mpmath.workdps(60):
        true = 2 / (2 - 1 / (1 + mpmath.exp(-mpmath.mpf(1.2) * (found.x - mpmath.mpf(2.8))))) - 1
        assert abs(f.F(found.x) - true) > BOUND * np.spacing(float(true))
