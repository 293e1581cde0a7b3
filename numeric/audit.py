"""What a simulation is worth: its step against the scheme's limits, its error, its noise, where it ended."""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import sympy

from ..symbolic.errors import MissingExtra, NullclineWarning, brief
from ..symbolic.parameter import SMALLEST
from ..symbolic.schemes import SCHEMES, Scheme, multiplier
from . import door
from .cases import Case
from .compile import CompiledModel, compile_model
from .door import Array
from .drive import Drive
from .euler_error import euler_sup_error
from .fixed_points import fixed_points
from .kernels import ESCAPED
from .noise import OU, EulerMaruyamaOU, noise_given
from .promise import quiet_beyond
from .results import FixedPoints
from .trajectory import Audit, Trajectory, Visit

# More parameter sets than this are not searched for fixed points only to comment on the step.
_AUDITED_SETS = 10_000
# And of so many where each is searched with proof.
_SEARCHED_SETS = 20
# A run of more members x steps is not run again with half the step.
_AUDITED_STEPS = 50_000_000
# A sample this near to an unstable fixed point has come to it.
_NEAR = 1e-3


def warn_of_doubts(run: Trajectory) -> None:
    """Warn, once, of what makes a run doubtful: the one place where a run does."""
    with _quietly(run):
        doubts = _doubts(run)
    if doubts:
        # Shown at the caller of `simulate`.
        warnings.warn("; ".join(doubts), NullclineWarning, stacklevel=3)


def audit_of(run: Trajectory) -> Audit:
    """Return what a run's numbers are worth."""
    with _quietly(run):
        return _audited(run)


def _quietly(run: Trajectory) -> np.errstate:
    return quiet_beyond([*map(np.asarray, run.parameters.values()), np.asarray(run.dt)])


def _audited(run: Trajectory) -> Audit:
    limit, where = _stability_limit(run)
    ratio = run.dt / limit if limit else math.inf
    doubts = _doubts(run)
    notes = [f"{doubt}." for doubt in doubts]
    samples, store = math.ceil(run.T / run.dt), run.asked.store
    if not isinstance(store, str) and store >= samples > 1:
        notes.append(f"store={brief(store)} keeps the first of {samples} samples and no other.")
    scheme = SCHEMES.get(run.method)
    if scheme is not None and 0 < ratio < 1:
        notes.append(f"dt is {ratio:.2g} of the stability limit {limit:.6g} ms of {scheme.title} {where}.")
    elif scheme is not None and not ratio >= 1:
        notes.append(
            f"dt is not judged: no stable fixed point is known from which {scheme.title} would have a limit."
            if limit != math.inf
            else f"{_capital(scheme.title)} leaves no stable fixed point of this run, whatever the step."
        )
    exact = _exact_error(run)
    estimate = math.nan
    if scheme is not None and np.ndim(exact) == 0 and math.isnan(exact) and not ratio >= 1:
        estimate = _error_by_halving(run, scheme)
    rest, visits, said, stayed = _whereabouts(run)
    # Where all is at an unstable point, half the step stays there as well: their difference says nothing.
    told = math.nan if stayed else estimate
    notes += _sentences_on_error(run, scheme, exact, told, doubtful=bool(ratio >= 1) or not _is_finite(run))
    notes += said
    noises = _noises(run)
    notes += _sentences_on_noise(run, noises)
    variances = tuple(n.stationary_variance(run.dt) if n is not None else 0.0 for n in noises)
    return Audit(
        method=run.method,
        dt_over_limit=ratio,
        stability_limit=limit,
        exact_error=exact,
        error_estimate=estimate,
        distance_to_rest=rest,
        visits=visits,
        noise_variance=variances,
        noise_correlation_time=tuple(n.correlation_time(run.dt) if n is not None else math.nan for n in noises),
        noise_bias=tuple(
            v / n.sigma**2 - 1 if n is not None and n.sigma > 0 else 0.0 for v, n in zip(variances, noises, strict=True)
        ),
        T_is_multiple_of_dt=_is_multiple(run),
        notes=tuple(notes),
        doubts=tuple(doubts),
    )


