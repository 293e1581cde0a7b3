"""Simulation of firing-rate models, and what a simulation is worth."""

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..symbolic.errors import ParameterError
from ..symbolic.model import RateModel
from . import door
from .compile import CompiledModel, compile_model
from .door import Array
from .fixed_points import fixed_points
from .results import Audit, NullclineWarning, Trajectory

METHODS = ("euler", "exact")

# Rates beyond this have left every scale a model can mean; the next product with a weight or a gain might overflow.
_ESCAPED = 1e150
# More parameter sets than this are not searched for fixed points only to comment on the step.
_AUDITED_SETS = 10_000


def simulate(
    model: RateModel,
    *,
    T: float = 20.0,
    dt: float = 0.1,
    r_init: ArrayLike | Mapping[str, ArrayLike] = 0.2,
    method: str = "euler",
    **parameters: ArrayLike,
) -> Trajectory:
    """Return the rates at the times arange(0, T, dt), from r_init on.

    `method` is "euler", the tutorial's scheme step for step, or "exact", the solution in closed form, which exists
    where every weight is 0 and the input constant. T and dt are in ms.

    The external input of a population is a number, or one sample for each time. Other parameters and r_init may be
    arrays, an ensemble: they broadcast, and their axes come first in the result. For several populations r_init is a
    number for all, a list with one for each (the last axis) or a mapping from population to number.

    `audit` says what the run is worth. Warns (NullclineWarning) where dt reaches the stability limit of Euler's
    method, and where T is not a multiple of dt.

    Raises ParameterError for what cannot be simulated, before anything is computed or allocated.

    >>> simulate(RateModel.single(), w=5, I_ext=0.5)
    Trajectory of 'single' by method 'euler': 200 samples, T=20.0, dt=0.1 ms
      t     r
      0     0.2
      0.1   0.194008
      0.2   0.188105
      0.3   0.182302
      ...   ...
      19.8  0.0415383
      19.9  0.0415382
    """
    compiled = compile_model(model)
    method = door.choice("method", method, METHODS)
    values = list(door.read(model, parameters))
    names = list(model.parameters)
    start = door.initial_rates(model, r_init)
    is_input = [name in {p.I_ext.name for p in model.populations} for name in names]
    members = start if model.is_single else start[..., 0]
    steady = [v for v, i in zip(values, is_input, strict=True) if not i]
    shape = door.broadcast_shape(
        [*(n for n, i in zip(names, is_input, strict=True) if not i), "r_init"], [*steady, members]
    )
    T, dt, t = door.time_grid(T, dt, states=math.prod(shape) * len(model.populations))
    inputs = [door.on_grid(n, v, t, T, dt) for n, v, i in zip(names, values, is_input, strict=True) if i]
    varying = any(v.ndim for v in inputs)
    if method == "exact":
        r = _exact(compiled, t, start, values, varying)
    else:
        r = _euler(compiled, t, dt, start, values, is_input, shape)
    audit = _audit(compiled, r, t, T, dt, start, values, method, varying)
    return Trajectory(model, door.parameters_of(model, values), t, r, T, dt, method, audit)


def euler_sup_error(h: float) -> float:
    """Return E(h), the largest over all steps k of |(1 - h)^k - e^(-k h)|, with h = dt/tau > 0.

    Without recurrence Euler's error is at most |r_init - F(I_ext)| E(h), and some step attains it
    (reference: theory, section 2.2). Beyond h = 2 it is infinite.

    >>> round(euler_sup_error(0.1), 12)
    0.019201001071
    """
    return _largest_euler_error(h)[0]


def euler_worst_step(h: float) -> int:
    """Return the step k at which |(1 - h)^k - e^(-k h)| is largest, for 0 < h <= 2."""
    return _largest_euler_error(h)[1]


def _largest_euler_error(h: float) -> tuple[float, int]:
    h = door.positive_number("h", h, unit="")
    if h > 2:
        return math.inf, 0
    if h >= 1:
        return h + math.expm1(-h), 1
    # q = p - 1 with p = -ln(1-h)/h; the continuous maximum is at k h = ln(p)/(p - 1).
    q = _minus_log1p_excess(h) / h
    turn = math.log1p(q) / q if q > 0 else 1.0
    first = max(math.floor(turn / h), 1)
    return max((_euler_gap(h, k), k) for k in (first, first + 1))


