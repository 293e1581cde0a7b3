"""Every fixed point of one population: as many as theory's closed form says, each a proved change of sign of h."""

import importlib
import math
import warnings

import flint
import numpy as np
import pytest
from flint import arb
from hypothesis import assume, event, given
from hypothesis import strategies as st
from nullcline.numeric import fixed_points, simulate
from nullcline.symbolic import RateModel, transfer
from properties.bounds import SECOND_ORDER, TINY, TRANSFER, U, euler_step
from properties.roots import BITS, Problem, residual_bound, widened
from strategies import between, examples, magnitudes, moderate_population, near_a_fold, reals, single_models

SINGLE = RateModel.single()
CENTRED = ("sigmoid", "tanh", "erf")


def found_of(function, parameters):
    return fixed_points(RateModel.single(function), **parameters)


def check(function, parameters, x, r, eigenvalue, stability):
    """One fixed point, as it was reported, against ball arithmetic."""
    problem = Problem.of(function, parameters)
    if x <= problem.edge and r > 0:
        # Above it by less than x can tell: held to other bounds below.
        event("x rounds to the threshold")
        return
    if x <= problem.edge:
        # Below the threshold there is nothing to solve.
        assert (x, r) == (problem.I, 0.0)
        return
    if (problem.w == 0 and function.name != "relu") or (x == 0 == problem.I and function.name in CENTRED):
        # x = I solves it exactly: without recurrence, and where F(0) = 0.
        assert x == problem.I
        place = arb(x)
    else:
        assert not abs(problem.h(arb(x))) > residual_bound(problem, x)
        place = widened(problem, x)
        if place is None:
            event("too near a fold for the sign of one point")
            return
        rising = 1 if stability == "stable" else -1
        assert (problem.sign(place.lower()), problem.sign(place.upper())) == (-rising, rising)
    F, dF, _ = problem.F(place)
    size, steepness = float(abs(F).upper()), abs(problem.w) * float(abs(dF).upper())
    # r is F(x), or (x - I)/w where that does not magnify what x is off by.
    by_F = float(F.rad()) + (TRANSFER[problem.name][0] + 4) * U * size
    by_x = (float(place.rad()) + U * abs(x - problem.I)) / abs(problem.w) + U * abs(r) if problem.w else 0.0
    assert abs(arb(r) - F.mid()) <= SECOND_ORDER * (max(by_F, by_x) if steepness > 1 else by_F) + TINY
    # The eigenvalue: w F' to the error of F', and four operations, over the range of where x may be.
    roundings = (TRANSFER[problem.name][1] + 2) * steepness + 3 * (1 + steepness)
    exact = problem.eigenvalue(place)
    assert abs(arb(eigenvalue) - exact.mid()) <= float(exact.rad()) + SECOND_ORDER * U * roundings / problem.tau


# With power, t = x - theta may be below every double where n is near 1 and I is at it: that is said to be undecided.
@pytest.mark.parametrize("name", [*transfer.catalogue, "near a fold"])
@examples(25)
@given(data=st.data())
def test_each_fixed_point_is_a_proved_change_of_sign_within_its_conditioning(name, data):
    folds = near_a_fold().map(lambda p: (transfer.sigmoid, p))
    function, parameters = data.draw(folds if name == "near a fold" else single_models((name,)))
    found = found_of(function, parameters)
    assert found.complete or name == "power"
    with flint.ctx.workprec(BITS):
        for point in zip(found.x, found.r, found.eigenvalue, found.stability, strict=True):
            if point[-1] in ("stable", "unstable"):
                check(function, parameters, *point)


# Newton's method creeps, one digit a step: x was off by 3767 units in the last place. And beside a cusp, with the root
# at 0, the eigenvalue was that of where Newton's method ended, off by 1.3e-12.
@pytest.mark.parametrize(
    ("function", "parameters", "which"),
    [
        (transfer.softplus, {"a": 300.0, "b": 500.0, "theta": -15.0, "w": -10.0, "I_ext": 0.0, "tau": 1.0}, 0),
        (transfer.sigmoid, {"a": 0.3125, "theta": 1e-15, "w": 12.8, "I_ext": 0.0, "tau": 1.0}, 1),
    ],
    ids=["softplus", "cusp"],
)
def test_newtons_method_leaves_what_the_conditioning_leaves(function, parameters, which):
    found = found_of(function, parameters)
    columns = (found.x, found.r, found.eigenvalue, found.stability)
    with flint.ctx.workprec(BITS):
        check(function, parameters, *(column[which] for column in columns))