# What makes a run doubtful -------------------------------------------------------------------------------------------


def _doubts(run: Trajectory) -> list[str]:
    doubts = []
    if not _is_multiple(run):
        last = float((math.ceil(run.T / run.dt) - 1) * run.dt)
        doubts.append(f"T={run.T!r} ms is not a multiple of dt={run.dt!r} ms: the last sample is at {last:.12g} ms")
    if not _surely_stable(run):
        limit, where = _stability_limit(run)
        if run.dt >= limit:
            doubts.append(
                f"dt={run.dt!r} ms reaches the stability limit {limit:.6g} ms of {SCHEMES[run.method].title} {where}: "
                "the run need not come near the model's behaviour"
            )
    if not _is_finite(run):
        doubts.append(f"a rate grew beyond {ESCAPED:g}; from there on it is given as infinite")
    if run.asked.noise is not None:
        doubts += [
            f"dt={run.dt!r} ms reaches 2 tau = {2 * noise.tau!r} ms of the noise: "
            "the Euler-Maruyama scheme does not settle"
            for noise in dict.fromkeys(_noises(run))
            if isinstance(noise, EulerMaruyamaOU) and not run.dt < 2 * noise.tau
        ]
    return doubts


def _is_multiple(run: Trajectory) -> bool:
    ratio = run.T / run.dt
    return round(ratio) >= 1 and abs(ratio - round(ratio)) <= 1e-9 * ratio


def _is_finite(run: Trajectory) -> bool:
    # A rate that has left the doubles stays outside, so the last sample tells.
    last = run.r[..., -1] if run.model.is_single else run.r[..., -1, :]
    return math.isfinite(last) if last.ndim == 0 else bool(np.isfinite(last).all())


def _surely_stable(run: Trajectory) -> bool:
    """Whether no fixed point needs to be looked for: dt (1 + max(-w, 0) sup F') < 2 tau is below every limit."""
    if run.method not in SCHEMES:
        return True
    if not run.model.is_single:
        return False
    compiled = compile_model(run.model)
    values = list(run.parameters.values())
    ((weight,),) = run.model.weights
    assert weight is not None
    w, tau = run.parameters[weight.name], compiled.value_of(run.model.populations[0].tau, values)
    if isinstance(tau, float) and isinstance(w, float) and w >= 0:
        return run.dt < 2 * tau
    if np.min(tau) <= run.dt / 2:
        return False
    inhibition = -np.minimum(w, 0.0)
    if not np.any(inhibition):
        return True
    steepest = compiled.kernels[0].largest_slope
    if steepest is None:
        return False
    return bool(np.all(run.dt * (1 + inhibition * steepest(*compiled.shape_of(0, values))) < 2 * tau))


# Stability limits ----------------------------------------------------------------------------------------------------


def _stability_limit(run: Trajectory) -> tuple[float, str]:
    """Return the smallest step that is too long at a stable fixed point, and which point that is."""
    scheme = SCHEMES.get(run.method)
    if scheme is None:
        return math.nan, ""
    if not run.model.is_single:
        return _limit_at_the_end(run, scheme)
    compiled = compile_model(run.model)
    values = _steady_values(run)
    (population,) = run.model.populations
    some = [np.asarray(v) for v in run.parameters.values()]
    (w,) = compiled.weights(some)
    changes = values is None
    closed = compiled.has_closed_forms
    # Of a formula of one's own it is not known that it rises.
    excites = closed and bool(np.all(w >= 0))
    if values is None and not excites:
        values = _values_at_levels(run)
    most = _AUDITED_SETS if closed else _SEARCHED_SETS
    if values is None or np.prod(np.broadcast_shapes(*(v.shape for v in values)), dtype=float) > most:
        if excites:
            limit = float(np.min(compiled.value_of(population.tau, some))) * _real_interval(scheme)
            return limit, "(2 tau, which no stable fixed point falls below while w >= 0)" if limit < math.inf else ""
        return math.nan, ""
    points = _fixed_points(run, values)
    if points is None:
        return math.nan, ""
    stable = (points.stability == "stable") | (points.stability == "stable-nonhyperbolic")
    if not stable.any():
        return math.nan, ""
    tau = compiled.value_of(population.tau, values)
    limits = np.where(stable, _limits(scheme, points.eigenvalue, tau[..., None]), np.inf)
    nearest = np.unravel_index(np.argmin(limits), limits.shape)
    formula = "2 tau/(1 - w F') " if scheme.name in ("euler", "heun") else ""
    where = f"{formula}at the stable fixed point r = {points.r[nearest]:.6g}"
    if changes:
        levels = np.broadcast_to(compiled.value_of(population.I_ext, values), limits.shape[:-1])
        where += f", which an input of {levels[nearest[:-1]]:.6g} has"
    return float(limits[nearest]), f"({where})"