def _euler_gap(h: float, k: int) -> float:
    """Return e^(-k h) - (1-h)^k for h < 1 without cancellation."""
    return math.exp(-k * h) * -math.expm1(-k * _minus_log1p_excess(h))


def _minus_log1p_excess(h: float) -> float:
    """Return -ln(1-h) - h = h^2/2 + h^3/3 + ..., summed where the difference would cancel."""
    if h > 0.25:
        return -math.log1p(-h) - h
    total, power, j = 0.0, h, 1
    while True:
        j, power = j + 1, power * h
        term = power / j
        if total + term == total:
            return total
        total += term


def _exact(compiled: CompiledModel, t: Array, start: Array, values: list[Array], varying: bool) -> Array:
    compiled.refuse_recurrence(values, "the exact solution (method='exact')")
    if varying:
        line = "the exact solution (method='exact') needs a constant input, I_ext is an array: use method='euler'"
        raise ParameterError(line, name="method", value="exact", allowed=METHODS)
    columns = [v[..., None] for v in values]
    single = compiled.model.is_single
    starts = [start[..., None]] if single else [start[..., i, None] for i in range(len(compiled.populations))]
    rates = compiled.feedforward(t, starts, columns)
    return rates[0] if single else np.stack(np.broadcast_arrays(*rates), axis=-1)


def _euler(
    compiled: CompiledModel,
    t: Array,
    dt: float,
    start: Array,
    values: list[Array],
    is_input: list[bool],
    shape: tuple[int, ...],
) -> Array:
    """Return r[k+1] = r[k] + dt/tau (-r[k] + F(w r[k] + I_ext[k])), in the tutorial's order of operations."""
    model = compiled.model
    single = model.is_single
    size = len(model.populations)
    step = [dt / compiled.value_of(p.tau, values) for p in model.populations]
    columns = [start] if single else [start[..., i] for i in range(size)]
    rates: list[Any] = [np.broadcast_to(c, shape).astype(np.float64) if shape else np.float64(c) for c in columns]
    sampled = [i for i, (v, yes) in enumerate(zip(values, is_input, strict=True)) if yes and v.ndim]
    now: list[Any] = [v if v.ndim else np.float64(v) for v in values]
    # Bounded rates stay bounded for dt <= 2 tau (theory, section 2.1); only else can a run leave the doubles.
    may_escape = any(not p.transfer.bounded for p in model.populations) or any(np.any(h >= 2) for h in step)
    # Time first while running: each step writes one contiguous block.
    stored = np.empty((t.size, *shape) if single else (t.size, *shape, size))
    for k in range(t.size):
        for i, rate in enumerate(rates):
            stored[(k, ...) if single else (k, ..., i)] = rate
        if k == t.size - 1:
            break
        for i in sampled:
            now[i] = values[i][k]
        held = rates
        if may_escape:
            held = [np.where(np.abs(rate) < _ESCAPED, rate, 0.0) for rate in rates]
        responses = compiled.responses(compiled.inputs(held, now), now)
        moved = [rate + h * (-rate + f) for rate, h, f in zip(held, step, responses, strict=True)]
        if may_escape:
            gone = np.logical_or.reduce([np.abs(rate) >= _ESCAPED for rate in rates])
            moved = [np.where(gone, np.copysign(np.inf, rate), new) for rate, new in zip(rates, moved, strict=True)]
        rates = moved
    # The tutorial's arrays have time last.
    return np.moveaxis(stored, 0, -1 if single else -2)


