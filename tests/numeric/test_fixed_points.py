"""Fixed points of one population: all of them, each to the conditioning of the problem, and nothing else."""

import json
import pickle
import warnings

import mpmath
import numpy as np
import pytest
import scenarios
from nullcline.numeric import Case, compile_model, fixed_points
from nullcline.symbolic import NullclineError, RateModel, transfer

SIGMOID = RateModel.single()
CASES = scenarios.golden()["fixed_point_cases"]


def model_of(case) -> RateModel:
    return RateModel.single(transfer.catalogue[scenarios.transfer_name(case)])


def error(value: float, exact: str) -> float:
    with mpmath.workdps(50):
        return float(abs(mpmath.mpf(value) - mpmath.mpf(exact)))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_reference_fixed_points_are_reached_within_their_conditioning(case):
    found = fixed_points(model_of(case), **scenarios.parameters_of(case))
    assert found.complete
    if case["count"] is None:
        assert found.count == -1
        assert found.continuum == (0.0, np.inf)
        assert found.r.shape == (0,)
        return
    assert found.count == case["count"]
    assert found.stability.tolist() == [p["stability"] for p in case["fixed_points"]]
    for exact, r, eigenvalue in zip(case["fixed_points"], found.r, found.eigenvalue, strict=True):
        if exact["multiplicity"] > 1:
            assert r == float(exact["r"])
            assert eigenvalue == 0.0
            continue
        # The reference's own bounds, from the condition number: a careful solver stays inside.
        assert error(r, exact["r"]) <= float(exact["abs_tol_float64"])
        assert error(eigenvalue, exact["eigenvalue"]) <= float(exact["eig_abs_tol_float64"])


def test_the_tutorials_figures_are_reached():
    s = scenarios.BISTABLE
    found = fixed_points(SIGMOID, **s.parameters)
    assert tuple(np.round(found.r, 3)) == s.fixed_points
    assert tuple(np.round(found.eigenvalue, 3)) == s.eigenvalues
    assert tuple(found.stability) == s.stability


def test_eigenvalue_is_the_compiled_one_at_the_fixed_point():
    found = fixed_points(SIGMOID, w=5, I_ext=0.5)
    there = compile_model(SIGMOID).eigenvalue(found.r, w=5, I_ext=0.5)
    assert np.abs(there - found.eigenvalue).max() < 1e-14


def sigmoid_count(w, I, a, theta):
    """The count by the closed form of theory 3, at 40 digits where doubles are too near to tell."""
    with mpmath.workdps(40):
        w, I, a, theta = (mpmath.mpf(float(v)) for v in (w, I, a, theta))
        if a * w <= 4:
            return 1
        q, c = mpmath.sqrt(1 - 4 / (a * w)), 1 / (1 + mpmath.exp(a * theta))
        delta = w * q / 2 - 2 / a * mpmath.atanh(q)
        return 3 if abs(I - (theta + w * c - w / 2)) < delta else 1


@pytest.mark.parametrize(
    ("region", "w", "I", "a", "theta"),
    [
        ("the tutorial's sliders", (1, 7), (0, 3), (0.3, 3), (2, 4)),
        ("a bistable strip", (4, 8), (0, 1.2), (1, 2), (2, 4)),
        ("steep", (-5, 10), (-3, 3), (5, 50), (-2, 4)),
        ("inhibitory", (-20, 0), (-2, 4), (0.3, 3), (-2, 4)),
    ],
)
def test_none_is_missed_and_none_invented(region, w, I, a, theta):
    random = np.random.default_rng([ord(c) for c in region])
    W, II, A, TH = (random.uniform(*r, 3000) for r in (w, I, a, theta))
    found = fixed_points(SIGMOID, w=W, I_ext=II, a=A, theta=TH)
    assert found.complete.all()
    expected = [sigmoid_count(*p) for p in zip(W, II, A, TH, strict=True)]
    assert found.count.tolist() == expected


@pytest.mark.parametrize("side", ["low", "high"])
@pytest.mark.parametrize("exponent", range(-15, -1))
def test_the_count_is_right_at_every_distance_from_a_fold(side, exponent):
    a, theta, w = 1.25, 2.75, 5.0
    with mpmath.workdps(60):
        q, c = mpmath.sqrt(1 - mpmath.mpf(4) / (a * w)), 1 / (1 + mpmath.exp(mpmath.mpf(a) * theta))
        delta = w * q / 2 - 2 / mpmath.mpf(a) * mpmath.atanh(q)
        fold = theta + w * c - w / 2 + (delta if side == "high" else -delta)
        outward = 1 if side == "high" else -1
    for sign, expected in ((outward, 1), (-outward, 3)):
        I = float(fold + sign * mpmath.mpf(10) ** exponent)
        with mpmath.workdps(60):
            # The double may land on the other side at the smallest distances: the truth is of the double.
            truly = expected if (mpmath.mpf(I) - fold) * sign > 0 else 4 - expected
        found = fixed_points(SIGMOID, a=a, theta=theta, w=w, I_ext=I)
        assert (found.count, found.complete) == (truly, True)


