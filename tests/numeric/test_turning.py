"""`critical_points`: where h(x) = x - I - w F(x) turns, in closed form and by a search with proof."""

import json
import math
import pickle
import warnings
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import scenarios
import sympy
from hypothesis import given
from hypothesis import strategies as st
from nullcline.numeric import balls, compile_model, critical_points, fixed_points
from nullcline.symbolic import MissingExtra, NullclineError, ParameterError, RateModel, transfer
from nullcline.symbolic.transfer import TransferFunction, x
from own_formulas import CATALOGUE, GAIN, THRESHOLD, WRITTEN, a, theta, written
from strategies import examples

SINGLE = RateModel.single()
# Weights at which each of the catalogue's functions has turning points.
STEEP = {"sigmoid": 5.0, "tanh": 2.0, "relu": 2.0, "softplus": 2.0, "erf": 3.0, "power": 1.5, "naka_rushton": 3.0}


def own(formula: sympy.Expr, **more) -> RateModel:
    return RateModel.single(TransferFunction("own", "given formula", formula, (GAIN, THRESHOLD), **more))


def holds(enclosure, value) -> bool:
    low, high = (Fraction(float(end)) for end in enclosure)
    return low <= Fraction(value) <= high


REFERENCE = [(block, fold) for block in scenarios.golden()["fold_and_cusp"] for fold in block["fold"]]


@pytest.mark.parametrize(("block", "fold"), REFERENCE, ids=lambda v: v.get("w", v.get("a")))
@pytest.mark.parametrize("route", ["closed form", "certified"])
def test_the_folds_of_the_reference_are_found_to_the_last_bit(block, fold, route):
    f = transfer.catalogue[block["kind"]] if route == "closed form" else CATALOGUE[block["kind"]]
    shape = {name: float(block[name]) for name in ("a", "theta")}
    exact = all(Fraction(v) == Fraction(block[name]) for name, v in shape.items())
    found = critical_points(RateModel.single(f), w=float(fold["w"]), **shape)
    assert found.complete
    assert found.interval == (-math.inf, math.inf)
    assert found.direction.tolist() == ["maximum", "minimum"]
    assert set(found.status) == {route}
    for i, end in enumerate(["high", "low"]):
        r, I_ext = fold[f"r_at_I_{end}"], fold[f"I_{end}"]
        # 40 digits of the reference; parameters that are no doubles move the values by their rounding.
        if exact:
            assert holds(found.I_ext_enclosure[i], I_ext)
        assert found.I_ext[i] == pytest.approx(float(I_ext), abs=4e-15 * (1 + float(fold["w"])))
        assert found.r[i] == pytest.approx(float(r), abs=2e-15)


@pytest.mark.parametrize("name", STEEP)
def test_both_routes_find_the_same(name):
    known = critical_points(RateModel.single(transfer.catalogue[name]), w=STEEP[name])
    searched = critical_points(RateModel.single(CATALOGUE[name]), w=STEEP[name])
    assert known.count > 0
    assert (known.complete, searched.complete) == (True, True)
    assert known.direction.tolist() == searched.direction.tolist()
    assert known.kind.tolist() == searched.kind.tolist()
    for key in ("x", "r", "I_ext"):
        np.testing.assert_allclose(getattr(known, key), getattr(searched, key), rtol=4e-16, atol=1e-300)
    # What the one proves holds the other's value.
    for (low, high), at in zip(searched.enclosure, known.x, strict=True):
        assert low <= at <= high


@pytest.mark.parametrize("name", STEEP)
def test_with_inhibition_and_without_recurrence_nothing_turns(name):
    for w in (0.0, -2.0):
        for f in (transfer.catalogue[name], CATALOGUE[name]):
            found = critical_points(RateModel.single(f), w=w)
            assert (found.count, found.complete) == (0, True)


def test_at_the_cusp_h_only_levels_out_and_just_above_it_turns_twice():
    for f in (transfer.sigmoid, CATALOGUE["sigmoid"]):
        model = RateModel.single(f)
        at = critical_points(model, **scenarios.CUSP)
        assert (at.x.tolist(), at.I_ext.tolist(), at.direction.tolist()) == ([0.0], [0.0], ["none"])
        above = critical_points(model, **{**scenarios.CUSP, "w": math.nextafter(2.0, 3.0)})
        below = critical_points(model, **{**scenarios.CUSP, "w": math.nextafter(2.0, 1.0)})
        assert above.direction.tolist() == ["maximum", "minimum"]
        assert (above.complete, below.complete, below.count) == (True, True, 0)