def _audit(
    compiled: CompiledModel,
    r: Array,
    t: Array,
    T: float,
    dt: float,
    start: Array,
    values: list[Array],
    method: str,
    varying: bool,
) -> Audit:
    notes: list[str] = []
    doubts: list[str] = []
    multiple = abs(T / dt - round(T / dt)) <= 1e-9 * max(T / dt, 1.0)
    if not multiple:
        doubts.append(f"T={T!r} ms is not a multiple of dt={dt!r} ms: the last sample is at {float(t[-1]):.12g} ms")
    limit, where = (math.nan, "") if method == "exact" else _stability_limit(compiled, r, dt, values, varying)
    ratio = dt / limit
    if ratio >= 1:
        doubts.append(
            f"dt={dt!r} ms reaches the stability limit {limit:.6g} ms of Euler's method {where}: "
            "the run need not come near the model's behaviour"
        )
    elif ratio < 1:
        notes.append(f"dt is {ratio:.2g} of the stability limit {limit:.6g} ms of Euler's method {where}.")
    elif method == "euler":
        notes.append("dt is not judged: no stable fixed point is known from which Euler's method would have a limit.")
    error: Any = math.nan
    without = not any(np.any(w != 0) for w in compiled.weights(values))
    if method == "exact":
        error = 0.0
        notes.append("The solution is the exact one; only rounding is left.")
    elif without and not varying and compiled.model.is_single:
        error = _feedforward_error(compiled, dt, start, values)
        if np.ndim(error) == 0 and np.isfinite(error):
            notes.append(f"Without recurrence the error of Euler's method is known: at most {error:.3g}, at any step.")
    elif method == "euler" and not ratio >= 1 and np.isfinite(r).all():
        notes.append("Euler's method is of first order: halving dt halves the error.")
    if not np.isfinite(r).all():
        doubts.append(f"a rate grew beyond {_ESCAPED:g}; from there on it is given as infinite")
    notes = [f"{doubt}." for doubt in doubts] + notes
    if doubts:
        # The one place where a run warns: shown at the caller of `simulate`.
        warnings.warn("; ".join(doubts), NullclineWarning, stacklevel=3)
    return Audit(method, ratio, limit, error, multiple, tuple(notes))


def _stability_limit(
    compiled: CompiledModel, r: Array, dt: float, values: Sequence[Array], varying: bool
) -> tuple[float, str]:
    """Return the smallest step that is too long for Euler's method at a stable fixed point, and which point that is."""
    model = compiled.model
    if not model.is_single:
        return _limit_at_the_end(compiled, r, values)
    (population,) = model.populations
    tau = compiled.value_of(population.tau, values)
    if varying or math.prod(np.broadcast_shapes(*(v.shape for v in values))) > _AUDITED_SETS:
        (w,) = compiled.weights(values)
        if np.all(w >= 0):
            return float(np.min(2 * tau)), "(2 tau, which no stable fixed point falls below while w >= 0)"
        return math.nan, ""
    points = fixed_points(model, **door.parameters_of(model, values))
    stable = (points.stability == "stable") | (points.stability == "stable-nonhyperbolic")
    limits = -2 / np.where(stable & (points.eigenvalue < 0), points.eigenvalue, -np.finfo(np.float64).tiny * 4)
    limits = np.where(stable, limits, np.inf)
    if not stable.any():
        return math.nan, ""
    nearest = np.unravel_index(np.argmin(limits), limits.shape)
    return float(limits[nearest]), f"(2 tau/(1 - w F') at the stable fixed point r = {points.r[nearest]:.6g})"


def _limit_at_the_end(compiled: CompiledModel, r: Array, values: Sequence[Array]) -> tuple[float, str]:
    """Return the stability limit of Euler's method for the model linearised where the run ended."""
    last = r[..., -1, :]
    now = [
        v[-1] if v.ndim and p in {q.I_ext.name for q in compiled.model.populations} else v
        for p, v in zip(compiled.model.parameters, values, strict=True)
    ]
    if not np.isfinite(last).all():
        return math.nan, ""
    eigenvalues = np.linalg.eigvals(compiled.jacobian_at(compiled.inputs(list(np.moveaxis(last, -1, 0)), now), now))
    if not np.isfinite(eigenvalues).all() or not (eigenvalues.real < 0).all():
        return math.nan, ""
    return float(
        np.min(-2 * eigenvalues.real / np.abs(eigenvalues) ** 2)
    ), "(for the model linearised where the run ended)"


def _feedforward_error(compiled: CompiledModel, dt: float, start: Array, values: Sequence[Array]) -> Any:
    (population,) = compiled.model.populations
    tau = compiled.value_of(population.tau, values)
    (response,) = compiled.responses([compiled.value_of(population.I_ext, values)], values)
    h = dt / tau
    largest = np.vectorize(euler_sup_error, otypes=[np.float64])(h)
    gap = np.abs(start - response)
    error = np.where(
        gap == 0, 0.0, np.where(np.isfinite(largest), gap * np.where(np.isfinite(largest), largest, 0.0), np.inf)
    )
    return float(error) if error.ndim == 0 else error
