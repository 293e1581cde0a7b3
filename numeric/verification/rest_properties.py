"""What must hold of the fixed points: each is one, none is missing, and its eigenvalue is the slope there."""

import importlib.util
import math
from typing import Any

import mpmath
import numpy as np

from ..fixed_points import fixed_points
from .bounds import SECOND_ORDER, TINY, U
from .search import Case, Judge, Property, hypothesis
from .subject import Parameters, Point, Subject

# Steps of Newton's method from a double to fifty digits: each doubles the digits that are right.
_REFINEMENTS = 8
_SETTLED = mpmath.mpf(10) ** -45


def _exact_inputs(subject: Subject, x: Any, p: Parameters) -> tuple[Any, Any]:
    """Return h(x) = x - I - W F(x) and its Jacobian 1 - W diag(F'), with fifty digits; None where undefined."""
    n, W = subject.size, subject.weights(p)
    F = [subject.F(i, x[i], p) for i in range(n)]
    dF = [subject.F(i, x[i], p, 1) for i in range(n)]
    if not all(mpmath.isfinite(v) for v in (*F, *dF)):
        return None, None
    h, J = mpmath.matrix(n, 1), mpmath.eye(n)
    for i in range(n):
        h[i] = x[i] - mpmath.mpf(subject.I(i, p)) - sum((mpmath.mpf(W[i][j]) * F[j] for j in range(n)), mpmath.mpf(0))
        for j in range(n):
            J[i, j] -= mpmath.mpf(W[i][j]) * dF[j]
    return h, J


def _residual_bound(subject: Subject, point: Point, p: Parameters) -> list[float]:
    """Bound |h_i| at the doubles that Newton's method leaves.

    What is computed of h is wrong by the error of each F, by two roundings of each w F, and by those of the sums; the
    new x is rounded, worth |h'| |x| U, and the method is stopped where what it leaves is below 2 |h'| |x| U.
    """
    W, bounds, n = subject.weights(p), [], subject.size
    # Of a network the rates are solved for, and the inputs follow: each is a sum, and each rate right to the largest.
    sums = [0.0 if n == 1 else _terms(subject, point, p, i) for i in range(n)]
    largest = 0.0 if n == 1 else max(map(abs, point.r))
    for i in range(n):
        back = steep = 0.0
        for j, w in enumerate(W[i]):
            F, dF = (abs(float(subject.F(j, point.x[j], p, order))) for order in (0, 1))
            edge = float(subject.exact(j).edge(subject.shape(j, p)))
            near = 3 * abs(w) * dF * U * (abs(edge) if math.isfinite(edge) else 0.0)
            back += abs(w) * (subject.error_of_F(j, point.x[j], p, F) + (n + 2) * U * F) + near
            back += abs(w) * U * (8 * largest + dF * (n + 2) * sums[j])
            steep += abs(w) * dF * U * 3 * abs(point.x[j])
        own = abs(subject.I(i, p)) + 5 * abs(point.x[i]) + (n + 2) * sums[i]
        bounds.append(SECOND_ORDER * (back + U * own + steep) + TINY)
    return bounds


def _terms(subject: Subject, point: Point, p: Parameters, i: int) -> float:
    """The sum of the sizes of the terms of an input."""
    weights = subject.weights(p)[i]
    return abs(subject.I(i, p)) + sum(abs(w * r) for w, r in zip(weights, point.r, strict=True))


def _is_simple(subject: Subject, point: Point, p: Parameters) -> bool:
    """Whether a point is one that a change of sign can prove: stable or unstable, and at no threshold."""
    if point.stability not in ("stable", "unstable"):
        return False
    edges = [float(subject.exact(i).edge(subject.shape(i, p))) for i in range(subject.size)]
    # At the threshold itself F' may not exist.
    return all(e == -math.inf or abs(x - e) > 1e-12 * (1 + abs(e)) for x, e in zip(point.x, edges, strict=True))


