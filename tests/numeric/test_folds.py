"""`fold_curve` and `cusp`: where fixed points meet, over all weights and inputs, for any F."""

import json
import math
import pickle
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scenarios
import sympy
from hypothesis import given
from hypothesis import strategies as st
from nullcline.numeric import balls, compile_model, critical_points, cusp, fixed_points, fold_curve
from nullcline.symbolic import MissingExtra, NullclineError, ParameterError, RateModel, transfer
from nullcline.symbolic.transfer import TransferFunction, x
from own_formulas import CATALOGUE, GAIN, THRESHOLD, WRITTEN, a, written
from strategies import examples

SINGLE = RateModel.single()
BENT = ("sigmoid", "tanh", "erf", "naka_rushton")


def own(formula: sympy.Expr, **more) -> RateModel:
    return RateModel.single(TransferFunction("own", "given formula", formula, (GAIN, THRESHOLD), **more))


def _shape(block):
    named = block["params"] if "params" in block else {name: block[name] for name in ("a", "theta")}
    return {name: float(value) for name, value in named.items()}


CUSPS = [*scenarios.golden()["fold_and_cusp"], *scenarios.golden()["other_cusps"]]


@pytest.mark.parametrize("block", CUSPS, ids=lambda b: f"{b['kind']} {_shape(b)}")
@pytest.mark.parametrize("route", ["closed form", "certified"])
def test_the_cusps_of_the_reference_are_found_to_the_last_bits(block, route):
    name = scenarios.transfer_name(block)
    found = cusp(RateModel.single((transfer.catalogue if route == "closed form" else CATALOGUE)[name]), **_shape(block))
    assert (found.count, found.complete, found.points[0].status) == (1, True, route)
    for key, value in {"w": "w", "I_ext": "I", "x": "x", "r": "r"}.items():
        # Parameters that are no doubles move the exact values by their own rounding.
        assert getattr(found, key) == pytest.approx(float(block["cusp"][value]), rel=1e-15, abs=4e-16)


def test_the_numbers_of_the_tutorials_model():
    found = cusp(SINGLE, a=1.2, theta=2.8)
    assert repr(found.points[0]) == "Cusp(w=3.3333, I_ext=1.2452, r=0.4664)"
    assert found.w == pytest.approx(10 / 3, rel=1e-15)


@pytest.mark.parametrize("name", transfer.catalogue)
def test_both_routes_find_the_same_cusps(name):
    known, searched = (cusp(RateModel.single(f)) for f in (transfer.catalogue[name], CATALOGUE[name]))
    assert (known.count, known.complete) == (searched.count, searched.complete) == (int(name in BENT), True)
    for one, other in zip(known.points, searched.points, strict=True):
        for key, bounds in {
            "x": "enclosure",
            "w": "w_enclosure",
            "I_ext": "I_ext_enclosure",
            "r": "r_enclosure",
        }.items():
            low, high = getattr(other, bounds)
            assert low <= getattr(one, key) <= high
            assert high - low <= 2 * math.ulp(high)


def test_every_bend_of_a_formula_is_a_cusp_of_its_own():
    # w = 1/F', by hand: at x = theta ± 1/sqrt(a) the slope of the bump is ± sqrt(a) e^(-1/2).
    found = cusp(RateModel.single(written("bump")), a=1.0, theta=0.0)
    assert (found.count, found.complete) == (2, True)
    np.testing.assert_allclose(found.x, [-1.0, 1.0], rtol=1e-15)
    np.testing.assert_allclose(found.w, [math.exp(0.5), -math.exp(0.5)], rtol=1e-15)
    np.testing.assert_allclose(found.r, math.exp(-0.5), rtol=1e-15)
    np.testing.assert_allclose(found.I_ext, [-2.0, 2.0], rtol=1e-15)
    assert cusp(own(sympy.exp(-(x**2)) + sympy.atan(a * (x - 6))), theta=0.0).count == 3


def test_where_the_slope_is_zero_there_is_no_cusp():
    """x^3 bends at 0, but no weight makes its slope 1."""
    found = cusp(RateModel.single(written("cubic")))
    assert (found.count, found.complete) == (0, True)
    assert found.w.shape == (0,)