def rounded_in_t(n: float, wF: float) -> tuple[float, float]:
    """Bound the relative errors of t and of w F', for power with t = x - theta as the unknown; w F' is given.

    Newton's step leaves of h = t - J - w F the error of F and a rounding of w F, of the sum and of the difference, each
    at most the size of t + |J| <= 2 t + |w| F, and three of t itself: t is off by that over h'. F' feels n - 1 times as
    much of it, and has its own roundings, a product, and a sum with 1.
    """
    F = abs(wF) / n  # w F in units of t
    t = U * ((TRANSFER["power"][0] + 2) * F + 2 * (2 + F) + 3 * (1 + abs(wF))) / abs(1 - wF)
    return t, (n - 1) * t + (TRANSFER["power"][1] + 2) * U


@examples(100)
@given(k=magnitudes(1e-3, 1e6), n=st.floats(1.05, 5), theta=reals(1e6), w=magnitudes(1e-3, 1e6))
def test_beside_a_threshold_nothing_is_lost_however_close_it_is(k, n, theta, w):
    # With I = theta, t = w k t^n: t = (w k)^(-1/(n - 1)), where w F' = n, and r = t/w.
    with flint.ctx.workprec(BITS):
        t = (-(arb(w) * arb(k)).log() / (arb(n) - 1)).exp()
        assume(1e-100 < t < 1e100)
        r = float((t / arb(w)).mid())
    found = found_of(transfer.power, {"k": k, "n": n, "theta": theta, "w": w, "I_ext": theta})
    assert (found.count, found.complete) == (2, True)
    assert (found.x[0], found.r[0], found.eigenvalue[0]) == (theta, 0.0, -1.0)
    of_t, of_slope = rounded_in_t(n, n)
    assert abs(found.r[1] - r) <= SECOND_ORDER * (of_t + 3 * U) * r
    assert abs(found.eigenvalue[1] - (n - 1)) <= SECOND_ORDER * (n * of_slope + 3 * (1 + n) * U)
    # x to its own rounding, and to what is left of t's.
    with flint.ctx.workprec(BITS):
        off = float(abs(arb(found.x[1]) - (arb(theta) + t)).upper())
    assert off <= SECOND_ORDER * (of_t * float(t) + 2 * U * (abs(theta) + float(t)))


# F pulls x back to the threshold, or the input is a few units in the last place above it; and x is 0 far from there.
@pytest.mark.parametrize(
    "parameters",
    [
        # Newton's method creeps, one digit a step.
        {"k": 1.0, "n": 1.01, "theta": 1.0, "w": 2.0, "I_ext": 1.0},
        {"k": 1e40, "n": 2.0, "theta": 1.0, "w": -1.0, "I_ext": 2.0},
        {"k": 1e4, "n": 1.5, "theta": 1.0, "w": -1e4, "I_ext": 1.0 + 2**-50},
        {"k": 1e3, "n": 1.5, "theta": -7.0, "w": 10.0, "I_ext": -7.0 - 2**-40},
        {"k": 1e-3, "n": 2.0, "theta": -1e6, "w": -1e-9, "I_ext": 1.0 + 1e-9},
        {"k": 1.0, "n": 2.0, "theta": -1.0, "w": 0.125, "I_ext": -0.5},
    ],
)
def test_the_distance_from_the_threshold_is_as_right_as_its_own_conditioning(parameters):
    model, n, w = RateModel.single(transfer.power), parameters["n"], parameters["w"]
    found, proved = fixed_points(model, **parameters), fixed_points(model, certify=True, **parameters)
    assert found.stability.tolist() == proved.stability.tolist()
    for i in np.flatnonzero(proved.r > 0):
        wF = 1.0 + proved.eigenvalue[i]
        of_t, of_slope = rounded_in_t(n, wF)
        assert abs(found.r[i] - proved.r[i]) <= SECOND_ORDER * (n * of_t + 8 * U) * proved.r[i]
        assert abs(found.eigenvalue[i] - proved.eigenvalue[i]) <= SECOND_ORDER * (
            abs(wF) * of_slope + 3 * (1 + abs(wF)) * U
        )
        x = abs(w) * proved.r[i] + abs(parameters["I_ext"])
        assert abs(found.x[i] - proved.x[i]) <= SECOND_ORDER * (4 * n * of_t + 4 * U) * x