def _limits(scheme: Scheme, eigenvalue: Array, tau: Array) -> Array:
    """Return the step at which the multiplier at each real eigenvalue reaches 1 in size; inf where it never does."""
    steep = -np.minimum(eigenvalue, 0.0)
    held = np.where(steep > 0, steep, np.finfo(np.float64).tiny * 4)
    if not scheme.exponential:
        return _real_interval(scheme) / held
    # The multiplier is 1 - (1 - e^(-h)) (1 - w F'): it reaches -1 only where 1 - w F' > 2.
    rise = held * tau
    return np.where(rise > 2, -tau * np.log1p(-2 / np.where(rise > 2, rise, 4.0)), np.inf)


@lru_cache(maxsize=8)
def _real_interval(scheme: Scheme) -> float:
    """Return the length of the interval of stability on the negative real axis: 2 for Euler's method."""
    if scheme.exponential:
        return math.inf
    z = sympy.Symbol("z")
    R = multiplier(scheme, -z)
    ends = [root for target in (1, -1) for root in sympy.Poly(R - target, z).nroots(30)]
    return float(min(sympy.re(end) for end in ends if abs(sympy.im(end)) < 1e-20 and sympy.re(end) > 1e-9))


def _limit_at_the_end(run: Trajectory, scheme: Scheme) -> tuple[float, str]:
    """Return the stability limit of a scheme for the model linearised where the run ended, the first member's."""
    compiled = compile_model(run.model)
    last = run.r[..., -1, :].reshape(-1, len(run.model.populations))
    samples = math.ceil(run.T / run.dt)
    drive, now = Drive.of(
        run.model,
        tuple(np.asarray(v) for v in run.parameters.values()),
        run.asked.input,
        door.Grid(run.T, run.dt, samples, 0, 1),
    )
    if drive is not None:
        extra = drive.at_nodes((sympy.Integer(0),), samples - 1, samples)[0, 0]
        by_place = {compiled.positions.of[p.I_ext.name]: d for p, d in zip(run.model.populations, extra, strict=True)}
        now = tuple(v + by_place.get(place, 0.0) for place, v in enumerate(now))
    if any(np.ndim(v) for v in now) or len(last) > _AUDITED_SETS or not np.isfinite(last).all():
        return math.nan, ""
    jacobians = compiled.jacobian_at(compiled.inputs(list(last.T), now), now)
    if not np.isfinite(jacobians).all():
        return math.nan, ""
    limits = [
        _network_limit(run, compiled, scheme, jacobian, now)
        for jacobian in np.atleast_3d(jacobians).reshape(-1, *jacobians.shape[-2:])
    ]
    limit = min(limits)
    return (limit, "(for the model linearised where the run ended)") if not math.isnan(limit) else (math.nan, "")