def test_where_the_curvature_jumps_over_zero_there_is_a_cusp_too():
    """F' rises to 1 and falls from there, along straight lines: F'' is 1, then -1."""
    tent = sympy.Piecewise((a * x**2 / 2, x < 1), (a * (2 * x - x**2 / 2 - 1), True))
    found = cusp(own(tent), a=1.0, theta=0.0, within=(0.0, 2.0))
    assert (found.count, found.complete) == (1, True)
    (point,) = found.points
    assert (point.kind, point.x, point.w, point.r, point.I_ext) == ("switch", 1.0, 1.0, 0.5, 0.5)
    # The curve goes through it.
    assert len(fold_curve(own(tent), a=1.0, theta=0.0, within=(0.0, 1.9)).branches) == 1
    # It is one: for a weight above it there are two folds beside it, for one below none.
    model = own(tent)
    assert critical_points(model, a=1.0, w=1.25, within=(0.0, 2.0)).direction.tolist() == ["maximum", "minimum"]
    assert critical_points(model, a=1.0, w=0.8, within=(0.0, 2.0)).count == 0


def test_a_kink_or_a_jump_is_no_cusp():
    for name in ("clipped", "step", "distance", "refractory"):
        found = cusp(RateModel.single(written(name)))
        assert (found.count, found.complete) == (0, True)


def test_what_is_not_known_to_end_is_searched_as_far_as_is_said():
    found = cusp(RateModel.single(written("wave")))
    assert (found.complete, found.interval) == (False, (-100.0, 100.0))
    stated = cusp(RateModel.single(written("wave")), within=(0.0, 7.0))
    assert stated.complete
    np.testing.assert_allclose(stated.x, [2.8, 2.8 + math.pi], rtol=1e-15)


@examples(30)
@given(st.floats(0.3, 3.0), st.floats(-2.0, 4.0), st.sampled_from(["bump", "arctangent"]), st.floats(1e-3, 0.5))
def test_above_a_cusp_there_are_two_more_folds_than_below(gain, threshold, name, away):
    model, shape = RateModel.single(written(name)), {"a": gain, "theta": threshold}
    for point in cusp(model, **shape).points:
        counts = [critical_points(model, **shape, w=point.w * (1 + side * away)).count for side in (-1, 1)]
        assert counts[1] - counts[0] == 2
        # Three fixed points merge there: seen from the certified list just above the cusp.
        inside = critical_points(model, **shape, w=point.w * (1 + away))
        near = np.sort(inside.I_ext[np.argsort(np.abs(inside.x - point.x))[:2]])
        middle = fixed_points(model, **shape, w=point.w * (1 + away), I_ext=float(near.mean()))
        assert middle.complete
        assert middle.count >= 3


@pytest.mark.parametrize("name", [*transfer.catalogue, *WRITTEN])
def test_every_point_of_the_curve_is_a_fold(name):
    """w F' = 1 and r = F(x), x = w r + I_ext, to the rounding of the quotient, the product and the sum."""
    f = transfer.catalogue[name] if name in transfer.catalogue else written(name)
    model = RateModel.single(f)
    curve = fold_curve(model, points=200)
    functions = compile_model(model)
    shape = {p.name: p.default for p in f.parameters}
    assert curve.x.shape == curve.w.shape == curve.I_ext.shape == curve.r.shape == curve.branch.shape
    assert len(curve.x) == (0 if name == "step" else 200)
    if name == "step":
        return
    assert (np.diff(curve.x) > 0).all()
    np.testing.assert_allclose(curve.w * functions.dF(curve.x, **shape), 1.0, rtol=4e-16)
    np.testing.assert_allclose(curve.r, functions.F(curve.x, **shape), rtol=0)
    terms = np.abs(curve.x) + np.abs(curve.w * curve.r)
    assert (np.abs(curve.x - curve.w * curve.r - curve.I_ext) <= 4 * np.spacing(terms)).all()


def test_a_branch_ends_where_the_slope_changes_sign_or_jumps():
    bump = fold_curve(RateModel.single(written("bump")), points=101)
    first, second = bump.branches
    assert (bump.w[first] > 0).all()
    assert (bump.w[second] < 0).all()
    assert (bump.x[first] < 2.8).all()
    assert (bump.x[second] > 2.8).all()
    kinked = fold_curve(RateModel.single(written("distance")), points=20)
    assert len(kinked.branches) == 2
    flat = fold_curve(RateModel.single(written("cubic")), points=21)
    assert [(flat.x[s] < 2.8).all() or (flat.x[s] > 2.8).all() for s in flat.branches] == [True, True]
    assert len(fold_curve(SINGLE).branches) == 1