def _refined(subject: Subject, x: list[float], p: Parameters) -> Any:
    """Return the fixed point beside x with fifty digits, and 1 - W F' there; None where Newton's method leaves it."""
    at = mpmath.matrix([mpmath.mpf(v) for v in x])
    for _ in range(_REFINEMENTS):
        h, J = _exact_inputs(subject, at, p)
        if h is None:
            return None
        try:
            step = mpmath.lu_solve(J, h)
        except ZeroDivisionError:
            return None
        at = at - step
        if mpmath.norm(step, mpmath.inf) <= _SETTLED * (1 + mpmath.norm(at, mpmath.inf)):
            h, J = _exact_inputs(subject, at, p)
            return None if h is None else (at, J)
    return None


def refined_point(subject: Subject, point: Point, p: Parameters) -> Any:
    """Return the inputs and the rates of the fixed point beside a listed one, with fifty digits; None at a fold."""
    with mpmath.workdps(50):
        refined = _refined(subject, point.x, p)
        if refined is None:
            return None
        place = refined[0]
        if any(abs(place[i] - point.x[i]) > 1e-8 * (1 + abs(point.x[i])) for i in range(subject.size)):
            return None
        return place, [subject.F(i, place[i], p) for i in range(subject.size)]


def _points_are_zeros(subject: Subject, case: Case, judge: Judge) -> None:
    """The residual is what rounding leaves; h changes sign within what that allows; r and the eigenvalue follow.

    With d twice the residual over h', and residual sup|h''| <= h'^2/4, h(x + d) is at least half a residual away from
    zero on either side. Nearer to a fold than that the sign says nothing.
    """
    p = case["parameters"]
    _, points = subject.points(p)
    for point in points:
        if not _is_simple(subject, point, p):
            continue
        with mpmath.workdps(50):
            h, J = _exact_inputs(subject, mpmath.matrix(point.x), p)
            if h is None:
                continue
            bounds = _residual_bound(subject, point, p)
            for i in range(subject.size):
                told = {"x": point.x, "r": point.r, "population": subject.names[i]}
                judge.within(abs(h[i]), bounds[i], **told, h_at_x=float(h[i]))
            if subject.size == 1:
                _change_of_sign(subject, point, p, J[0, 0], bounds[0], judge)
            _rates_and_eigenvalues(subject, point, p, J, bounds, judge)


def _change_of_sign(subject: Subject, point: Point, p: Parameters, slope: Any, bound: float, judge: Judge) -> None:
    (at,), (w,) = point.x, subject.weights(p)[0]
    bend = abs(w * float(subject.F(0, at, p, 2)))
    if slope == 0 or math.isnan(bend) or not bound * bend <= float(slope) ** 2 / 8:
        return
    away = 2 * mpmath.mpf(bound) / abs(slope)
    edge = subject.exact(0).edge(subject.shape(0, p))
    if at > edge >= at - away:
        return
    signs = []
    for end in (mpmath.mpf(at) - away, mpmath.mpf(at) + away):
        h, _ = _exact_inputs(subject, mpmath.matrix([end]), p)
        if h is None:
            return
        signs.append(int(mpmath.sign(h[0])))
    rising = 1 if point.stability == "stable" else -1
    judge.holds(signs == [-rising, rising], x=at, away=float(away), signs_of_h=signs, stability=point.stability)


