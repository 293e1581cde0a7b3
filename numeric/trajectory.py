"""What a simulation returns: the rates it kept, what was asked for, and what its numbers are worth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..symbolic.errors import NullclineError
from ..symbolic.model import RateModel
from .door import Array
from .frozen import Result, plain, read_only, table

# Numbers that a mean adds up at a time: little memory beside the rates'.
_AT_A_TIME = 65_536


@dataclass(frozen=True, eq=False)
class Visit:
    """A fixed point that a run came to: `limit` is the step (ms) from which on the scheme leaves it, `dt` its own."""

    r: float
    eigenvalue: float
    stability: str
    dt: float
    limit: float


@dataclass(frozen=True, eq=False)
class Audit(Result):
    """What the numbers of one simulation are worth.

    `dt_over_limit` is dt divided by `stability_limit`, the step (ms) beyond which the scheme leaves a stable fixed
    point (for Euler's method 2 tau/(1 - w F') there), the smallest over the stable fixed points; both are nan where
    they are not known. Where the input changes with time, the fixed points are those for its least, its mean and its
    largest value. `visits` are the fixed points that the run came to, of one population with constant parameters.

    `exact_error` is the largest error of the run against the exact solution, where that is known (w = 0 and constant
    input); for Euler's method the largest at any step, of the run or after it. `error_estimate` is the error that the
    largest difference from a run with half the step stands for, elsewhere: the difference times 2^p/(2^p - 1), for a
    scheme of order p. Either is nan where it is not known, and where it is measured, it is of the samples kept.
    `distance_to_rest` is how far from the fixed point of its basin the run ended; nan where it stayed at an unstable
    one. Input is constant where every sample is the same.

    `noise_variance` and `noise_correlation_time` are those that the noise has at this step, one a population;
    `noise_bias` is the first over sigma^2, minus 1.

    `notes` says in sentences what a reader should know. `doubts`, which the first of them repeat, are what the run
    warned of when it was made.
    """

    method: str
    dt_over_limit: float
    stability_limit: float
    exact_error: Any
    error_estimate: float
    distance_to_rest: Any
    visits: tuple[Visit, ...]
    noise_variance: tuple[float, ...]
    noise_correlation_time: tuple[float, ...]
    noise_bias: tuple[float, ...]
    T_is_multiple_of_dt: bool
    notes: tuple[str, ...]
    doubts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "\n".join([f"Audit of a run by method {self.method!r}:", *(f"  - {note}" for note in self.notes)])


@dataclass(frozen=True, eq=False)
class Request:
    """What `simulate` was asked for, as it was given."""

    model: RateModel
    parameters: Mapping[str, Any]
    T: Any
    dt: Any
    r_init: Any
    method: Any
    input: Any = None
    noise: Any = None
    seed: Any = None
    trials: Any = None
    trial: Any = None
    store: Any = "all"
    workers: Any = 1


@dataclass(frozen=True, eq=False)
class Trajectory(Result):
    """A simulation: times `t` of shape (n,) in ms and rates `r` of shape (..., n), or (..., n, N) for N populations.

    The leading axes are those of r_init and of the parameters, broadcast, and then that of the trials. `t` and `r` hold
    the samples that were kept; `mean` is over all samples. `seed` reproduces the noise.
    """

    model: RateModel
    parameters: Mapping[str, Any]
    t: Array
    r: Array
    T: float
    dt: float
    method: str
    seed: int | None
    asked: Request = field(repr=False)
    stored_mean: Array | None = field(default=None, repr=False)
    dense: Any = field(default=None, repr=False)

    @cached_property
    def audit(self) -> Audit:
        """What the numbers of this run are worth; worked out when it is asked for."""
        from .audit import audit_of  # simulates, to see what half the step would give

        return audit_of(self)

    @cached_property
    def mean(self) -> Array:
        """The mean rate over all samples, also those that were not kept."""
        if self.stored_mean is not None:
            return self.stored_mean
        if self.asked.store != "all":
            from .integrators import mean_of  # runs it again

            return read_only(mean_of(self))
        return read_only(mean_over_time(np.moveaxis(self.r, -1 if self.model.is_single else -2, 0)))

    def at(self, t: Any) -> Array:
        """Return the rates at any times from 0 to the last sample, by the dense output of method="adaptive"."""
        if self.dense is None:
            raise NullclineError(f"only method='adaptive' has rates between samples, this run is by {self.method!r}")
        return self.dense.at(t)  # type: ignore[no-any-return]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold; infinities and nan become None."""
        a = self.audit
        return {
            "t": plain(self.t),
            "r": plain(self.r),
            "mean": plain(self.mean),
            # The one population of `RateModel.single` has no name, and r no axis of populations.
            "populations": [] if self.model.is_single else [p.name for p in self.model.populations],
            "model": self.model.name,
            "parameters": plain(dict(self.parameters)),
            "T": self.T,
            "dt": self.dt,
            "method": self.method,
            "seed": self.seed,
            "audit": {
                "dt_over_limit": plain(a.dt_over_limit),
                "stability_limit": plain(a.stability_limit),
                "exact_error": plain(a.exact_error),
                "error_estimate": plain(a.error_estimate),
                "noise_variance": plain(a.noise_variance),
                "noise_correlation_time": plain(a.noise_correlation_time),
                "notes": list(a.notes),
            },
        }

    def __repr__(self) -> str:
        size = self.t.size
        single = self.model.is_single
        ensemble = self.r.shape[:-1] if single else self.r.shape[:-2]
        head = f"Trajectory of {self.model.name!r} by method {self.method!r}: "
        head += f"{size} sample{'s' * (size != 1)}, T={self.T!r}, dt={self.dt!r} ms"
        if self.seed is not None:
            head += f", seed={self.seed}"
        if ensemble:
            return f"{head}, ensemble of shape {ensemble}"
        shown = [*range(min(size, 4)), *range(max(4, size - 2), size)]
        names = ["r"] if single else [f"r_{p.name}" for p in self.model.populations]
        rates = self.r[:, None] if single else self.r
        rows = [[f"{self.t[i]:.6g}", *(f"{v:.6g}" for v in rates[i])] for i in shown]
        if size > len(shown):
            rows.insert(4, ["...", *("..." for _ in names)])
        return f"{head}\n{table(['t', *names], rows)}"


def mean_over_time(rows: Array) -> Array:
    """Return the mean over the first axis, added from its start on: as a run that keeps no samples adds them.

    NumPy's own sum is in another order, and its order depends on how the numbers lie in memory.
    """
    total = np.zeros(rows.shape[1:])
    at_a_time = max(_AT_A_TIME // max(total.size, 1), 1)
    for first in range(0, len(rows), at_a_time):
        part = np.concatenate([total[None], rows[first : first + at_a_time]])
        total = np.add.accumulate(part, axis=0)[-1]
    return np.asarray(total / len(rows))