def test_the_two_sides_of_a_fold_are_told_apart_at_1e_14():
    low, high = scenarios.FOLDS_AT_5
    for fold, inside in ((low, np.inf), (high, -np.inf)):
        # The printed folds are those of a = 6/5; the double 1.2 moves them by less than 1e-15.
        inner, outer = fold + np.copysign(1e-14, inside), fold - np.copysign(1e-14, inside)
        assert fixed_points(SIGMOID, w=5, I_ext=inner).count == 3
        assert fixed_points(SIGMOID, w=5, I_ext=outer).count == 1


def test_a_ghost_just_past_the_fold_is_not_a_fixed_point():
    # 1e-9 outside: the residual is below 1e-4 over a wide strip, and there is nothing there.
    found = fixed_points(SIGMOID, a=1.2, theta=2.8, w=5.0, I_ext=0.8137568762774627)
    assert found.count == 1
    assert found.r[0] > 0.9


def both(function, **parameters):
    return fixed_points(RateModel.single(function), **parameters)


def test_each_status_is_produced():
    assert both(transfer.power, **scenarios.POWER_FOLD).stability.tolist() == ["half-stable"]
    assert both(transfer.power, **scenarios.POWER_FOLD).case == Case.DOUBLE
    assert both(transfer.naka_rushton, **scenarios.NAKA_RUSHTON_FOLD).stability.tolist() == ["half-stable", "stable"]
    assert fixed_points(SIGMOID, **scenarios.CUSP).stability.tolist() == ["stable-nonhyperbolic"]
    assert fixed_points(SIGMOID, **scenarios.CUSP).case == Case.TRIPLE
    assert both(transfer.relu, a=1, theta=0, w=2, I_ext=-1).stability.tolist() == ["stable", "unstable"]
    kink = both(transfer.relu, a=2, theta=1, w=3, I_ext=1, tau=2)
    assert kink.stability.tolist() == ["nonsmooth"]
    assert kink.case == Case.KINK
    assert kink.one_sided_eigenvalues.tolist() == [[-0.5, 2.5]]
    assert np.isnan(kink.eigenvalue).all()
    none = both(transfer.relu, a=1, theta=0, w=2, I_ext=1)
    assert (none.count, none.case, none.complete) == (0, Case.NONE, True)
    continuum = both(transfer.relu, a=1, theta=0, w=1, I_ext=0)
    assert (continuum.count, continuum.continuum, continuum.case) == (-1, (0.0, np.inf), Case.CONTINUUM)


def test_relu_is_solved_exactly_also_where_a_w_is_1_to_rounding():
    # 0.1 * 10 rounds to 1, but the double 0.1 is above 1/10: a w > 1, two fixed points for I < theta.
    found = both(transfer.relu, a=0.1, theta=0, w=10, I_ext=-1)
    assert found.stability.tolist() == ["stable", "unstable"]
    with mpmath.workdps(60):
        exact = mpmath.mpf(0.1) * -1 / (1 - mpmath.mpf(0.1) * 10)
        assert abs(found.r[1] - exact) <= 4e-16 * exact


def softplus_count(w, I, a, b, theta):
    if a * w < 1:
        return 1
    u = -np.log(a * w - 1)
    return 2 if theta + u / b - w * (a / b) * np.log(a * w / (a * w - 1)) > I else 0


def power_count(w, I, k, n, theta):
    if w <= 0:
        return 1
    return 2 if theta + (w * k * n) ** (-1 / (n - 1)) * (1 - 1 / n) > I else 0


def test_convex_functions_have_the_counts_of_the_closed_forms():
    random = np.random.default_rng(7)
    w, I, a, b, theta = (random.uniform(*r, 2000) for r in ((0, 4), (-3, 3), (0.3, 2), (0.5, 4), (-1, 2)))
    found = both(transfer.softplus, w=w, I_ext=I, a=a, b=b, theta=theta)
    assert found.count.tolist() == [softplus_count(*p) for p in zip(w, I, a, b, theta, strict=True)]
    w, I, k, n, theta = (random.uniform(*r, 2000) for r in ((-3, 3), (-3, 3), (0.1, 1), (1.2, 4), (-1, 2)))
    found = both(transfer.power, w=w, I_ext=I, k=k, n=n, theta=theta)
    assert found.count.tolist() == [power_count(*p) for p in zip(w, I, k, n, theta, strict=True)]