def _network_limit(
    run: Trajectory, compiled: CompiledModel, scheme: Scheme, jacobian: Array, values: Sequence[Any]
) -> float:
    eigenvalues = np.linalg.eigvals(jacobian)
    if not (eigenvalues.real < 0).all():
        return math.nan
    if not scheme.exponential:
        return min(_complex_limit(scheme, complex(value)) for value in eigenvalues)
    taus = np.array([float(compiled.value_of(p.tau, values)) for p in run.model.populations])

    def spread(step: float) -> float:
        gain = -np.expm1(-step / taus)
        return float(np.abs(np.linalg.eigvals(np.eye(taus.size) + (gain * taus)[:, None] * jacobian)).max())

    low, high = run.dt, 1e6 * float(taus.max())
    if spread(high) < 1 or spread(low) >= 1:
        return math.inf if spread(high) < 1 else low
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if spread(middle) < 1 else (low, middle)
    return low


def _complex_limit(scheme: Scheme, eigenvalue: complex) -> float:
    """Return the smallest step with |R(lambda dt)| = 1."""
    z = sympy.Symbol("z")
    coefficients = [complex(c) for c in sympy.Poly(multiplier(scheme, z), z).all_coeffs()[::-1]]
    # In units of 1/|lambda|, which has powers where lambda has none.
    size = abs(eigenvalue)
    R = np.polynomial.Polynomial([c * (eigenvalue / size) ** k for k, c in enumerate(coefficients)])
    excess = np.real((R * np.polynomial.Polynomial(np.conj(R.coef))).coef)
    # |R|^2 - 1 has no constant term, since the multiplier is 1 at 0.
    roots: Any = np.polynomial.Polynomial(excess[1:]).roots()
    real = [float(root.real) for root in roots if abs(root.imag) <= 1e-9 * abs(root) and root.real > 0]
    return min(real, default=math.inf) / size


def _steady_values(run: Trajectory) -> "list[Array] | None":
    """Return the parameters, where the input does not change with time: samples may all be the same."""
    values = {name: np.asarray(v) for name, v in run.parameters.items()}
    if run.asked.input is None:
        for name in (p.I_ext.name for p in run.model.populations):
            steady = _one_level(values[name])
            if steady is None:
                return None
            values[name] = steady
        return list(values.values())
    if callable(run.asked.input) or isinstance(run.asked.input, Mapping):
        return None
    extra = _one_level(door.numbers_in("input", run.asked.input))
    if extra is None:
        return None
    own = run.model.populations[0].I_ext.name
    return [v + (extra if name == own else 0.0) for name, v in values.items()]


def _one_level(samples: Array) -> "Array | None":
    """Return the number that an input is at every sample, if it is one."""
    first = samples.reshape(-1)[0]
    return np.asarray(first) if (samples == first).all() else None


def _values_at_levels(run: Trajectory) -> "list[Array]":
    """Return the parameters of one population with a last axis: its least, its mean and its largest input over time."""
    samples = math.ceil(run.T / run.dt)
    grid = door.Grid(run.T, run.dt, samples, 0, 1)
    drive, values = Drive.of(run.model, tuple(np.asarray(v) for v in run.parameters.values()), run.asked.input, grid)
    assert drive is not None
    own = run.model.populations[0].I_ext.name
    given = drive.levels(0)
    levels = np.array([given.min(), given.mean(), given.max()])
    return [
        v[..., None] + (levels if name == own else 0.0) for name, v in zip(run.model.parameters, values, strict=True)
    ]


def _by_name(run: Trajectory, values: Sequence[Array]) -> dict[str, Any]:
    return dict(zip(run.model.parameters, values, strict=True))


# Errors --------------------------------------------------------------------------------------------------------------


def _exact_error(run: Trajectory) -> Any:
    """Return the largest error against the exact solution, where there is one: one number a member."""
    compiled = compile_model(run.model)
    if run.method == "exact":
        return 0.0
    values = _steady_values(run)
    if values is None or run.asked.noise is not None or any(np.any(w != 0) for w in compiled.weights(values)):
        return math.nan
    if not run.model.is_single:
        return math.nan
    start = door.initial_rates(run.model, run.asked.r_init)
    if run.method == "euler":
        return _feedforward_error(compiled, run.dt, start, values)
    (exact,) = compiled.feedforward(run.t, [start[..., None]], [v[..., None] for v in values])
    error = np.abs(run.r - exact).max(axis=-1)
    return float(error) if error.ndim == 0 else error