def test_the_curve_goes_through_the_folds_at_a_weight():
    """Between two of its points whose weights are on both sides of w lies the fold that `critical_points` has."""
    for model in (SINGLE, RateModel.single(CATALOGUE["sigmoid"])):
        curve = fold_curve(model, points=4001)
        for w in (3.5, 5.0, 7.0):
            turns = critical_points(model, w=w)
            crossing = np.flatnonzero((curve.w[:-1] - w) * (curve.w[1:] - w) < 0)
            assert len(crossing) == turns.count
            for k, at in zip(crossing, turns.I_ext, strict=True):
                low, high = sorted(curve.I_ext[k : k + 2])
                assert low <= at <= high


def test_the_points_are_as_many_as_asked_and_in_the_middle_is_the_cusp():
    curve = fold_curve(SINGLE, points=401, a=2.0, theta=0.0)
    assert (curve.x[200], curve.w[200], curve.I_ext[200], curve.r[200]) == (0.0, 2.0, 0.0, 0.0)
    assert curve.cusp.w == 2.0
    assert fold_curve(SINGLE, points=2).x.shape == (2,)
    assert fold_curve(SINGLE, within=(0.0, 1.0)).interval == (0.0, 1.0)


def test_an_inhibitory_population_has_the_weights_that_it_is_given():
    from dataclasses import replace

    falling = RateModel.single(written("bump"))
    turned = replace(falling, populations=(replace(falling.populations[0], sign=-1),))
    assert cusp(turned).w.tolist() == (-cusp(falling).w).tolist()
    np.testing.assert_array_equal(fold_curve(turned).w, -fold_curve(falling).w)
    found = critical_points(turned, w=3.0)
    assert found.x.tolist() == critical_points(falling, w=-3.0).x.tolist()


def test_results_are_frozen_and_travel():
    curve = fold_curve(SINGLE, points=5)
    with pytest.raises(ValueError, match="read-only"):
        curve.w[0] = 0
    again = pickle.loads(pickle.dumps(curve))  # noqa: S301
    assert again.w.tolist() == curve.w.tolist()
    assert again.cusp == curve.cusp
    document = json.loads(json.dumps(curve.to_dict(), allow_nan=False))
    assert document["w"] == curve.w.tolist()
    assert document["cusps"][0]["w"] == curve.cusp.w
    assert document["cusps"][0]["enclosure"] == [curve.cusp.x] * 2
    assert json.loads(json.dumps(cusp(SINGLE).to_dict(), allow_nan=False))["complete"] is True


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: cusp(SINGLE, a=[1, 2]), "a must be one number for cusp, got an array of shape (2,): call it for each"),
        (
            lambda: fold_curve(SINGLE, a=np.ones(3)),
            "a must be one number for fold_curve, got an array of shape (3,): call it for each",
        ),
        (lambda: fold_curve(SINGLE, points=1), "points must be at least 2, got 1"),
        (lambda: fold_curve(SINGLE, points=2.5), "points must be a whole number, got 2.5 (float)"),
        (lambda: fold_curve(SINGLE, point=3), "unknown parameter 'point' for model 'single'; did you mean 'points'?"),
        (
            lambda: cusp(SINGLE, within=(1, 1)),
            "within must be two numbers, the lower input first, got (1, 1) (tuple): write within=(-10, 10)",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(call, line):
    with pytest.raises(ParameterError) as refusal:
        call()
    assert str(refusal.value).startswith(line)


def test_several_populations_are_refused():
    for call, name in ((cusp, "cusp"), (fold_curve, "fold_curve")):
        with pytest.raises(NullclineError) as refusal:
            call(RateModel.wilson_cowan())
        assert str(refusal.value).startswith(f"{name} is for one population, model 'wilson-cowan' has 2")


def test_without_python_flint_closed_forms_are_found_and_the_extra_is_named_for_others(monkeypatch):
    def missing(name):
        raise ImportError(name)

    balls.flint.cache_clear()
    monkeypatch.setattr(balls.importlib, "import_module", missing)
    try:
        assert fold_curve(SINGLE).cusp.w == pytest.approx(10 / 3)
        for call in (cusp, fold_curve):
            with pytest.raises(MissingExtra):
                call(RateModel.single(written("bump")))
    finally:
        monkeypatch.undo()
        balls.flint.cache_clear()


def test_the_enclosures_hold_the_values_at_forty_digits():
    """The inflection of erf is theta, and w = s sqrt(2 pi): for parameters that are doubles."""
    found = cusp(RateModel.single(CATALOGUE["erf"]), theta=1.0, s=0.5).points[0]
    with mpmath.workdps(40):
        exact = mpmath.sqrt(2 * mpmath.pi) / 2
        low, high = found.w_enclosure
        assert mpmath.mpf(low) < exact < mpmath.mpf(high)
    assert Fraction(found.x) == 1