def test_the_marginal_softplus_is_decided_exactly():
    # a w = 1 exactly: one fixed point for I < theta, none otherwise (theory 3.1).
    for I, count in ((0.999, 1), (1.0, 0), (1.5, 0), (-3.0, 1)):
        assert both(transfer.softplus, a=0.5, b=2, theta=1, w=2, I_ext=I).count == count


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=lambda f: f.name)
def test_an_array_of_parameters_equals_a_loop_of_scalars(function):
    w, I = np.array([-4.0, 0.0, 0.7, 1.0, 3.0, 6.0])[:, None], np.array([-0.5, 0.0, 0.4, 2.8])
    model = RateModel.single(function)
    together = fixed_points(model, w=w, I_ext=I)
    longest = together.r.shape[-1]
    assert together.r.shape == together.stability.shape == (6, 4, longest)
    assert together.count.shape == together.complete.shape == together.case.shape == (6, 4)
    for i, j in np.ndindex(6, 4):
        alone = fixed_points(model, w=w[i, 0], I_ext=I[j])
        n = alone.r.size
        assert (together.count[i, j], together.complete[i, j]) == (alone.count, alone.complete)
        assert together.case[i, j] == alone.case
        for name in ("r", "x", "eigenvalue"):
            row = getattr(together, name)[i, j]
            np.testing.assert_array_equal(row[:n], getattr(alone, name))
            assert np.isnan(row[n:]).all()
        assert together.stability[i, j].tolist() == [*alone.stability, *[""] * (longest - n)]