def _feedforward_error(compiled: CompiledModel, dt: float, start: Array, values: Sequence[Array]) -> Any:
    (population,) = compiled.model.populations
    tau = compiled.value_of(population.tau, values)
    (response,) = compiled.responses([compiled.value_of(population.I_ext, values)], values)
    largest = np.vectorize(euler_sup_error, otypes=[np.float64])(np.maximum(dt / tau, SMALLEST))
    gap = np.abs(start - response)
    finite = np.isfinite(largest)
    error = np.where(gap == 0, 0.0, np.where(finite, gap * np.where(finite, largest, 0.0), np.inf))
    return float(error) if error.ndim == 0 else error


def _error_by_halving(run: Trajectory, scheme: Scheme) -> float:
    """Return the error that a run with half the step shows: the difference, by the order of the scheme."""
    samples = math.ceil(run.T / run.dt)
    if (
        run.asked.noise is not None
        or run.r.size // max(run.t.size, 1) * samples > _AUDITED_STEPS
        or not _is_finite(run)
    ):
        return math.nan
    from .integrators import run_of  # asks for the audit itself

    def halved(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: halved(v) for name, v in value.items()}
        sampled = value is not None and not callable(value) and np.ndim(value) == 1
        # The last sample has no step after it.
        return np.repeat(np.asarray(value), 2)[:-1] if sampled else value

    inputs = {p.I_ext.name for p in run.model.populations} if run.asked.input is None else set()
    step = run.dt / 2
    store = run.asked.store
    finer = run_of(
        replace(
            run.asked,
            T=(2 * samples - 1.5) * step,
            dt=step,
            input=halved(run.asked.input),
            store="last" if store == "last" else 2 * (1 if store == "all" else int(store)),
            parameters={name: halved(v) if name in inputs else v for name, v in run.parameters.items()},
        )
    )
    power = 2.0**scheme.order
    difference = float(np.abs(run.r - finer.r).max())
    return difference * power / (power - 1)


def _is_asked(given: object) -> bool:
    """Whether an input is, or has for some population, a function of time."""
    return any(map(callable, given.values())) if isinstance(given, Mapping) else callable(given)


def _sentences_on_error(
    run: Trajectory, scheme: Scheme | None, exact: Any, estimate: float, *, doubtful: bool
) -> list[str]:
    if run.method == "exact":
        return ["The solution is the exact one; only rounding is left."]
    if scheme is None:
        from .adaptive import ATOL, RTOL

        said = [f"Each step's estimated error is at most {ATOL:g} + {RTOL:g} |r|."]
        if _is_asked(run.asked.input):
            said.append(
                f"The input is a function of time and no step is longer than dt = {run.dt:g} ms: "
                "what the input does for less than that may be passed over."
            )
        return said
    if np.ndim(exact) == 0 and np.isfinite(exact):
        if run.method == "euler":
            return [f"Without recurrence the error of Euler's method is known: at most {exact:.3g}, at any step."]
        return [f"Without recurrence the exact solution is known: the error{_of_what(run)} is at most {exact:.3g}."]
    if doubtful or (np.ndim(exact) and np.isfinite(exact).all()):
        return []
    halves = "halves the error" if scheme.order == 1 else f"divides the error by {2**scheme.order}"
    ordinal = {1: "first", 2: "second", 4: "fourth"}[scheme.order]
    said = [f"{_capital(scheme.title)} is of {ordinal} order: halving dt {halves}."]
    if not math.isnan(estimate):
        said.append(f"By a run with half the step, the error{_of_what(run)} is about {estimate:.3g}.")
        if estimate >= float(np.abs(run.r).max()) / 10:
            said.append("That is a tenth of the largest rate or more: choose a smaller dt.")
    return said


def _of_what(run: Trajectory) -> str:
    """Return which samples an error is known of, where that is not all of them."""
    if run.t.size == math.ceil(run.T / run.dt):
        return ""
    return " of the last sample" if run.asked.store == "last" else " of the samples kept"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# Where a run went ----------------------------------------------------------------------------------------------------


