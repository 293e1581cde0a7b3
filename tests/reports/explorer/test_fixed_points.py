"""The explorer's lists of fixed points in V8 against those of nullcline.numeric: thousands of sets, beside folds too."""

import math

import flint
import numpy as np
import pytest
from flint import arb
from javascript_engine import engine_of
from nullcline.numeric import fixed_points
from nullcline.symbolic import RateModel, transfer
from properties.bounds import SECOND_ORDER, TRANSFER, U
from properties.roots import BITS, Problem, residual_bound, widened

SETS = 1500


def wide(function, rng):
    """Parameters over some magnitudes, each of those that may be 0 so now and then."""
    values = {}
    for p in RateModel.single(function).parameters.values():
        if p.name in ("theta", "I_ext", "w"):
            some = rng.uniform(-20, 20, SETS) * 10 ** rng.uniform(-2, 0, SETS)
            values[p.name] = np.where(rng.random(SETS) < 0.05, 0.0, some)
        elif p.name == "n":
            values[p.name] = 1 + 10 ** rng.uniform(-2, 1, SETS)
        else:
            values[p.name] = 10 ** rng.uniform(-1.3, 1.3, SETS)
    return values


def beside_a_fold(rng, nearest):
    """The sigmoid's parameters with I_ext from `nearest` to a tenth away from a fold (theory, section 3)."""
    a, theta, s = rng.uniform(0.3, 3, SETS), rng.uniform(-4, 4, SETS), rng.uniform(0.02, 0.98, SETS)
    w = 1 / (a * s * (1 - s))
    fold = theta + np.log(s / (1 - s)) / a - w * (s - 1 / (1 + np.exp(a * theta)))
    away = rng.choice([-1, 1], SETS) * 10 ** rng.uniform(math.log10(nearest), -1, SETS)
    return {"tau": 10 ** rng.uniform(-1, 1, SETS), "a": a, "theta": theta, "w": w, "I_ext": fold + away}


def lists_of(function, values):
    """Both lists of each set: the explorer's, and that of the numeric package as the same kind of object."""
    model = RateModel.single(function)
    rows = [{name: float(v[i]) for name, v in values.items()} for i in range(len(values["tau"]))]
    with engine_of(model) as v8:
        theirs = v8.each("NC.fixedPoints(NC.model, q)", rows)
    found = fixed_points(model, **values)
    for i, (row, listed) in enumerate(zip(rows, theirs, strict=True)):
        count = max(int(found.count[i]), 0)
        ours = {
            "points": [
                {
                    "x": found.x[i, k],
                    "r": found.r[i, k],
                    "eigenvalue": found.eigenvalue[i, k],
                    "stability": str(found.stability[i, k]),
                }
                for k in range(count)
            ],
            "complete": bool(found.complete[i]),
            "note": str(found.case[i]),
            "continuum": int(found.count[i]) < 0,
        }
        yield row, listed, ours


def check_point(function, row, one, other):
    """Two doubles for one root of h: each as near to it as its conditioning leaves (tests/properties/roots.py)."""
    assert one["stability"] == other["stability"]
    if one["x"] == other["x"] and one["r"] == other["r"]:
        return
    problem = Problem.of(function, row)
    with flint.ctx.workprec(BITS):
        ball = widened(problem, other["x"])
        if ball is None:
            # Too near a fold for its conditioning to be a number: the list is held by its count and its stability.
            return
        # h' changes by at most half of itself on the ball.
        slope = float(abs(problem.slope(arb(other["x"]))).lower()) / 2
        _, dF, bend = (float(abs(v).upper()) for v in problem.F(ball))
        residual = residual_bound(problem, other["x"])
    apart = 2 * SECOND_ORDER * residual / slope + math.ulp(other["x"])
    assert abs(one["x"] - other["x"]) <= apart, (row, one, other)
    # r is F(x), or (x - I)/w where that is less steep: half of a rounding's worth of each on both sides.
    size = abs(other["r"]) + (abs(row["I_ext"]) + abs(other["x"])) / max(abs(row["w"]), 1e-300) * (
        abs(row["w"]) * dF > 0.5
    )
    r_apart = (
        apart * min(dF, 2 / max(abs(row["w"]), 1e-300)) + 2 * SECOND_ORDER * (TRANSFER[function.name][0] + 4) * U * size
    )
    assert abs(one["r"] - other["r"]) <= 2 * r_apart, (row, one, other)
    off = abs(row["w"]) * (bend * apart + 2 * (TRANSFER[function.name][1] + 4) * U * dF) + 8 * U
    assert abs(one["eigenvalue"] - other["eigenvalue"]) <= SECOND_ORDER * off / row["tau"], (row, one, other)