def test_a_near_fold_set_among_others_is_solved_by_itself():
    I = np.array([0.1875, 0.18, 0.1875, 0.2])
    found = both(transfer.naka_rushton, R=1, s=1, n=2, w=1.5625, I_ext=I)
    assert found.count.tolist() == [2, 1, 2, 1]
    assert found.r[0].tolist() == found.r[2].tolist() == [0.2, pytest.approx(0.36, abs=1e-15)]


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=lambda f: f.name)
def test_extreme_parameters_give_no_warning(function):
    random = np.random.default_rng(3)
    n = 300
    wide = {"theta": random.normal(size=n) * 10.0 ** random.uniform(-6, 6, n)}
    shape = {
        p.name: wide.get(
            p.name, 1 + 10.0 ** random.uniform(-1, 1, n) if p.name == "n" else 10.0 ** random.uniform(-6, 6, n)
        )
        for p in function.parameters
    }
    w, I = (
        random.normal(size=n) * 10.0 ** random.uniform(-3, 3, n),
        random.normal(size=n) * 10.0 ** random.uniform(-6, 6, n),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fixed_points(RateModel.single(function), w=w, I_ext=I, **shape)
    gaps = np.diff(found.x, axis=-1)
    assert (gaps[np.isfinite(gaps)] >= 0).all()
    beyond = found.case == Case.BEYOND
    assert (found.complete | beyond).all()
    # Of this catalogue only a power without a bound has fixed points beyond the doubles.
    assert function.name == "power" or not beyond.any()
    F = compile_model(RateModel.single(function)).F
    columns = {name: value[:, None] for name, value in shape.items()}
    W, II, edge = w[:, None], I[:, None], np.abs(shape.get("theta", np.zeros(n)))[:, None]
    some = np.isin(found.stability, ["stable", "unstable"])
    x, slope = np.where(some, found.x, II), np.where(some, np.abs(found.eigenvalue), 1.0)
    # h is rounded a few times at this size, and a step of that over |h'| is needed to see past it.
    step = 256 * np.finfo(float).eps * (np.abs(x) + np.abs(II) + edge) / np.minimum(slope, 1.0)
    before, after = (II + W * F(at, **columns) - at for at in (x - step, x + step))
    rising = np.where(found.stability == "stable", 1, -1)
    assert ((before * rising > 0) & (after * rising < 0))[some].all()


def test_an_inhibitory_population_alone_has_one_fixed_point():
    from nullcline.symbolic.model import Population

    alone = RateModel.network([Population.named("I", sign=-1)], [[5.0]])
    found = fixed_points(alone, I_ext_I=0.5, a_I=1.2, theta_I=2.8)
    plain = fixed_points(SIGMOID, w=-5, I_ext=0.5)
    # A network's rates have an axis for the population.
    np.testing.assert_array_equal(found.r[:, 0], plain.r)
    np.testing.assert_array_equal(found.eigenvalue[:, 0], plain.eigenvalue)
    assert found.eigenvalue.dtype == np.complex128


@pytest.mark.parametrize(
    "given",
    [
        {"w": 1.0, "I_ext": 2.8, "a": 1.0},  # a continuum
        {"w": 2.0, "I_ext": 2.8},  # a kink
        {"w": 2.0, "I_ext": 4.0},  # none
        {"w": 2.0, "I_ext": [0.0, 2.8, 4.0]},
    ],
    ids=str,
)
def test_one_named_population_has_every_case_of_the_plain_one(given):
    from nullcline.symbolic.model import Population

    names = {"w": "w_AA", "I_ext": "I_ext_A", "a": "a_A"}
    network = RateModel.network([Population.named("A", transfer.relu)], [[1.0]])
    found = fixed_points(network, **{names[name]: value for name, value in given.items()})
    plain = both(transfer.relu, **given)
    for name in ("count", "complete", "case", "continuum", "stability", "one_sided_eigenvalues"):
        np.testing.assert_array_equal(getattr(found, name), getattr(plain, name))
    for name in ("r", "x"):
        np.testing.assert_array_equal(getattr(found, name)[..., 0], getattr(plain, name))
    assert json.dumps(found.to_dict(), allow_nan=False)
    str(found)


@pytest.mark.parametrize(
    "given",
    [
        {"n": 1.0001, "k": 2.0, "w": 0.45, "I_ext": -0.01},
        {"n": 1.0001, "k": 2.0, "w": 0.45, "I_ext": 0.01},
        {"w": 1e-300, "I_ext": 0.1},
        {"n": 1.01, "k": 1e-6, "w": 1e-6, "I_ext": 0.1},
    ],
    ids=str,
)
def test_a_fixed_point_beyond_the_doubles_is_not_listed_and_the_others_are_kept(given):
    found = both(transfer.power, **given)
    assert (found.count, found.complete, found.case) == (1, False, Case.BEYOND)
    assert found.stability.tolist() == ["stable"]
    assert np.isfinite(found.r).all()
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_at_the_threshold_without_recurrence_relu_is_an_ordinary_stable_point():
    found = both(transfer.relu, w=[0.0, 1.0], I_ext=1.0, theta=1.0, tau=2.0)
    assert found.stability.tolist() == [["stable"], ["nonsmooth"]]
    assert found.eigenvalue[0].tolist() == [-0.5]
    assert found.case.tolist() == [Case.REGULAR, Case.KINK]


@pytest.mark.parametrize(
    ("function", "given"),
    [
        (transfer.sigmoid, {"a": 1e-299, "w": 1e300}),
        (transfer.sigmoid, {"I_ext": 1e200}),
        (transfer.naka_rushton, {"R": 1e100, "w": 1e100}),
    ],
    ids=lambda v: str(getattr(v, "name", v)),
)
def test_outside_the_valid_range_nothing_is_claimed(function, given):
    found = both(function, **given)
    assert (found.complete, found.case) == (False, Case.OUTSIDE)
    assert (found.eigenvalue[found.stability == "stable"] < 0).all()
    assert (found.eigenvalue[found.stability == "unstable"] > 0).all()


def test_the_result_is_a_frozen_value_that_prints_and_travels():
    found = fixed_points(SIGMOID, w=5, I_ext=0.5)
    assert str(found) == (
        "3 fixed points of 'single' (tau=1, a=1.2, theta=2.8, w=5, I_ext=0.5), complete\n"
        "  r          eigenvalue  stability\n"
        "  0.0415367  -0.58321    stable\n"
        "  0.447119   0.497762    unstable\n"
        "  0.899717   -0.626423   stable"
    )
    with pytest.raises(ValueError, match="read-only"):
        found.r[0] = 1
    document = found.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [p["stability"] for p in document["fixed_points"]] == list(scenarios.BISTABLE.stability)
    assert set(document) >= {"fixed_points", "count", "complete", "case", "model", "parameters"}
    for other in (both(transfer.relu, a=1, theta=0, w=1, I_ext=0), both(transfer.relu, w=2, I_ext=2.8)):
        json.dumps(other.to_dict(), allow_nan=False)
    grid = fixed_points(SIGMOID, w=[0, 5], I_ext=0.5)
    json.dumps(grid.to_dict(), allow_nan=False)
    assert str(grid) == "FixedPoints of 'single' for parameters of shape (2,): 1 x 1, 1 x 3 (all complete)"
    with pytest.raises(NullclineError, match="points is for one set of parameters"):
        _ = grid.points


def test_the_result_survives_pickling_with_its_arrays_still_read_only():
    found = pickle.loads(pickle.dumps(fixed_points(RateModel.single(), w=5, I_ext=0.5)))  # noqa: S301
    assert not found.r.flags.writeable
    assert found.parameters["w"] == 5.0
