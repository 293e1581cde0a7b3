"""Runs by SciPy's adaptive Runge-Kutta method of order 8, with dense output."""

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import OdeSolution, solve_ivp

from ..symbolic.errors import NullclineError, ParameterError
from ..symbolic.model import RateModel
from . import door, elementary_plain
from .door import Array
from .generated import executed
from .kernels import ESCAPED, velocity_text
from .noise import normal_numbers
from .stepping import Plan
from .trajectory import mean_over_time

# Tolerances of each step: its estimated error is at most ATOL + RTOL |r|.
RTOL, ATOL = 1e-10, 1e-12
# A run of more time constants than this, a dozen evaluations each, takes minutes.
_MOST_TAUS = 1e6
# Evaluations of dr/dt that any run may take, a few seconds.
_EVALUATIONS = 500_000
# Numbers that SciPy keeps of a solution from one sample to the next, and of one step.
_DENSE, _DENSE_STEP = 1_000, 150


@dataclass(frozen=True, eq=False)
class Dense:
    """A run at any time: one continuous solution for each member, in the order of the flattened ensemble."""

    plan_shape: tuple[int, ...]
    solutions: tuple[OdeSolution, ...]
    end: float
    single: bool

    def at(self, times: ArrayLike) -> Array:
        """Return the rates at some times; the axes of the ensemble, then those of the times, then the populations.

        Raises NullclineError for a time outside the run.
        """
        t = door.numbers_in("t", times)
        if t.min() < 0 or t.max() > self.end:
            # As a reader writes them: the last sample is at 1.9 ms, and a double for it is 1.9000000000000001.
            end, low, high = (f"{float(number):.12g}" for number in (self.end, t.min(), t.max()))
            if end in (low, high):
                end, low, high = (repr(float(number)) for number in (self.end, t.min(), t.max()))
            got = low if low == high else f"{low} to {high}"
            later = ": choose a longer T" if t.max() > self.end else ""
            raise NullclineError(f"t must lie within the run, from 0 to its last sample at {end} ms, got {got}{later}")
        values = np.stack([_values(s, t.reshape(-1)).T for s in self.solutions])
        shaped = values.reshape((*self.plan_shape, *t.shape, values.shape[-1]))
        return shaped[..., 0] if self.single else shaped


def adapted(plan: Plan) -> tuple[Array, Array | None, Dense]:
    """Return the rates at the samples that are kept, the mean over all samples where not all are kept, and more."""
    grid, N = plan.grid, plan.populations
    _refuse_endless(plan)
    times = np.asarray(np.arange(grid.samples) * grid.dt, dtype=np.float64)
    columns, starts = [plan.flat(v) for v in plan.values], plan.starts()
    rows = np.empty((grid.samples, N, plan.members))
    solutions = []
    for member in range(plan.members):
        parameters = [float(c[member]) for c in columns]
        y = np.array([float(s[member]) for s in starts])
        eta = _noise_path(plan, plan.trials[member % len(plan.trials)])
        solution = _solution(plan, parameters, y, eta, times)
        rows[..., member] = _values(solution, times).T
        solutions.append(solution)
    dense = Dense(plan.ensemble_axes, tuple(solutions), float(times[-1]), plan.compiled.model.is_single)
    mean = plan.shaped(mean_over_time(rows)) if grid.kept < grid.samples else None
    return plan.shaped(rows[grid.first :: grid.every]), mean, dense


def _refuse_endless(plan: Plan) -> None:
    """Refuse a run for whose steps neither the time nor the memory is there."""
    for population in plan.compiled.model.populations:
        tau = float(np.min(plan.compiled.value_of(population.tau, plan.values)))
        if plan.grid.T / tau > _MOST_TAUS:
            line = f"method='adaptive' takes steps of about tau: T={plan.grid.T!r} ms is {plan.grid.T / tau:.3g} times"
            line = f"{line} {population.tau.name}={tau!r} ms, use method='exponential_euler'"
            raise ParameterError(line, name="method", value="adaptive", allowed=_MOST_TAUS)
    smooth = _is_smooth(plan)
    if not smooth or _longest_step(plan) < math.inf:
        how = "with no step longer than dt" if smooth else "from each sample to the next"
        what = f"method='adaptive' {how} ({plan.grid.samples} samples, {plan.members} members)"
        needed = 8.0 * (_DENSE_STEP if smooth else _DENSE) * plan.grid.samples * plan.members
        door.refuse_beyond_memory(what, needed, "choose a shorter T, fewer trials or method='rk4'", "method")