_NOT_SEARCHED = (
    "Where the run tends to is not known: fixed points of a formula of one's own need python-flint "
    "(pip install 'nullcline[certify]')."
)


def _fixed_points(run: Trajectory, values: Sequence[Array]) -> FixedPoints | None:
    """Return the fixed points at these parameters; None where what searches for them is not installed."""
    try:
        return fixed_points(run.model, **_by_name(run, values))
    except MissingExtra:
        return None


def _whereabouts(run: Trajectory) -> tuple[Any, tuple[Visit, ...], list[str], bool]:
    """Return how far from rest the run ended, the fixed points that it came to, and what is to be said of them.

    The last is whether every member stayed at an unstable point.
    """
    values = _steady_values(run) if run.model.is_single else None
    if values is None or any(v.ndim for v in values) or not _is_finite(run):
        return math.nan, (), [], False
    points = _fixed_points(run, values)
    if points is None:
        return math.nan, (), [_NOT_SEARCHED], False
    stable = np.flatnonzero(np.isin(points.stability, ["stable", "stable-nonhyperbolic"]))
    order = np.argsort(points.r)
    # A half-stable point, too, parts what tends to the points on its two sides.
    separators = np.array([points.r[i] for i in order if i not in stable])
    basins = {int(np.searchsorted(separators, points.r[i])): int(i) for i in stable}
    last = run.r[..., -1]
    basin = np.searchsorted(separators, last)
    rest = np.array([points.r[basins[b]] if b in basins else np.nan for b in basin.reshape(-1).tolist()])
    stays = _stays(run, points)
    stayed = not np.isnan(stays).any()
    distance = np.where(np.isnan(stays), np.abs(last - rest.reshape(last.shape)), np.nan)
    said = []
    if run.asked.noise is None:
        grows = np.isnan(stays) & ~np.isin(basin, list(basins)) & _moves_away(run, points, values)
        said = [
            *_sentences_on_staying(run, stays),
            *_sentences_on_rest(run, distance, stays),
            *_sentences_on_growth(grows),
        ]
    if not stable.size:
        return math.nan, (), said, stayed
    seen = set(np.unique(np.searchsorted(separators, run.r)).tolist())
    tau = float(compile_model(run.model).value_of(run.model.populations[0].tau, values))
    near = [i for i in order if points.stability[i] == "unstable" and np.abs(run.r - points.r[i]).min() <= _NEAR]
    came_to = sorted([*(basins[b] for b in seen if b in basins), *near], key=lambda i: float(points.r[i]))
    visits = tuple(_visit(run, points, int(i), tau) for i in came_to)
    return (float(distance) if distance.ndim == 0 else distance), visits, said, stayed


def _stays(run: Trajectory, points: FixedPoints) -> Array:
    """Return the unstable fixed point near which each member was from beginning to end; nan where there is none."""
    stays = np.full(run.r.shape[:-1], np.nan)
    # The start alone stays nowhere.
    if run.asked.noise is None and _last_if_not_the_end(run) != 0:
        start = door.initial_rates(run.model, run.asked.r_init)
        for r in points.r[points.stability == "unstable"]:
            furthest = np.maximum(np.abs(run.r - r).max(axis=-1), np.abs(start - r))
            stays = np.where(furthest <= _NEAR, r, stays)
    return stays


def _moves_away(run: Trajectory, points: FixedPoints, values: Sequence[Array]) -> Any:
    """Return whether each member ended outside all fixed points and moves away from them: so it goes on for ever."""
    compiled = compile_model(run.model)
    if compiled.is_bounded or not points.complete or points.case == Case.CONTINUUM:
        return False
    last = run.r[..., -1]
    (velocity,) = compiled.velocity([last], values)
    above, below = last > points.r.max(initial=-np.inf), last < points.r.min(initial=np.inf)
    return (above & (velocity > 0)) | (below & (velocity < 0))