@examples(100)
@given(a=magnitudes(1e-2, 1e2), theta=reals(1e6), w=st.floats(-10, 0), I=st.sampled_from([0.0, 0.75, -3e-5]))
def test_the_input_of_a_rectifier_is_its_own_sum_where_the_threshold_is_far(a, theta, w, I):
    # x = (I - a w theta)/(1 - a w), five roundings of w r, one of the sum with I; w <= 0: no term of it is cancelled.
    assume(theta < I)
    found = found_of(transfer.relu, {"a": a, "theta": theta, "w": w, "I_ext": I})
    with flint.ctx.workprec(BITS):
        r = arb(a) * (arb(I) - arb(theta)) / (1 - arb(a) * arb(w))
        off = float(abs(arb(found.x[0]) - (arb(I) + arb(w) * r)).upper())
        size = float(abs(arb(w) * r).upper()) + abs(I)
    assert off <= SECOND_ORDER * 6 * U * size


# For 0 < |theta| < 5e-16 the rough F cannot tell F(theta) from 0, and puts the root into the piece beside its own.
@examples(25)
@given(theta=magnitudes(1e-20, 1.0), side=st.sampled_from([-1, 1]))
def test_the_root_at_0_is_exact_however_near_the_threshold_is(theta, side):
    # F(0) = 0, so that without input 0 is a fixed point.
    found = fixed_points(SINGLE, a=1.0, theta=side * theta, w=5.0, I_ext=0.0)
    assert 0.0 in found.r


@examples(25)
@given(w=magnitudes(1e-320, 1.0))
def test_no_weight_is_so_small_that_it_gives_a_warning(w):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fixed_points(SINGLE, w=w, I_ext=1.0).count == 1


def folds_of(a, theta, w):
    """I_low and I_high in balls; None for a w <= 4 (theory, section 3), where there are none."""
    a, theta, w = arb(a), arb(theta), arb(w)
    assert a * w <= 4 or a * w > 4
    if a * w <= 4:
        return None
    q, c = (1 - 4 / (a * w)).sqrt(), 1 / (1 + (a * theta).exp())
    delta = w * q / 2 - 2 / a * q.atanh()
    middle = theta + w * c - w / 2
    return middle - delta, middle + delta


@st.composite
def anywhere_or_near_a_fold(draw):
    return draw(st.one_of(near_a_fold(), moderate_population(w=between(-5, 40)), moderate_population()))


@examples(200)
@given(p=anywhere_or_near_a_fold(), double=st.booleans())
def test_there_are_as_many_as_the_closed_form_says(p, double):
    # theory 3: three between the folds, one outside. tanh is twice the sigmoid of gain 2a: w half as large (3.1).
    with flint.ctx.workprec(BITS):
        folds = folds_of(p["a"], p["theta"], p["w"])
        if folds is not None:
            assume(all(p["I_ext"] < f or p["I_ext"] > f for f in folds))
        expected = 1 if folds is None or not folds[0] < p["I_ext"] < folds[1] else 3
    if double:
        found = found_of(transfer.tanh, p | {"a": p["a"] / 2, "w": p["w"] / 2})
    else:
        found = found_of(transfer.sigmoid, p)
    assert (found.count, found.complete) == (expected, True)


