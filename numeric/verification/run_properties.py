"""What must hold of simulations: the steps and the order of each scheme, the exact solution, the trapping region."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
import sympy
from scipy.integrate import solve_ivp

from ...symbolic.functions import textbook
from ...symbolic.transfer import TransferFunction
from ..euler_error import euler_sup_error, euler_worst_step
from ..integrators import simulate
from .bounds import SECOND_ORDER, U
from .rest_properties import jacobian, refined_point
from .rounded import Rounded
from .search import Case, Judge, Property, hypothesis
from .subject import Parameters, Subject, finite

METHODS = ("euler", "exponential_euler", "heun", "rk4")
ORDERS = {"euler": 1, "exponential_euler": 1, "heun": 2, "rk4": 4}
# Up to these dt/tau a step is a convex combination of r and of values of F: all its coefficients are positive (Heun:
# (h/2)(1 - h); Runge-Kutta: 4 - 4h + 2h^2 - h^3, whose root is 1.2955).
_LONGEST = {"euler": 1.0, "exponential_euler": 50.0, "heun": 1.0, "rk4": 1.295}
# What a step rounds, in U of the largest rate, beside the response: Euler h r and three sums of up to 2 |r| + 1; Heun
# 12 operations on numbers of up to 4; Runge-Kutta 28 on numbers of up to 8.2, each times at most h^3 < 2.2.
_STEP = {"euler": 37, "exponential_euler": 37, "heun": 65, "rk4": 610}


def _a_run(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    return {
        "method": st.sampled_from(METHODS),
        "h": st.floats(0.01, 1.0),
        "r_init": st.lists(st.floats(-1.0, 2.0), min_size=subject.size, max_size=subject.size),
    }


# The time grid -------------------------------------------------------------------------------------------------------


def _grid(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    return {
        "dt": st.floats(0.01, 0.3),
        "steps": st.integers(1, 40),
        "part": st.sampled_from([0.25, 0.5, 0.75]),
        "every": st.integers(2, 5),
        "r_init": st.floats(0.0, 1.0),
    }


def _time_grid(subject: Subject, case: Case, judge: Judge) -> None:
    """Samples at 0, dt, 2 dt, ... below T, as arange(0, T, dt) has them: k dt to a rounding of T; r[0] is r_init."""
    p, dt, steps, every = case["parameters"], case["dt"], case["steps"], case["every"]
    T = (steps + case["part"]) * dt
    start = subject.start([case["r_init"]] * subject.size)
    run = simulate(subject.model, T=T, dt=dt, r_init=start, **p)
    judge.holds(run.t.size == steps + 1, samples=int(run.t.size), should_be=steps + 1)
    judge.within(np.abs(run.t - dt * np.arange(steps + 1)).max(), 2 * U * T, last_time=float(run.t[-1]))
    rates = subject.rates_of(run.r)
    judge.holds(rates.shape == (steps + 1, subject.size), shape=list(rates.shape))
    judge.holds(bool((rates[0] == case["r_init"]).all()), first=rates[0].tolist())
    thinned = simulate(subject.model, T=T, dt=dt, r_init=start, store=every, **p)
    judge.within(np.abs(thinned.t - run.t[::every]).max(), 4 * U * T, times=thinned.t.tolist())
    # Kept or not, a rate is stepped on: by another loop, which may round otherwise.
    size = max(1.0, float(np.abs(rates).max()))
    judge.assume(size < 1e3)
    growth = sum((1 + dt * 8) ** k for k in range(steps + 1))
    gap = float(np.abs(subject.rates_of(thinned.r) - rates[::every]).max())
    judge.within(gap, max(1e-9, 100 * U * growth) * size, kept=thinned.r.tolist(), of=rates[::every].tolist())


# The steps of the schemes ---------------------------------------------------------------------------------------------

_Rates = list[Rounded]


def _sum(rates: _Rates, *terms: tuple[Rounded, _Rates]) -> _Rates:
    total = list(rates)
    for factor, slopes in terms:
        total = [r + factor * k for r, k in zip(total, slopes, strict=True)]
    return total


def _stepped(method: str, rates: _Rates, slope: Callable[[_Rates, int], _Rates]) -> _Rates:
    """One step of a scheme as textbooks state it; slopes are times dt, taken at its start, middle or end (0, 1, 2)."""
    one, half, sixth, third = (Rounded.exact(1) / Rounded.exact(n) for n in (1, 2, 6, 3))
    first = slope(rates, 0)
    if method in ("euler", "exponential_euler"):
        return _sum(rates, (one, first))
    if method == "heun":
        second = slope(_sum(rates, (one, first)), 2)
        return _sum(rates, (half, first), (half, second))
    second = slope(_sum(rates, (half, first)), 1)
    third_slope = slope(_sum(rates, (half, second)), 1)
    fourth = slope(_sum(rates, (one, third_slope)), 2)
    return _sum(rates, (sixth, first), (third, second), (third, third_slope), (sixth, fourth))


def _one_minus_exponential(h: Rounded) -> Rounded:
    """1 - e^(-h): the function's own error, and that of h."""
    value = -mpmath.expm1(-h.value)
    return Rounded(value, value, 5 * value + h.error)