def _rates_and_eigenvalues(
    subject: Subject, point: Point, p: Parameters, J: Any, bounds: list[float], judge: Judge
) -> None:
    """r is F(x), or (x - I)/w, and the eigenvalues are those of the Jacobian, over the range of where x may be."""
    refined = _refined(subject, point.x, p)
    if refined is None:
        return
    place, slope = refined
    try:
        inverse = mpmath.inverse(slope)
    except ZeroDivisionError:
        return
    n = subject.size
    off = [2 * float(sum(abs(inverse[i, j]) * bounds[j] for j in range(n))) for i in range(n)]
    if any(abs(place[i] - point.x[i]) > off[i] + 8 * U * abs(point.x[i]) for i in range(n)):
        return  # beside a fold: Newton's method has gone to the other point
    moved = []
    for i in range(n):
        F, dF, d2F = (subject.F(i, place[i], p, order) for order in (0, 1, 2))
        if mpmath.isnan(d2F):
            return
        reach = 2 * off[i] + 8 * U * abs(point.x[i])
        # Over its reach the slope changes by the bend and, of second order, by that again.
        slack = float(abs(dF)) * reach + float(abs(d2F)) * reach**2 + 2 * subject.error_of_F(i, point.x[i], p, abs(F))
        steep = sum(abs(w) for w in subject.weights(p)[i])
        if n == 1 and steep:
            slack = max(slack, (reach + 4 * U * (abs(point.x[i]) + abs(subject.I(i, p)))) / steep)
        # The rates of a network are solved for together: each is right to the rounding of the largest.
        slack += 8 * U * (float(abs(F)) if n == 1 else max(map(abs, point.r))) + TINY
        told = {"x": point.x, "population": subject.names[i]}
        judge.within(abs(mpmath.mpf(point.r[i]) - F), SECOND_ORDER * slack, **told, r=point.r[i], exact=float(F))
        moved.append(2 * float(abs(d2F)) * reach + subject.error_of_F(i, point.x[i], p, abs(dF), 1))
    _eigenvalues(subject, point, p, place, moved, judge)


def jacobian(subject: Subject, at: Any, p: Parameters) -> Any:
    """Return the Jacobian of dr/dt at inputs, from the formula with fifty digits."""
    W, n = subject.weights(p), subject.size
    J = mpmath.matrix(n, n)
    for i in range(n):
        slope, tau = subject.F(i, at[i], p, 1), mpmath.mpf(subject.tau(i, p))
        for j in range(n):
            J[i, j] = ((mpmath.mpf(W[i][j]) * slope) - (1 if i == j else 0)) / tau
    return J


def _eigenvalues(subject: Subject, point: Point, p: Parameters, place: Any, moved: list[float], judge: Judge) -> None:
    """Each is an eigenvalue of a matrix that differs from the Jacobian by what F' and rounding are off.

    Then J - lambda is singular to within that: its smallest singular value is at most the norm of the difference. The
    eigenvalues of a double matrix are those of one that differs by some N U of its norm.
    """
    n = subject.size
    W = subject.weights(p)
    J = jacobian(subject, place, p)
    change = 0.0
    for i in range(n):
        dF = abs(float(subject.F(i, place[i], p, 1)))
        for w in W[i]:
            change += (abs(w) * (moved[i] + 4 * U * dF) + 4 * U) / subject.tau(i, p)
    norm = float(mpmath.mnorm(J, "f"))
    bound = SECOND_ORDER * (change + (0 if n == 1 else 16 * n * n * U * norm))
    for eigenvalue in point.eigenvalues:
        matrix = J - mpmath.mpc(eigenvalue) * mpmath.eye(n)
        least = abs(matrix[0, 0]) if n == 1 else min(mpmath.svd_c(matrix, compute_uv=False))
        told = {"x": point.x, "eigenvalue": eigenvalue if n > 1 else eigenvalue.real}
        judge.within(least, bound, **told, exact=float(J[0, 0]) if n == 1 else "see the Jacobian")
    leading = max(v.real for v in point.eigenvalues)
    if abs(leading) > 4 * bound and n == 1:
        judge.holds((leading < 0) == (point.stability == "stable"), eigenvalue=leading, stability=point.stability)


def _no_flint(subject: Subject) -> str | None:
    if subject.size > 1:
        return f"a certified search is for one population, {subject.model.name!r} has {subject.size}"
    if importlib.util.find_spec("flint") is None:
        return "a certified search needs python-flint: pip install 'nullcline[certify]'"
    return None