EXPECTED = {
    # By hand: where 1/w = F', at w = 3, a = 6/5, theta = 14/5 (kinks and jumps at 2.8 and 2.8 + 5/6).
    "clipped": [("maximum", "kink", 2.8), ("minimum", "kink", 2.8 + 5 / 6)],
    "distance": [("maximum", "kink", 2.8)],
    "step": [("none", "jump", 2.8), ("none", "jump", 2.8)],
    "square": [("maximum", "smooth", 2.8 + 1 / 7.2)],
    "cubic": [("minimum", "smooth", 2.8 - math.sqrt(1 / 10.8)), ("maximum", "smooth", 2.8 + math.sqrt(1 / 10.8))],
    "arctangent": [
        ("maximum", "smooth", 2.8 - math.sqrt(2.6) / 1.2),
        ("minimum", "smooth", 2.8 + math.sqrt(2.6) / 1.2),
    ],
    "supralinear": [("maximum", "smooth", 2.8 + (1 / (3 * 1.3 * 1.2)) ** (1 / 0.3))],
    "refractory": [("maximum", "kink", 2.8), ("minimum", "smooth", 2.8 + (math.sqrt(3.6) - 1.01) / 1.2)],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_kinks_and_jumps_are_told_from_smooth_turning_points(name):
    found = critical_points(RateModel.single(written(name)), w=3.0)
    assert found.complete
    assert [(str(d), str(k)) for d, k in zip(found.direction, found.kind, strict=True)] == [
        row[:2] for row in EXPECTED[name]
    ]
    np.testing.assert_allclose(found.x, [row[2] for row in EXPECTED[name]], rtol=1e-14)


def test_a_jump_has_a_row_for_each_side():
    found = critical_points(RateModel.single(written("step")), w=3.0)
    np.testing.assert_allclose(found.r, [0.0, 1.0])
    np.testing.assert_allclose(found.I_ext, [2.8, -0.2], rtol=1e-14)


def test_a_stretch_of_slope_one_over_w_is_said_and_not_listed():
    found = critical_points(RateModel.single(written("distance")), a=0.5, w=2.0)
    assert (found.count, found.complete) == (0, True)
    assert found.note == "F has the slope 1/w all along x from 2.8 to inf"


def test_what_is_not_known_to_end_is_searched_as_far_as_is_said():
    model = RateModel.single(written("wave"))
    found = critical_points(model, w=3.0)
    assert not found.complete
    assert found.interval == (-100.0, 100.0)
    assert found.note == (
        "only inputs from -100 to 100 were searched: how F goes on beyond is not known; "
        "within=(low, high) states others"
    )
    stated = critical_points(model, w=3.0, within=(0.0, 10.0))
    assert stated.complete
    # cos(x - theta) = 1/(a w) by hand.
    turn = math.acos(1 / 3.6)
    np.testing.assert_allclose(stated.x, [2.8 - turn, 2.8 + turn, 2.8 + 2 * math.pi - turn], rtol=1e-14)
    assert stated.direction.tolist() == ["maximum", "minimum", "maximum"]


def test_the_inputs_that_a_formula_states_are_searched():
    found = critical_points(own(a * sympy.sin(x - theta), inputs=(0.0, 10.0)), w=3.0)
    assert (found.count, found.complete, found.interval) == (3, True, (0.0, 10.0))


def test_a_turning_point_exactly_at_a_stated_end_is_listed():
    found = critical_points(own(a * (x - theta) ** 3 / 3), a=1.0, theta=0.0, w=1.0, within=(-1.0, 2.0))
    assert found.x.tolist() == [-1.0, 1.0]
    assert found.direction.tolist() == ["minimum", "maximum"]


@st.composite
def own_models(draw):
    name = draw(st.sampled_from([n for n in WRITTEN if n not in ("wave", "step")]))
    values = {"a": draw(st.floats(0.3, 3.0)), "theta": draw(st.floats(-2.0, 4.0)), "w": draw(st.floats(-6.0, 6.0))}
    return RateModel.single(written(name)), values


@examples(60)
@given(own_models())
def test_two_fixed_points_meet_at_each_fold_and_nowhere_else(drawn):
    """Just on one side of the fold's I_ext there are two more than just on the other, and the count is certified."""
    model, values = drawn
    found = critical_points(model, **values)
    assert found.complete
    if values["w"] == 0:
        return
    for i in range(found.count):
        if found.direction[i] == "none":
            continue
        near = 1e-6 * (1 + abs(found.I_ext[i]))
        if any(abs(found.I_ext[i] - found.I_ext[j]) < 4 * near for j in range(found.count) if j != i):
            continue
        counts = []
        for I_ext in (found.I_ext[i] - near, found.I_ext[i] + near):
            points = fixed_points(model, **values, I_ext=I_ext)
            assert points.complete
            counts.append(points.count)
        assert counts[0] - counts[1] == (2 if found.direction[i] == "maximum" else -2)
    # Far from every fold, on both sides, and between any two: the count changes only there.
    turns = np.sort(found.I_ext)
    if len(turns):
        lowest, highest = (fixed_points(model, **values, I_ext=v).count for v in (turns[0] - 50, turns[-1] + 50))
        steps = {"maximum": -2, "minimum": 2, "none": 0}
        assert highest - lowest == sum(steps[str(d)] for d in found.direction)


@examples(40)
@given(own_models())
def test_between_turning_points_h_is_monotone(drawn):
    model, values = drawn
    found = critical_points(model, **values)
    f = compile_model(model)
    edges = [-40.0, *found.x.tolist(), 40.0]
    for low, high in pairwise(edges):
        if not low < high:
            continue
        at = np.linspace(low, high, 101)[1:-1]
        h = at - values["w"] * f.F(at, a=values["a"], theta=values["theta"])
        rise = np.diff(h)
        # Differences of numbers of this size are right to their rounding.
        noise = 64 * np.spacing(np.abs(h).max() + np.abs(at).max())
        assert (rise > -noise).all() or (rise < noise).all()


def test_the_result_is_frozen_and_travels():
    found = critical_points(SINGLE, w=5)
    with pytest.raises(ValueError, match="read-only"):
        found.x[0] = 0
    again = pickle.loads(pickle.dumps(found))  # noqa: S301
    assert again.x.tolist() == found.x.tolist()
    assert not again.x.flags.writeable
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document["interval"] == [None, None]
    assert document["critical_points"][0]["direction"] == "maximum"
    assert [p["x"] for p in document["critical_points"]] == found.x.tolist()


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"w": [1, 2]}, "w must be one number for critical_points, got an array of shape (2,): call it for each"),
        ({"thata": 1}, "unknown parameter 'thata' for model 'single'; did you mean 'theta'?"),
        ({"a": -1}, "a must be positive, got -1.0"),
        ({"within": (1, 0)}, "within must be two numbers, the lower input first, got (1, 0) (tuple): write within="),
        ({"within": 3}, "within must be two numbers, the lower input first, got 3 (int): write within=(-10, 10)"),
        ({"within": (0, math.inf)}, "within must be two numbers, the lower input first, got (0, inf) (tuple): write"),
        ({"within": ("a", "b")}, "within must be two numbers, the lower input first, got ('a', 'b') (tuple): write"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, line):
    with pytest.raises(ParameterError) as refusal:
        critical_points(SINGLE, **given)
    assert str(refusal.value).startswith(line)


def test_several_populations_are_refused():
    with pytest.raises(NullclineError) as refusal:
        critical_points(RateModel.wilson_cowan())
    assert str(refusal.value) == (
        "critical_points is for one population, model 'wilson-cowan' has 2: take one of them as a model of its own"
    )


def test_without_python_flint_closed_forms_are_found_and_the_extra_is_named_for_others(monkeypatch):
    def missing(name):
        raise ImportError(name)

    balls.flint.cache_clear()
    monkeypatch.setattr(balls.importlib, "import_module", missing)
    try:
        assert critical_points(SINGLE, w=5).count == 2
        with pytest.raises(MissingExtra) as refusal:
            critical_points(RateModel.single(written("bump")), w=5)
        assert refusal.value.extra == "certify"
    finally:
        monkeypatch.undo()
        balls.flint.cache_clear()


def test_nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in WRITTEN:
            critical_points(RateModel.single(written(name)), w=3.0)