def exact_steps(
    subject: Subject, p: Parameters, dt: float, method: str, start: Sequence[float], extra: Sequence[Sequence[float]]
) -> list[_Rates]:
    """The run of a scheme with fifty digits, and what rounding can have done to it; `extra` is one row a step."""
    gains = [Rounded.exact(dt) / Rounded.exact(subject.tau(i, p)) for i in range(subject.size)]
    if method == "exponential_euler":
        gains = [_one_minus_exponential(h) for h in gains]
    rates, run = [Rounded.exact(r) for r in start], []
    for row in extra:
        run.append(rates)

        def slope(at: _Rates, _: int, row: Sequence[float] = row) -> _Rates:
            inputs = subject.inputs(at, p, row)
            return [
                g * (subject.response(i, u, p) - r) for i, (g, u, r) in enumerate(zip(gains, inputs, at, strict=True))
            ]

        rates = _stepped(method, rates, slope)
    run.append(rates)
    return run


_SAMPLES = 4


def _driven(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    count = _SAMPLES * subject.size
    start = {name: one for name, one in _a_run(subject).items() if name != "method"}
    return {**start, "samples": st.lists(st.floats(-2.0, 2.0), min_size=count, max_size=count)}


def _scheme_steps(subject: Subject, case: Case, judge: Judge) -> None:
    """Some steps of a scheme, restated here and carried out with fifty digits, with a running analysis of rounding.

    The input is samples, each of which holds until the next: all stages of a step see the same.
    """
    p = case["parameters"]
    dt = case["h"] * subject.tau(0, p)
    judge.assume(all(dt / subject.tau(i, p) <= 2 for i in range(subject.size)))
    rows = [case["samples"][k * subject.size : (k + 1) * subject.size] for k in range(_SAMPLES)]
    columns = np.array(rows)
    judge.assume(subject.allows_inputs(p, columns))
    given = columns[:, 0] if subject.model.is_single else {n: columns[:, i] for i, n in enumerate(subject.names)}
    time: dict[str, Any] = {"T": (_SAMPLES - 0.5) * dt, "dt": dt, "r_init": subject.start(case["r_init"]), **p}
    for method in METHODS:
        run = simulate(subject.model, method=method, input=given, **time)
        rates = subject.rates_of(run.r)
        with mpmath.workdps(50):
            truth = exact_steps(subject, p, run.dt, method, case["r_init"], rows[:-1])
        for k, row in enumerate(truth):
            for i, r in enumerate(row):
                finite(judge, r.value)
                # Twice: the loops multiply out what stands in brackets here.
                bound = 2 * SECOND_ORDER * r.bound
                judge.assume(bound < 1e-3)
                off = abs(mpmath.mpf(float(rates[k, i])) - r.value)
                told = {"method": method, "step": k, "population": subject.names[i], "r": float(rates[k, i])}
                judge.within(off, bound, **told, exact=float(r.value))


# Without recurrence ---------------------------------------------------------------------------------------------------


def _weights_may_vanish(subject: Subject) -> str | None:
    still = subject.without_weights(subject.given[0])
    return None if still is not None else "a weight of this model may not be 0"


def _feedforward(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    start = st.lists(st.floats(-1.0, 2.0), min_size=subject.size, max_size=subject.size)
    return {"h": st.floats(-2.0, math.log10(2.0)).map(lambda e: 10.0**e), "r_init": start}


def _euler_error(subject: Subject, case: Case, judge: Judge) -> None:
    """theory 2.2: the error is |r_init - F(I)| E(h) at most, with E(h) = sup |(1 - h)^k - e^(-kh)|, and attains it.

    Each step rounds, and hands on at most |1 - h| <= 1 of it; the exact solution is off by some roundings of its size.
    """
    p = subject.without_weights(case["parameters"])
    judge.assume(p is not None)
    assert p is not None
    dt, start = case["h"] * subject.tau(0, p), case["r_init"]
    ratios = [dt / subject.tau(i, p) for i in range(subject.size)]
    judge.assume(max(ratios) <= 2 and min(ratios) >= 0.005)
    steps = max(map(euler_worst_step, ratios)) + 2
    time: dict[str, Any] = {"T": (steps + 0.5) * dt, "dt": dt, "r_init": subject.start(start), **p}
    run, closed = simulate(subject.model, **time), simulate(subject.model, method="exact", **time)
    rates, solution = subject.rates_of(run.r), subject.rates_of(closed.r)
    for i, h in enumerate(ratios):
        with mpmath.workdps(50):
            rest = subject.response(i, subject.inputs([Rounded.exact(r) for r in start], p)[i], p)
            finite(judge, rest.value)
            exact = [
                rest.value + (start[i] - rest.value) * mpmath.exp(-k * mpmath.mpf(dt) / subject.tau(i, p))
                for k in range(steps + 1)
            ]
        size = abs(start[i]) + float(abs(rest.value))
        gap = abs(start[i] - float(rest.value))
        # A step: the response twice, and four operations on numbers of this size.
        each = SECOND_ORDER * U * (h * 2 * float(rest.error + 4 * rest.size) + 16 * size)
        slack = steps * each + 16 * U * size
        told = {"population": subject.names[i], "dt_over_tau": h}
        of_F = 2 * subject.error_of_F(i, subject.I(i, p), p, abs(rest.value))
        errors = [abs(float(mpmath.mpf(float(r)) - e)) for r, e in zip(rates[:, i], exact, strict=True)]
        off = max(abs(float(mpmath.mpf(float(r)) - e)) for r, e in zip(solution[:, i], exact, strict=True))
        judge.within(off, of_F + (16 + 8 * steps * h) * U * size, method="exact", **told)
        bound = gap * euler_sup_error(h)
        judge.within(max(errors), bound + slack, method="euler", **told)
        # The bound is attained: an error that is too small is as wrong.
        judge.within(max(bound - errors[euler_worst_step(h)], 0.0), 2 * slack, method="euler, which attains it", **told)


# The trapping region --------------------------------------------------------------------------------------------------


def _is_unbounded(subject: Subject) -> str | None:
    for i, population in enumerate(subject.model.populations):
        ends = subject.ends(i, subject.given[0])
        if ends is None:
            line = f"the range of {population.transfer.name} is not known"
            return f"{line}: it is searched with python-flint, pip install 'nullcline[certify]'"
        if not any(map(math.isfinite, ends)):
            return f"{population.transfer.name} is bounded neither from below nor from above"
    return None


def _noisy(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    count = 11 * subject.size
    return {
        **_a_run(subject),
        "h": st.floats(0.01, 1.0),
        "samples": st.lists(st.floats(-50.0, 50.0), min_size=count, max_size=count),
    }


def _multiplier(method: str, h: float) -> float:
    """What a step multiplies r by where F is held: the scheme's own e^(-h)."""
    return {
        "euler": 1 - h,
        "exponential_euler": math.exp(-h),
        "heun": 1 - h + h**2 / 2,
        "rk4": 1 - h + h**2 / 2 - h**3 / 6 + h**4 / 24,
    }[method]


def _trapped(subject: Subject, case: Case, judge: Judge) -> None:
    """theory 2.1 with the scheme's M for e^(-h): low + (r0 - low) M^k <= r_k <= high + (r0 - high) M^k, for any input.

    A step is M r + sum c_s F_s with coefficients c_s >= 0 that add up to 1 - M, and each F_s lies in F's range.
    """
    p, method = case["parameters"], case["method"]
    taus = [subject.tau(i, p) for i in range(subject.size)]
    dt = case["h"] * min(_LONGEST[method], 2.0) * min(taus)
    columns = np.array(case["samples"]).reshape(11, subject.size)
    judge.assume(subject.allows_inputs(p, columns))
    given = columns[:, 0] if subject.model.is_single else {n: columns[:, i] for i, n in enumerate(subject.names)}
    start = subject.start(case["r_init"])
    run = simulate(subject.model, T=10.5 * dt, dt=dt, r_init=start, method=method, input=given, **p)
    rates = subject.rates_of(run.r)
    judge.assume(bool((np.abs(rates) < 1e100).all()))
    k = np.arange(11)
    for i, tau in enumerate(taus):
        h = run.dt / tau
        judge.assume(h <= _LONGEST[method])
        ends = subject.ends(i, p)
        assert ends is not None
        size = max([abs(case["r_init"][i]), 1.0, *(abs(e) for e in ends if math.isfinite(e))])
        # Beyond an end of its range F is only by its rounding, of the size of the terms it is made of.
        of_F = _rounding_at_the_ends(subject, i, p, columns)
        size = max(size, float(np.abs(rates[:, i]).max()))
        slack = (k + 1) * (_STEP[method] * U * size + h * of_F)
        power = _multiplier(method, h) ** k
        for end, sign in zip(ends, (1.0, -1.0), strict=True):
            if not math.isfinite(end):
                continue
            inside = sign * (rates[:, i] - (end + (case["r_init"][i] - end) * power))
            worst = int(np.argmin(inside / slack))
            told = {"population": subject.names[i], "end": end, "step": worst, "r": float(rates[worst, i])}
            judge.within(max(-float(inside[worst]), 0.0), float(slack[worst]), **told)


def _rounding_at_the_ends(subject: Subject, i: int, p: Parameters, columns: Any) -> float:
    """Bound the rounding of F where it is nearly at an end of its range, over the inputs of a run."""
    W = subject.weights(p)[i]
    reach = sum(abs(w) for w in W) * 3 + abs(subject.I(i, p)) + float(np.abs(columns).max())
    found = 0.0
    for at in (-reach, reach, 0.0):
        response = subject.response(i, Rounded(mpmath.mpf(at), mpmath.mpf(reach), mpmath.mpf(4 * reach)), p)
        bound = float(response.bound)
        found = max(found, bound if math.isfinite(bound) else 0.0)
    return found + 8 * U


# At the rate of the eigenvalue ----------------------------------------------------------------------------------------


def _perturbation(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    return {
        "which": st.integers(0, 5),
        "mode": st.integers(0, subject.size - 1),
        "side": st.sampled_from([-1.0, 1.0]),
        "size": st.floats(-7.0, -5.0).map(lambda e: 10.0**e),
    }


_MEASURED = 40


def _decay(subject: Subject, case: Case, judge: Judge) -> None:
    """A small deviation along an eigenvector is multiplied by R(lambda dt) a step, R Runge and Kutta's e^z.

    With l the left eigenvector, l.e goes to R l.e + Q. The response to e differs from the linear one by at most M e^2,
    M as it is at the deviations of the run; stages stay below 1.06 |e| where |J| dt <= 0.05, so |Q| <= 1.2 dt M |e|^2.
    Beside that each step rounds, and e is off by how far the listed point is from the exact one.
    """
    p = case["parameters"]
    _, points = subject.points(p)
    points = [q for q in points if q.stability in ("stable", "unstable")]
    judge.assume(bool(points))
    point = points[case["which"] % len(points)]
    refined = refined_point(subject, point, p)
    judge.assume(refined is not None)
    place, rates = refined
    with mpmath.workdps(50):
        J = np.array([[float(v) for v in row] for row in jacobian(subject, place, p).tolist()])
    judge.assume(bool(np.isfinite(J).all()))
    values, right = np.linalg.eig(J)
    mode = case["mode"] % len(values)
    left = np.linalg.inv(right)[mode] if abs(np.linalg.det(right)) > 1e-3 else None
    judge.assume(left is not None)
    assert left is not None
    left = left / np.linalg.norm(left)
    exact = values[mode]
    listed = min(point.eigenvalues, key=lambda v: abs(v - exact))
    norm = float(np.linalg.norm(J, 2))
    judge.assume(abs(listed) > 0.02 * norm and norm > 0)
    dt = 0.05 / norm
    e0 = case["side"] * case["size"] * np.real(right[:, mode]) / np.linalg.norm(np.real(right[:, mode]))
    start = np.array(point.r) + e0
    run = simulate(
        subject.model, T=(_MEASURED + 0.5) * dt, dt=dt, r_init=subject.start(start.tolist()), method="rk4", **p
    )
    e = subject.rates_of(run.r) - np.array(point.r)
    largest = float(np.linalg.norm(e, axis=1).max())
    z = listed * run.dt
    step = 1 + z + z**2 / 2 + z**3 / 6 + z**4 / 24
    measured, started = complex(left @ e[-1]), complex(left @ e[0])
    off = float(max(abs(mpmath.mpf(point.r[i]) - rates[i]) for i in range(subject.size))) * math.sqrt(subject.size)
    M = _second_order(subject, p, place, largest)
    rounding = 0.0
    for i, at in enumerate(subject.inputs([Rounded.exact(r) for r in point.r], p)):
        h = run.dt / subject.tau(i, p)
        rounding += 2.2 * U * (24 * h + 10 + h * float(subject.response(i, at, p).error)) * (1 + abs(point.r[i]))
    grown = max(1.0, abs(step)) ** _MEASURED
    own = float(np.linalg.norm(left @ J - exact * left))
    bound = _MEASURED * grown * (1.2 * run.dt * (M * largest**2 + own * largest) + rounding)
    bound += 1.2 * off * (1 + grown) * (1 + _MEASURED * run.dt * norm) + 64 * U * _MEASURED * grown * abs(started)
    judge.assume(math.isfinite(bound) and bound < 0.05 * abs(started))
    predicted = step**_MEASURED * started
    told = {"r": point.r, "eigenvalue": listed if subject.size > 1 else listed.real}
    # What the measured deviation would have as a rate.
    rate = np.log(measured / started) / (_MEASURED * run.dt) if measured else math.nan
    judge.within(
        abs(measured - predicted), bound, **told, measured=complex(rate) if subject.size > 1 else float(np.real(rate))
    )


def _second_order(subject: Subject, p: Parameters, place: Any, largest: float) -> float:
    """Bound |F(x + d) - F(x) - F' d|/tau over |e|^2 for deviations of this size: the largest at places within it."""
    total = 0.0
    for i, row in enumerate(subject.weights(p)):
        reach = math.sqrt(sum(w * w for w in row)) * largest * 1.06
        if not reach:
            continue
        F, dF = subject.F(i, place[i], p), subject.F(i, place[i], p, 1)
        worst = mpmath.mpf(0)
        for share in (-1.0, -0.5, -0.1, 0.1, 0.5, 1.0):
            d = mpmath.mpf(share * reach)
            curved = abs(subject.F(i, place[i] + d, p) - F - dF * d) / d**2
            worst = max(worst, curved)
        total += (1.1 * float(worst) * (reach / largest) ** 2 / subject.tau(i, p)) ** 2
    return math.sqrt(total)


# The order of the schemes ---------------------------------------------------------------------------------------------


def _not_smooth(subject: Subject) -> str | None:
    for i, population in enumerate(subject.model.populations):
        if population.transfer.threshold is not None or not subject.exact(i).is_analytic:
            return f"{population.transfer.name} is not smooth everywhere: no scheme keeps its order across a threshold"
    return None


def _course(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    return {"r_init": st.lists(st.floats(-0.5, 1.5), min_size=subject.size, max_size=subject.size)}


def _formula(transfer: TransferFunction) -> Callable[..., Any]:
    names = [transfer.variable, *(q.symbol for q in transfer.parameters)]
    neutral = [sympy.Symbol(f"p{i}") for i in range(len(names))]
    formula = textbook(transfer.formula).xreplace(dict(zip(names, neutral, strict=True)))
    function: Callable[..., Any] = sympy.lambdify(neutral, formula, ["scipy", "numpy"])
    return function


def _solution(subject: Subject, p: Parameters, start: Sequence[float], t: Any) -> Any:
    """The solution by SciPy's method of order 8 on the textbook formula; None where it fails."""
    W, n = np.array(subject.weights(p)), subject.size
    I = np.array([subject.I(i, p) for i in range(n)])
    tau = np.array([subject.tau(i, p) for i in range(n)])
    of = [_formula(q.transfer) for q in subject.model.populations]
    shapes = [subject.shape(i, p) for i in range(n)]

    def slope(_: float, r: Any) -> Any:
        x = W @ r + I
        return (np.array([float(f(v, *s)) for f, v, s in zip(of, x, shapes, strict=True)]) - r) / tau

    with np.errstate(all="ignore"):
        found = solve_ivp(slope, (0.0, float(t[-1])), start, method="DOP853", rtol=1e-13, atol=1e-14, t_eval=t)
    return found.y.T if found.success and np.isfinite(found.y).all() else None


_HALVINGS = 5


def _order(subject: Subject, case: Case, judge: Judge) -> None:
    """The error at fixed times is C dt^p (1 + K dt + ...): the exponent between halvings, extrapolated to dt = 0, is p.

    It is right to what one more halving still moves it by, and to 0.05, as is asked of every integrator here. Where the
    error is not yet of this kind, or no longer above rounding, nothing is claimed.
    """
    p = case["parameters"]
    shortest = min(subject.tau(i, p) for i in range(subject.size))
    exact = _solution(subject, p, case["r_init"], shortest * np.arange(5) / 2)
    judge.assume(exact is not None)
    for method in METHODS:
        errors = []
        for n in {1: 16, 2: 8, 4: 4}[ORDERS[method]] * 2 ** np.arange(_HALVINGS):
            dt = shortest / float(n)
            time: dict[str, Any] = {"T": 2 * shortest + dt / 2, "dt": dt, "method": method, **p}
            run = simulate(subject.model, r_init=subject.start(case["r_init"]), **time)
            errors.append(float(np.abs(subject.rates_of(run.r)[:: int(n) // 2] - exact).max()))
        if not errors[-1] > 1e-10 * (1 + float(np.abs(exact).max())):
            continue
        exponents = -np.diff(np.log2(errors))
        moved = np.abs(np.diff(exponents))
        if not (bool((moved[1:] <= 0.75 * moved[:-1] + 1e-3).all()) and moved[-1] < 0.1):
            continue
        order = float(2 * exponents[-1] - exponents[-2])
        told = {"method": method, "order": order, "claimed": ORDERS[method]}
        judge.within(abs(order - ORDERS[method]), max(0.05, float(moved[-1])), **told)


PROPERTIES = (
    Property(
        "time_grid",
        "a run has its samples at 0, dt, 2 dt, ... below T, and begins at r_init",
        _time_grid,
        _grid,
        cost=4,
    ),
    Property(
        "scheme_steps",
        "each scheme's steps are those of its formula, carried out with 50 digits",
        _scheme_steps,
        _driven,
        cost=4,
    ),
    Property(
        "euler_error",
        "without recurrence Euler's method errs by |r_init - F(I)| E(dt/tau), neither more nor less",
        _euler_error,
        _feedforward,
        _weights_may_vanish,
        cost=4,
    ),
    Property(
        "trapping_region",
        "rates are drawn into the range of F, whatever the input, and stay there",
        _trapped,
        _noisy,
        _is_unbounded,
        cost=2,
    ),
    Property(
        "eigenvalues",
        "small deviations from a fixed point grow or decay at the rate of its eigenvalue",
        _decay,
        _perturbation,
        cost=5,
    ),
    Property("order", "the error of each scheme falls with its power of dt", _order, _course, _not_smooth, cost=25),
)