@examples(25)
@given(k=st.integers(-8, 8), m=st.integers(-8, 8))
def test_exact_folds_and_cusps_are_told_from_near_ones(k, m):
    """theory 3: for theta = 0 and w = 4/a, I = 0 is a cusp; theory 3.1: a double root of Naka and Rushton's at r = 1/5.

    Both are exact in doubles, and so is scaling by a power of two: the input's by 2^k, the response's by 2^m.
    """
    c, high = 2.0**k, 2.0**m
    cusp = {"a": 1 / c, "theta": 0.0, "w": 4 * c, "I_ext": 0.0}
    assert fixed_points(SINGLE, **cusp).stability.tolist() == ["stable-nonhyperbolic"]
    assert fixed_points(SINGLE, **(cusp | {"w": math.nextafter(4 * c, math.inf)})).count == 3
    fold = {"R": high, "s": c, "n": 2.0, "w": 25 / 16 * c / high, "I_ext": 3 / 16 * c}
    found = found_of(transfer.naka_rushton, fold)
    assert (found.count, found.stability.tolist()) == (2, ["half-stable", "stable"])
    # At the fold to the nearest double, at the simple root within its conditioning: h' = 7/25 there, ten roundings.
    assert found.r[0] == high / 5
    assert abs(found.r[1] - high * 9 / 25) <= 40 * U * high
    beside = [
        found_of(transfer.naka_rushton, fold | {"I_ext": math.nextafter(3 / 16 * c, end)}).count for end in (0, 99)
    ]
    assert beside == [3, 1]


@examples(100)
@given(one=st.one_of(single_models(), near_a_fold().map(lambda p: (transfer.sigmoid, p))))
def test_they_are_ordered_and_stable_and_unstable_ones_alternate(one):
    function, parameters = one
    found = found_of(function, parameters)
    assume(found.complete and set(found.stability) <= {"stable", "unstable"})
    assert (np.diff(found.x) > 0).all() or function.name == "power"
    # r = (x - I)/w rises with x where w > 0. For w <= 0 there is only one.
    assert (np.diff(found.r) >= 0).all() if parameters["w"] > 0 else found.count == 1
    # h goes from below to above 0 first, and from then on by turns; where F is bounded it ends above.
    assert found.stability.tolist() == ["stable", "unstable", "stable"][: found.count]
    if function.bounded:
        assert found.count in (1, 3)
        # The sum rule: the signs of h' add up to 1.
        assert sum(1 if s == "stable" else -1 for s in found.stability) == 1
    assert ((found.eigenvalue < 0) == (found.stability == "stable")).all()


@examples(100)
@given(p=anywhere_or_near_a_fold())
def test_they_lie_in_the_trapping_region(p):
    # theory 2.1: -c < F < 1 - c; r is rounded by its count, where it is F(x), and lies between doubles there.
    found = found_of(transfer.sigmoid, p)
    c = 1 / (1 + math.exp(p["a"] * p["theta"]))
    slack = (TRANSFER["sigmoid"][0] + 8) * U
    assert ((found.r >= -c - slack) & (found.r <= 1 - c + slack)).all()


@examples(100)
@given(one=single_models(), k=st.integers(-8, 8))
def test_the_time_constant_scales_the_eigenvalues_alone(one, k):
    function, parameters = one
    found = found_of(function, parameters)
    slower = found_of(function, parameters | {"tau": parameters["tau"] * 2.0**k})
    # Multiplication by a power of two is exact.
    assert slower.r.tolist() == found.r.tolist()
    np.testing.assert_array_equal(slower.eigenvalue * 2.0**k, found.eigenvalue)


SCALED = {"a": -1, "theta": 1, "w": 1, "I_ext": 1}


@examples(100)
@given(p=anywhere_or_near_a_fold(), k=st.integers(-10, 10), double=st.booleans())
def test_scaling_the_input_by_a_power_of_two_changes_no_bit_of_the_rates(p, k, double):
    # F(c x; a/c, c theta) = F(x; a, theta), and every product and sum is scaled exactly.
    function = transfer.tanh if double else transfer.sigmoid
    found = found_of(function, p)
    scaled = found_of(function, {n: v * 2.0 ** (k * SCALED.get(n, 0)) for n, v in p.items()})
    assert scaled.r.tolist() == found.r.tolist()
    assert scaled.eigenvalue.tolist() == found.eigenvalue.tolist()
    assert (scaled.x * 2.0**-k).tolist() == found.x.tolist()


def both_places(one, other, x, x_other, change, change_other):
    """What the doubles of two roots that should correspond may be off by, in x; None near a fold."""
    place, place_other = widened(one, x, change), widened(other, x_other, change_other)
    if place is None or place_other is None:
        event("too near a fold to compare")
        return None
    return float(place.rad()), float(place_other.rad())