def check_lists(function, values):
    """Every list that both sides decide is the same; return how many the explorer alone leaves undecided."""
    open_ones = 0
    for row, listed, ours in lists_of(function, values):
        if not (listed["complete"] and ours["complete"]):
            # What the numeric package does not decide, the explorer does not either.
            assert not listed["complete"], (row, listed, ours)
            open_ones += ours["complete"]
            continue
        assert listed["note"] == ours["note"], (row, listed, ours)
        assert ("continuum" in listed) == ours["continuum"]
        assert len(listed["points"]) == len(ours["points"]), (row, listed, ours)
        for one, other in zip(listed["points"], ours["points"], strict=True):
            check_point(function, row, one, other)
    return open_ones


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=transfer.catalogue)
def test_the_lists_are_those_of_the_numeric_package(function):
    left = check_lists(function, wide(function, np.random.default_rng(11)))
    # Naka and Rushton's F with n near 1 has roots at 1e-18, where h is within rounding of the numbers beside it.
    assert left <= (0.01 * SETS if function.name == "naka_rushton" else 0)


def test_beside_a_fold_the_lists_are_the_same():
    assert check_lists(transfer.sigmoid, beside_a_fold(np.random.default_rng(12), 1e-11)) == 0


def test_next_to_a_fold_nothing_wrong_is_said():
    left = check_lists(transfer.sigmoid, beside_a_fold(np.random.default_rng(13), 1e-15))
    assert left < SETS


CASES = {
    "no recurrence": (transfer.sigmoid, {"w": 0.0, "I_ext": 0.5}),
    "inhibition": (transfer.sigmoid, {"w": -5.0, "I_ext": 0.5}),
    "three": (transfer.sigmoid, {"w": 5.0, "I_ext": 0.5}),
    "a continuum": (transfer.relu, {"a": 0.5, "w": 2.0, "theta": 1.0, "I_ext": 1.0}),
    "a kink": (transfer.relu, {"a": 1.0, "w": 2.0, "theta": 1.0, "I_ext": 1.0}),
    "a kink that is not felt": (transfer.relu, {"a": 1.0, "w": 0.0, "theta": 1.0, "I_ext": 1.0}),
    "parallel lines": (transfer.relu, {"a": 0.5, "w": 2.0, "theta": 1.0, "I_ext": 2.0}),
    "growth without bound": (transfer.power, {"w": 5.0, "I_ext": 0.5}),
    "a smooth threshold": (transfer.power, {"w": 1.0, "theta": 0.5, "I_ext": 0.5}),
    "beyond the search": (transfer.sigmoid, {"w": 1e95, "I_ext": 0.5}),
}


@pytest.mark.parametrize(("function", "given"), CASES.values(), ids=CASES)
def test_every_case_is_named_alike(function, given):
    model = RateModel.single(function)
    ours = fixed_points(model, **given)
    with engine_of(model) as v8:
        listed = v8.value("NC.fixedPoints(NC.model, p)", p=given)
    assert (listed["note"], listed["complete"]) == (ours.case, ours.complete)
    assert listed.get("continuum") == (list(ours.continuum) if ours.continuum else None)
    assert [q["stability"] for q in listed["points"]] == list(ours.stability)
    assert [q["r"] for q in listed["points"]] == pytest.approx(list(ours.r), rel=1e-14, abs=1e-300)
    for q, sides in zip(listed["points"], ours.one_sided_eigenvalues, strict=True):
        assert q.get("sides", [math.nan] * 2) == pytest.approx(list(sides), nan_ok=True)


def test_what_is_no_number_is_not_decided():
    with engine_of(RateModel.single()) as v8:
        listed = v8.value("NC.fixedPoints(NC.model, {w: NaN})")
    assert (listed["points"], listed["complete"]) == ([], False)
