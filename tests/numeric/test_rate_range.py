"""`range_of`: bounds on F with proof, and the trapping region that they are."""

import json
import math

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from nullcline.numeric import compile_model, range_of, simulate
from nullcline.symbolic import NullclineError, ParameterError, RateModel, transfer
from nullcline.symbolic.transfer import TransferFunction, x
from own_formulas import CATALOGUE, GAIN, THRESHOLD, WRITTEN, a, theta, written
from strategies import examples

EXPECTED = {
    "bump": (0.0, 1.0),
    "arctangent": (-math.pi / 2, math.pi / 2),
    "cubic": (-math.inf, math.inf),
    "wave": (-1.2, 1.2),
    "clipped": (0.0, 1.0),
    "distance": (0.0, math.inf),
    "step": (0.0, 1.0),
    "square": (0.0, math.inf),
    "supralinear": (0.0, math.inf),
    "refractory": (1 / 101, 1.0),
}


def own(formula: sympy.Expr, **more) -> RateModel:
    return RateModel.single(TransferFunction("own", "given formula", formula, (GAIN, THRESHOLD), **more))


@pytest.mark.parametrize("name", WRITTEN)
def test_the_range_is_the_one_known_by_hand(name):
    found = range_of(RateModel.single(written(name)))
    np.testing.assert_allclose((found.low, found.high), EXPECTED[name], rtol=4e-16, atol=1e-300)
    assert found.holds_everywhere
    assert found.is_bounded == all(map(math.isfinite, EXPECTED[name]))
    # Of a wave the extrema are too many to be found one by one: its bounds are from outside.
    assert found.is_tight == (name != "wave")


@pytest.mark.parametrize("name", transfer.catalogue)
def test_both_routes_find_the_same_range(name):
    known, searched = (range_of(RateModel.single(f)) for f in (transfer.catalogue[name], CATALOGUE[name]))
    assert (known.status, searched.status) == ("closed form", "certified")
    np.testing.assert_allclose((known.low, known.high), (searched.low, searched.high), rtol=4e-16)
    assert known.is_tight


def test_extrema_inside_and_at_the_ends_of_an_interval_are_met():
    found = range_of(RateModel.single(written("bump")), a=1.0, theta=0.0, within=(-1.0, 3.0))
    assert (found.low, found.high) == (pytest.approx(math.exp(-4.5), rel=1e-15), 1.0)
    assert found.is_tight
    assert not found.holds_everywhere
    stated = range_of(own(a * x * sympy.exp(-(x**2)), inputs=(-1.0, 4.0)), a=1.0)
    assert stated.interval == (-1.0, 4.0)
    assert (stated.low, stated.high) == (
        pytest.approx(-1 / math.sqrt(2 * math.e), rel=1e-15),
        pytest.approx(1 / math.sqrt(2 * math.e), rel=1e-15),
    )


def test_a_closed_form_on_an_interval_is_searched():
    found = range_of(RateModel.single(), within=(0.0, 2.8))
    assert found.status == "certified"
    assert (found.low, found.high) == (0.0, pytest.approx(0.46643077671851748, rel=1e-15))


def test_where_no_monotone_tail_is_known_the_bounds_are_from_outside():
    """x sin x has no limit: nothing is claimed."""
    found = range_of(own(a * x * sympy.sin(x - theta)))
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert not found.is_bounded


def test_a_pole_between_falling_stretches_is_not_passed_over():
    """1/(x - theta) falls everywhere and tends to 0 on both sides, and yet it takes every value."""
    for formula in (a / (x - theta), a / (x - theta) ** 2, sympy.log((x - theta) ** 2 + 0 * a) * a, a * sympy.tan(x)):
        found = range_of(own(formula), within=(-5.0, 7.0))
        assert (found.low, found.high) == (-math.inf, math.inf)


@st.composite
def functions(draw):
    name = draw(st.sampled_from(list(WRITTEN)))
    low = draw(st.floats(-8.0, 8.0))
    interval = draw(st.sampled_from([None, (low, low + draw(st.floats(0.01, 10.0)))]))
    return name, {"a": draw(st.floats(0.3, 3.0)), "theta": draw(st.floats(-2.0, 4.0))}, interval


@examples(80)
@given(functions(), st.lists(st.floats(0.0, 1.0), min_size=1, max_size=50))
def test_no_value_of_F_leaves_the_bounds(drawn, shares):
    """The compiled F is right to 16 units in the last place of its value (its bound in the tests of formulas)."""
    name, shape, interval = drawn
    model = RateModel.single(written(name))
    found = range_of(model, within=interval, **shape)
    low, high = interval or (-30.0, 30.0)
    values = np.atleast_1d(compile_model(model).F(low + (high - low) * np.array(shares), **shape))
    slack = 16 * np.spacing(np.abs(values)) + 1e-299
    assert (values >= found.low - slack).all()
    assert (values <= found.high + slack).all()


@examples(30)
@given(st.sampled_from(["bump", "arctangent", "clipped", "refractory"]), st.floats(-5.0, 5.0), st.floats(-4.0, 4.0))
def test_the_rate_stays_inside_and_is_drawn_there(name, w, I_ext):
    """Euler's steps with dt <= tau are means of r and F: inside they stay inside, to rounding."""
    model = RateModel.single(written(name))
    found = range_of(model)
    for start in (found.low, (found.low + found.high) / 2, found.high):
        run = simulate(model, w=w, I_ext=I_ext, r_init=start, T=5.0, dt=0.1)
        slack = 64 * np.spacing(max(abs(found.low), abs(found.high)))
        assert (run.r >= found.low - slack).all()
        assert (run.r <= found.high + slack).all()
    outside = simulate(model, w=w, I_ext=I_ext, r_init=found.high + 1.0, T=60.0, dt=0.1)
    assert outside.r[-1] <= found.high + 1e-15 + 0.9**590


def test_what_is_said():
    found = range_of(RateModel.single())
    assert repr(found) == (
        "F of 'single' (a=1.2, theta=2.8) lies from -0.0335692 to 0.966431, for every input (closed form)"
    )
    assert repr(range_of(RateModel.single(written("wave")))) == (
        "F of 'single' (a=1.2, theta=2.8) lies from -1.2 to 1.2, for every input (certified, from outside)"
    )
    document = json.loads(json.dumps(range_of(RateModel.single(transfer.softplus)).to_dict(), allow_nan=False))
    assert (document["low"], document["high"], document["bounded"], document["interval"]) == (
        0,
        None,
        False,
        [None] * 2,
    )


def test_refusals():
    with pytest.raises(ParameterError) as refusal:
        range_of(RateModel.single(), a=[1, 2])
    assert str(refusal.value) == "a must be one number for range_of, got an array of shape (2,): call it for each"
    with pytest.raises(NullclineError) as several:
        range_of(RateModel.wilson_cowan())
    assert str(several.value).startswith("range_of is for one population, model 'wilson-cowan' has 2")