def _certified(subject: Subject, case: Case, judge: Judge) -> None:
    """A complete proof says how many there are, of which kind, and in which interval each lies.

    A listed rate may be off by what conditioning allows (see above), and the interval has a width.
    """
    p = case["parameters"]
    proved = fixed_points(subject.model, certify="doubles", **p)
    found, points = subject.points(p)
    # Neither may leave anything open; what is open is said, and is not a fault.
    judge.assume(bool(np.all(proved.complete)) and bool(np.all(found.complete)))
    judge.assume(bool((np.asarray(proved.status) == "certified").all()))
    kinds, proofs = found.stability.tolist(), proved.stability.tolist()
    judge.holds(found.count == proved.count, listed=int(found.count), proved=int(proved.count))
    judge.holds(kinds == proofs, listed=kinds, proved=proofs)
    enclosures = np.asarray(proved.certified.x_enclosure).reshape(-1, 2)  # type: ignore[union-attr]
    for point, (low, high) in zip(points, enclosures.tolist(), strict=True):
        if not _is_simple(subject, point, p):
            continue
        with mpmath.workdps(50):
            _, J = _exact_inputs(subject, mpmath.matrix(point.x), p)
            if J is None or J[0, 0] == 0:
                continue
            bound, slope = _residual_bound(subject, point, p)[0], abs(float(J[0, 0]))
            bend = abs(subject.weights(p)[0][0] * float(subject.F(0, point.x[0], p, 2)))
        if not bound * bend <= slope**2 / 8:
            continue
        outside = max(low - point.x[0], point.x[0] - high, 0.0)
        judge.within(outside, 2 * bound / slope + 4 * U * abs(point.x[0]), x=point.x[0], low=low, high=high)