def _visit(run: Trajectory, points: FixedPoints, i: int, tau: float) -> Visit:
    eigenvalue, scheme = float(points.eigenvalue[i]), SCHEMES.get(run.method)
    limit = math.nan
    if scheme is not None and eigenvalue < 0:
        limit = float(_limits(scheme, np.asarray(eigenvalue), np.asarray(tau)))
    return Visit(float(points.r[i]), eigenvalue, str(points.stability[i]), run.dt, limit)


def _sentences_on_rest(run: Trajectory, distance: Array, stays: Array) -> list[str]:
    """Say how far from rest the members that did not stay at an unstable point ended, if all of them tend to one."""
    moved = distance[np.isnan(stays)]
    if not moved.size or not np.isfinite(moved).all():
        return []
    kept = _last_if_not_the_end(run)
    ended = "ended" if kept is None else ("was" if distance.ndim == 0 else "were")
    if distance.ndim == 0:
        said = f"The run {ended} {float(distance):.3g} from the fixed point that it tends to."
    else:
        which = "The runs" if moved.size == distance.size else "The others"
        said = f"{which} {ended} at most {float(moved.max()):.3g} from the fixed points that they tend to."
    return [said if kept is None else f"At {kept:.12g} ms, the last sample kept, {said[:1].lower()}{said[1:]}"]


def _last_if_not_the_end(run: Trajectory) -> float | None:
    """Return the time of the last sample that was kept, if others followed it: it need not tell where a run ended."""
    last = float(run.t[-1])
    return None if last + run.dt / 2 > (math.ceil(run.T / run.dt) - 1) * run.dt else last


def _sentences_on_staying(run: Trajectory, stays: Array) -> list[str]:
    kept = _last_if_not_the_end(run)
    until = "" if kept is None else f" until {kept:.12g} ms, the last sample kept"
    points, counts = np.unique(stays[~np.isnan(stays)], return_counts=True)
    return [
        f"{_members(int(count), stays)} stayed at the unstable fixed point r = {point:.6g}{until}, "
        "which any perturbation leaves, and rounding is one: a longer run need not stay."
        for point, count in zip(points, counts, strict=True)
    ]


def _sentences_on_growth(grows: Any) -> list[str]:
    if not np.any(grows):
        return []
    which = _members(int(np.sum(grows)), np.asarray(grows))
    return [f"{which} left all fixed points behind: the rate grows without bound."]


def _members(count: int, of: Array) -> str:
    """Return how many members something holds for, as the subject of a sentence."""
    if of.ndim == 0:
        return "The run"
    return f"All {of.size} runs" if count == of.size else f"{count} of the {of.size} runs"


# Noise ---------------------------------------------------------------------------------------------------------------


def _noises(run: Trajectory) -> "tuple[OU | None, ...]":
    if run.asked.noise is None:
        return ()
    return noise_given(run.asked.noise, tuple(p.name for p in run.model.populations))


def _sentences_on_noise(run: Trajectory, noises: "tuple[OU | None, ...]") -> list[str]:
    said = []
    for noise in dict.fromkeys(n for n in noises if n is not None):
        variance, time = noise.stationary_variance(run.dt), noise.correlation_time(run.dt)
        if isinstance(noise, EulerMaruyamaOU) and not math.isfinite(variance):
            continue  # said among the doubts
        if isinstance(noise, EulerMaruyamaOU):
            correlation = (
                f"correlation time {time:.6g} ms ({time / noise.tau - 1:+.2%} of tau)"
                if time == time
                else "an autocorrelation that alternates in sign"
            )
            over = variance / noise.sigma**2 - 1 if noise.sigma else 0.0
            said.append(
                f"The Euler-Maruyama noise has variance {variance:.6g} ({over:+.2%} of sigma^2) and {correlation}: "
                "OU(...) has neither bias."
            )
        else:
            said.append(
                f"The noise has variance {variance:.6g} and correlation time {time:.6g} ms, as asked, at any step."
            )
        if run.dt > noise.tau:
            said.append(f"The noise changes faster (tau = {noise.tau:g} ms) than it is sampled (dt = {run.dt:g} ms).")
    return said