def _is_smooth(plan: Plan) -> bool:
    return plan.noises is None and (plan.drive is None or plan.drive.is_smooth)


def _longest_step(plan: Plan) -> float:
    """Return the step that none may exceed: where the input is a function of time, an integrator cannot know when.

    What it sees of the input are its own stages. Where nothing happens steps grow to many times dt, and a pulse between
    two stages would be passed over without a trace in the error that each step is estimated to have.
    """
    return math.inf if plan.drive is None or plan.drive.is_sampled else plan.grid.dt


def _values(solution: OdeSolution, times: Array) -> Array:
    """Return the rates of one member, shape (N, times): infinite from where they left the doubles on."""
    values: Array = solution(np.minimum(times, solution.t_max))
    gone = (times > solution.t_max) | ~(np.abs(values) < ESCAPED)
    return np.where(gone, np.copysign(np.inf, values), values)


def _noise_path(plan: Plan, trial: int) -> "Array | None":
    """Return the noise of one trial at each sample, shape (samples, N)."""
    if plan.noises is None:
        return None
    assert plan.entropy is not None
    path = np.zeros((plan.grid.samples, plan.populations))
    for i, noise in enumerate(plan.noises):
        if noise is not None:
            normals = normal_numbers(plan.entropy, plan.grid.samples, trial=trial, population=i)
            path[:, i] = noise.path(normals, plan.grid.dt)
    return path


def _solution(plan: Plan, parameters: list[float], y: Array, eta: "Array | None", times: Array) -> OdeSolution:
    """Solve one member; where the input jumps at samples, from sample to sample."""
    velocity = _velocity(plan.compiled.model)
    drive, zero = plan.drive, [0.0] * plan.populations

    # Some dozen evaluations a time constant and a sample are what a run that is not stiff can need.
    taus = sum(plan.grid.T / plan.compiled.value_of(p.tau, parameters) for p in plan.compiled.model.populations)
    most = _EVALUATIONS + 50 * int(taus) + 200 * len(times)
    evaluations = itertools.count()

    def slope(t: float, r: Array, step: int) -> Any:
        if next(evaluations) > most:
            raise _gave_up(f"{most:,} evaluations lead only to t={t:.6g} ms")
        extra = zero if drive is None else drive.at_time(t, step)
        if eta is not None:
            extra = [d + e for d, e in zip(extra, eta[step].tolist(), strict=True)]
        return velocity(*r.tolist(), *extra, *parameters)

    if len(times) == 1:
        return OdeSolution([0.0, 1.0], [_Still(y)])
    ends = [0, len(times) - 1] if _is_smooth(plan) else range(len(times))
    ts, interpolants = [float(times[0])], []
    for first, last in itertools.pairwise(ends):
        try:
            found = solve_ivp(
                *(slope, (times[first], times[last]), y),
                method="DOP853",
                rtol=RTOL,
                atol=ATOL,
                dense_output=True,
                max_step=_longest_step(plan),
                args=(first,),
                events=_gone,
            )
        except NullclineError:
            raise
        except ValueError:  # SciPy's, where a rate leaves the doubles within the rounding of t
            found = None
        if found is not None and found.sol.ts[-1] > ts[-1]:
            ts += found.sol.ts[1:].tolist()
            interpolants += found.sol.interpolants
            y = found.y[:, -1]
        stopped = found is None or found.status < 0
        if stopped and plan.compiled.is_bounded:
            raise _gave_up(f"no step can be taken from t={ts[-1]:.6g} ms")
        if stopped or found.status > 0:
            # The rate left the doubles, or would do so at once.
            break
    if not interpolants:
        return OdeSolution([0.0, float(np.finfo(np.float64).tiny)], [_Still(y)])
    return OdeSolution(ts, interpolants)


def _gave_up(what: str) -> ParameterError:
    line = f"method='adaptive' cannot follow this model: {what}, F is too steep; use method='exponential_euler'"
    return ParameterError(line, name="method", value="adaptive")


def _gone(t: float, r: Array, step: int) -> float:
    return float(np.abs(r).max()) - ESCAPED


_gone.terminal = True  # type: ignore[attr-defined]


class _Still:
    """A run of one sample, which goes nowhere."""

    def __init__(self, y: Array) -> None:
        self.t_min = self.t_max = 0.0
        self._y = y

    def __call__(self, t: Any) -> Array:
        return self._y if np.ndim(t) == 0 else np.repeat(self._y[:, None], np.size(t), axis=1)


@lru_cache(maxsize=64)
def _velocity(model: RateModel) -> Any:
    return executed(velocity_text(model), elementary_plain.namespace())["velocity"]