@examples(100)
@given(p=moderate_population(), c=st.floats(0.1, 10.0))
def test_scaling_the_input_by_any_number_changes_the_rates_by_their_conditioning(p, c):
    """Each of a/c, c theta, c w and c I is rounded once; theory 1.2 says what that does to h.

    |dh| <= U (|I| + |w F| + |w| (|x - theta| + |theta|) F' + 2 |w a theta| c(1 - c)).
    """
    q = {n: v * c if SCALED.get(n) == 1 else v / c if SCALED.get(n) == -1 else v for n, v in p.items()}
    found, scaled = found_of(transfer.sigmoid, p), found_of(transfer.sigmoid, q)
    one, other = Problem.of(transfer.sigmoid, p), Problem.of(transfer.sigmoid, q)
    a, theta, w, I = (abs(p[n]) for n in ("a", "theta", "w", "I_ext"))
    with flint.ctx.workprec(BITS):
        folds = folds_of(p["a"], p["theta"], p["w"])
        # The count itself changes only where the rounding reaches a fold.
        reach = 2 * U * (I + theta + w * (2 + a * theta))
        assume(folds is None or all(abs(p["I_ext"] - f) > reach for f in folds))
        assume(abs(p["a"] * p["w"] - 4) > 16 * U)
        assert scaled.stability.tolist() == found.stability.tolist()
        for i, x in enumerate(found.x):
            F, dF, _ = (float(abs(v).upper()) for v in one.F(arb(x)))
            change = SECOND_ORDER * U * (I + w * F + w * (abs(x - p["theta"]) + theta) * dF + w * a * theta / 2)
            radii = both_places(one, other, x, scaled.x[i], change, c * change)
            if radii is None:
                continue
            gap = radii[0] + radii[1] / c + 2 * U * abs(x)
            assert abs(scaled.x[i] / c - x) <= gap
            # r = F(x): its own rounding twice, F' times the gap in x, and F's own change.
            slack = 2 * (TRANSFER["sigmoid"][0] + 4) * U * F + dF * gap + change / max(w, 1e-300)
            slack = max(slack, gap / w + 4 * U * F) if w * dF > 1 else slack
            assert w == 0 or abs(scaled.r[i] - found.r[i]) <= SECOND_ORDER * slack


@examples(100)
@given(p=moderate_population(w=between(-8, 20)))
def test_mirrored_inputs_have_mirrored_fixed_points_with_the_same_eigenvalues(p):
    """theory 3: F(2 theta - x) = 1 - 2c - F(x), so I goes to 2 theta - I - w (1 - 2c) and x to 2 theta - x."""
    with flint.ctx.workprec(BITS):
        a, theta, w, I, tau = (arb(p[n]) for n in ("a", "theta", "w", "I_ext", "tau"))
        c = 1 / (1 + (a * theta).exp())
        mirrored = 2 * theta - I - w * (1 - 2 * c)
        q = p | {"I_ext": float(mirrored)}
        # What rounding the mirrored input does to h.
        change = U * abs(q["I_ext"])
        folds = folds_of(p["a"], p["theta"], p["w"])
        assume(folds is None or all(abs(I - f) > 2 * change for f in folds))
        found, other = found_of(transfer.sigmoid, p), found_of(transfer.sigmoid, q)
        assert other.stability.tolist() == found.stability.tolist()[::-1]
        one, two = Problem.of(transfer.sigmoid, p), Problem.of(transfer.sigmoid, q)
        for i, x in enumerate(found.x):
            there = other.x[found.count - 1 - i]
            radii = both_places(one, two, x, there, 0.0, change)
            if radii is None:
                continue
            assert abs(2 * theta - arb(x) - arb(there)) <= sum(radii)
            steepness = abs(w) * one.F(arb(x, sum(radii)))[2]
            roundings = 2 * (TRANSFER["sigmoid"][1] + 5) * (1 + abs(float(w)) * float(one.F(arb(x))[1])) * U
            gap = abs(found.eigenvalue[i] - other.eigenvalue[found.count - 1 - i])
            assert gap <= SECOND_ORDER * float((abs(steepness).upper() * sum(radii) + roundings) / tau)