def _fine_grid(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    return {"reach": st.floats(1.0, 60.0), "offset": st.floats(0.0, 1.0)}


def _parity(subject: Subject, case: Case, judge: Judge) -> None:
    """Between inputs at which the sign of h is certain, the count is odd if h changes sign and even if it does not.

    At 400 places the sign is taken from F in doubles where h exceeds its rounding by far (2^-40 of its terms), and is
    not taken elsewhere: no count of the grid is a guess.
    """
    p = case["parameters"]
    found, points = subject.points(p)
    judge.assume(bool(np.all(found.complete)) and int(found.count) >= 0)
    judge.assume(all(point.stability in ("stable", "unstable") for point in points))
    I, w = subject.I(0, p), subject.weights(p)[0][0]
    x = I + case["reach"] * (np.linspace(-1, 1, 400) + case["offset"] / 200)
    f = subject.functions.populations[0]
    back = w * f.F(x, **subject.own_shape(0, p)) + I
    certain = np.abs(x - back) > 2.0**-40 * (np.abs(x) + np.abs(back) + abs(I))
    x, signs = x[certain], np.sign(x - back)[certain]
    judge.assume(len(x) > 1)
    places = np.array([point.x[0] for point in points])
    # A point within rounding of a place that was kept would be of uncertain side.
    judge.assume(
        not places.size or bool((np.abs(np.subtract.outer(places, x)) > 1e-9 * (1 + np.abs(places[:, None]))).all())
    )
    inside = np.histogram(places, bins=x)[0] if places.size else np.zeros(len(x) - 1, dtype=int)
    wrong = np.flatnonzero((inside % 2 == 1) != (signs[1:] != signs[:-1]))
    told = {} if not wrong.size else {"from_x": float(x[wrong[0]]), "to_x": float(x[wrong[0] + 1])}
    listed = places.tolist()
    judge.holds(
        not wrong.size,
        listed_x=listed,
        **told,
        h_changes_sign="yes" if wrong.size and signs[wrong[0]] != signs[wrong[0] + 1] else "no",
    )


def _anywhere(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    return {"start": st.lists(st.floats(-0.5, 1.5), min_size=subject.size, max_size=subject.size)}


def _found_from_anywhere(subject: Subject, case: Case, judge: Judge) -> None:
    """Where Newton's method comes to rest, from anywhere, there is a zero; a complete list has it.

    Both are zeros to within the conditioning: 1e-6 apart is another one, unless the Jacobian is nearly singular.
    """
    p = case["parameters"]
    found, points = subject.points(p)
    judge.assume(bool(np.all(found.complete)))
    W, I = np.array(subject.weights(p)), np.array([subject.I(i, p) for i in range(subject.size)])
    with mpmath.workdps(50):
        at = mpmath.matrix((W @ np.array(case["start"]) + I).tolist())
        for _ in range(25):
            h, J = _exact_inputs(subject, at, p)
            judge.assume(h is not None)
            try:
                step = mpmath.lu_solve(J, h)
            except ZeroDivisionError:
                judge.assume(False)
            at = at - step
            judge.assume(mpmath.norm(at, mpmath.inf) < 1e4)
            if mpmath.norm(step, mpmath.inf) < mpmath.mpf(10) ** -30:
                break
        else:
            judge.assume(False)
        J = _exact_inputs(subject, at, p)[1]
        judge.assume(J is not None and abs(mpmath.det(J)) > 1e-3)
    place = np.array([float(v) for v in at])
    near = min((float(np.abs(np.array(q.x) - place).max()) for q in points), default=math.inf)
    judge.holds(near < 1e-6 * (1 + np.abs(place).max()), zero_at_x=place.tolist(), listed_x=[q.x for q in points])


def _single(subject: Subject) -> str | None:
    return (
        None
        if subject.size == 1
        else f"a grid of inputs is for one population, {subject.model.name!r} has {subject.size}"
    )


def _several(subject: Subject) -> str | None:
    return None if subject.size > 1 else "of one population every fixed point is found by changes of sign"


def _shifted(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    return {"shift": st.floats(-2.0, 2.0)}


def _arrays(subject: Subject, case: Case, judge: Judge) -> None:
    """An input given as an array of two values: each list is the one of that value alone."""
    p = case["parameters"]
    name = subject.model.populations[0].I_ext.name
    values = [p[name], p[name] + case["shift"]]
    judge.assume(subject.model.populations[0].I_ext.allows(values[1]))
    together = fixed_points(subject.model, **{**p, name: np.array(values)})
    for row, value in enumerate(values):
        alone, _ = subject.points({**p, name: value})
        counts = {"alone": int(alone.count), "in_an_array": int(np.asarray(together.count)[row])}
        judge.holds(counts["alone"] == counts["in_an_array"], **counts, of=value)
        one, other = np.asarray(alone.r), np.asarray(together.r)[row][: len(alone.r)]
        same = np.array_equal(one, other, equal_nan=True)
        # Powers are taken on another route beside one that over- or underflows: each is right to its bound.
        close = same or bool((np.abs(one - other) <= 2.0**-40 * (1 + np.abs(one))).all())
        judge.holds(close, of=value, alone=one.tolist(), in_an_array=other.tolist())


def mostly_near_a_fold(subject: Subject) -> Any:
    """Draw parameters, half of them beside a fold."""
    if subject.size > 1:
        return subject.parameter_sets()
    st = hypothesis().strategies
    return st.one_of(subject.parameter_sets(), subject.near_a_fold())


PROPERTIES = (
    Property(
        "fixed_points",
        "each fixed point is a change of sign of x - I - W F(x), and its rate and eigenvalues are the exact ones",
        _points_are_zeros,
        cost=2,
        parameters=mostly_near_a_fold,
    ),
    Property(
        "certified_search",
        "the list of fixed points is the one that a certified search proves",
        _certified,
        reason=_no_flint,
        cost=4,
        parameters=mostly_near_a_fold,
    ),
    Property(
        "fine_grid",
        "between inputs of certain sign there are as many fixed points, even or odd, as x - I - w F(x) demands",
        _parity,
        _fine_grid,
        _single,
        cost=2,
        parameters=mostly_near_a_fold,
    ),
    Property(
        "newton_from_anywhere",
        "a zero that Newton's method finds from anywhere is in the complete list",
        _found_from_anywhere,
        _anywhere,
        _several,
        cost=20,
    ),
    Property(
        "parameter_arrays",
        "parameters in arrays give the fixed points that each of their values gives",
        _arrays,
        _shifted,
        cost=10,
    ),
)