@st.composite
def many_sets(draw, names=tuple(transfer.catalogue), most=24):
    """A function, and parameters of which each is one number or has one for each of some sets."""
    function = transfer.catalogue[draw(st.sampled_from(names))]
    sets = draw(st.lists(single_models((function.name,)), min_size=2, max_size=most))
    columns = {n: np.array([s[1][n] for s in sets]) for n in sets[0][1]}
    return function, {n: v if draw(st.booleans()) else float(v[0]) for n, v in columns.items()}, len(sets)


def rows_of(parameters, size):
    return [{n: float(np.broadcast_to(v, size)[i]) for n, v in parameters.items()} for i in range(size)]


@examples(40)
@given(many=many_sets(), block=st.integers(1, 8), workers=st.sampled_from([1, 2]))
def test_many_sets_equal_a_loop_over_them_bit_for_bit_however_they_are_cut(many, block, workers):
    function, parameters, size = many
    module = importlib.import_module("nullcline.numeric.fixed_points")
    with pytest.MonkeyPatch.context() as cut:
        cut.setattr(module, "_BLOCK", block)
        together = fixed_points(RateModel.single(function), workers=workers, **parameters)
    counts = np.broadcast_to(together.count, size)
    for i, one in enumerate(rows_of(parameters, size)):
        alone = found_of(function, one)
        row = i if np.ndim(together.count) else ...
        assert counts[i] == alone.count
        for name in ("r", "x", "eigenvalue", "stability"):
            np.testing.assert_array_equal(getattr(together, name)[row][: len(alone.r)], getattr(alone, name))


@examples(30)
@given(many=many_sets(("sigmoid",)))
def test_the_compiled_search_finds_the_same_points_to_the_same_bounds(many):
    function, parameters, size = many
    module = importlib.import_module("nullcline.numeric.fixed_points")
    with pytest.MonkeyPatch.context() as now:
        now.setattr(module, "_COMPILED_FROM", 1)
        compiled = found_of(function, parameters)
        now.setenv("NULLCLINE_NUMBA", "0")
        by_arrays = found_of(function, parameters)
    np.testing.assert_array_equal(compiled.count, by_arrays.count)
    np.testing.assert_array_equal(compiled.stability, by_arrays.stability)
    with flint.ctx.workprec(BITS):
        for i, one in enumerate(rows_of(parameters, size)):
            row = i if np.ndim(compiled.count) else ...
            columns = (compiled.x[row], compiled.r[row], compiled.eigenvalue[row], compiled.stability[row])
            for point in zip(*columns, strict=True):
                if point[-1] in ("stable", "unstable"):
                    check(function, one, *point)


@examples(60)
@given(p=moderate_population(w=between(-8, 20)), share=st.floats(0.01, 0.95))
def test_eulers_method_started_at_a_stable_fixed_point_stays_within_rounding(p, share):
    """With e = r - r*, e' = (1 - h (1 - w F'(xi))) e + d, where d is what a step rounds.

    As long as |e| <= E, |1 - h (1 - w F'(xi))| <= m + h w^2 sup|F''| E, m the multiplier at r*. If that last term is at
    most (1 - m)/2, the sum of all d adds up to at most 2 d/(1 - m), and E = |e_0| + 2 d/(1 - m) is never left.
    """
    found, problem = found_of(transfer.sigmoid, p), Problem.of(transfer.sigmoid, p)
    for x, r, eigenvalue, stability in zip(found.x, found.r, found.eigenvalue, found.stability, strict=True):
        if stability != "stable":
            continue
        dt = share * 2 / -eigenvalue
        h = dt / p["tau"]
        with flint.ctx.workprec(BITS):
            place = widened(problem, x)
            if place is None:
                continue
            off = float(abs(arb(r) - problem.F(place)[0]).upper())
        m = abs(1 + eigenvalue * dt) + 8 * U * (1 + h)
        step = euler_step(p, h, 1.0)
        E = off + 2 * step / (1 - m)
        if h * p["w"] ** 2 * p["a"] ** 2 / (6 * math.sqrt(3)) * E > (1 - m) / 2:
            event("too near a fold to stay")
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run = simulate(SINGLE, r_init=float(r), dt=dt, T=100.5 * dt, **p)
        assert np.abs(run.r - r).max() <= E + off
