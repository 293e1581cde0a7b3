"""What the numeric functions return: frozen values of read-only arrays, printed as tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..symbolic.errors import NullclineError
from ..symbolic.model import RateModel
from .door import Array


class NullclineWarning(UserWarning):
    """What was asked is legal but doubtful; the message says why."""


class Case(StrEnum):
    """What is special about a list of fixed points; the value is the sentence."""

    REGULAR = "every fixed point is simple"
    DOUBLE = "two fixed points have met (fold)"
    TRIPLE = "three fixed points have met (cusp)"
    KINK = "a fixed point lies at the kink of F: its eigenvalue differs on the two sides"
    CONTINUUM = "a half-line of fixed points: every rate from 0 on"
    NONE = "no fixed point: the rate grows without bound"
    BEYOND = "a fixed point lies beyond the largest double"
    OUTSIDE = "not decided: a number lies outside the range in which the search is valid (magnitudes up to 1e90)"
    UNDECIDED = "not decided: the list may lack fixed points"


# The words that a fixed point's stability is said in, and the cases: arrays hold positions in these.
STABILITIES = ("", "stable", "unstable", "half-stable", "stable-nonhyperbolic", "nonsmooth", "undecided")
CASES = tuple(Case)
_STABILITY_WORDS, _CASE_WORDS = np.array(STABILITIES), np.array([str(case) for case in CASES])
# Lists in these cases may lack fixed points.
_NOT_COMPLETE = np.isin(_CASE_WORDS, [Case.UNDECIDED, Case.BEYOND, Case.OUTSIDE])


@dataclass(frozen=True, eq=False)
class FixedPoints:
    """The fixed points of a model, ordered by rising input.

    For a single population and parameters that are numbers `r`, `x` (the input w r + I_ext), `eigenvalue` (1/ms) and
    `stability` have shape (count,). Parameters that are arrays put their broadcast shape first; the last axis is then
    as long as the longest list and shorter lists are padded with nan ("" in `stability`). For a network (also one of
    a single named population) `r`, `x` and `eigenvalue` have one more axis, of populations, the eigenvalues are
    complex, and `type` says node, focus or saddle.

    `stability` is "stable", "unstable", "half-stable" (a double root), "stable-nonhyperbolic" (a triple root),
    "nonsmooth" (at a kink: `one_sided_eigenvalues` has both, from below and from above) or "undecided" (an
    eigenvalue's real part is zero to rounding). "stable" and "unstable" agree with the sign of the eigenvalue.
    `count` is -1 for a continuum, whose ends are in `continuum`. `complete` says that no fixed point is missing.
    """

    model: RateModel
    parameters: Mapping[str, Any]
    r: Array
    x: Array
    eigenvalue: NDArray[Any]
    count: Any
    stability_codes: NDArray[np.int8] = field(repr=False)
    case_codes: NDArray[np.int8] | None = field(repr=False)
    # What the codes cannot say: sentences of a network's search, its completeness, node, focus or saddle, kinks.
    sentences: NDArray[np.str_] | None = None
    settled: NDArray[np.bool_] | None = None
    type: NDArray[np.str_] | None = None
    sides: Mapping[tuple[int, ...], tuple[float, float]] = field(default_factory=dict, repr=False)

    @cached_property
    def stability(self) -> NDArray[np.str_]:
        """What becomes of a small deviation from each fixed point, in a word."""
        return _read_only(_STABILITY_WORDS[self.stability_codes])

    @cached_property
    def case(self) -> Any:
        """What is special about each list, in a sentence: a text, or an array of texts."""
        words = np.asarray(self.sentences if self.case_codes is None else _CASE_WORDS[self.case_codes])
        return str(words) if words.ndim == 0 else _read_only(words)

    @cached_property
    def complete(self) -> Any:
        """Whether no fixed point is missing: a bool, or an array of bools."""
        settled = np.asarray(self.settled if self.case_codes is None else ~_NOT_COMPLETE[self.case_codes])
        return bool(settled) if settled.ndim == 0 else _read_only(settled)

    @cached_property
    def one_sided_eigenvalues(self) -> Array:
        """The eigenvalues from below and from above at each kink (1/ms); nan at every other fixed point."""
        shape = (*self.stability_codes.shape, 2)
        if not self.sides:
            return np.broadcast_to(np.float64(np.nan), shape)
        both = np.full(shape, np.nan)
        for place, values in self.sides.items():
            both[place] = values
        return _read_only(both)

    @cached_property
    def continuum(self) -> Any:
        """The ends of a half-line of fixed points: a pair or None; for arrays, an array of pairs, nan where none is."""
        if np.ndim(self.count) == 0:
            return (0.0, float("inf")) if self.count < 0 else None
        return _read_only(np.where(self.count[..., None] < 0, [0.0, np.inf], np.nan))

    def __post_init__(self) -> None:
        _freeze(self)

    def __getstate__(self) -> dict[str, Any]:
        return _thawed(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        _restore(self, state)

    @property
    def points(self) -> list[dict[str, Any]]:
        """The fixed points one by one, as plain Python values; for parameters that are numbers."""
        self._single_list("points")
        return [self._point(i) for i in range(self.r.shape[0])]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold; what does not exist is None, never nan."""
        head = {"model": self.model.name, "parameters": _plain(dict(self.parameters))}
        if isinstance(self.count, int):
            return {
                "fixed_points": self.points,
                "count": self.count,
                "complete": self.complete,
                "case": self.case,
                "continuum": _plain(self.continuum),
                **head,
            }
        arrays = {
            name: _plain(getattr(self, name))
            for name in ("r", "x", "eigenvalue", "stability", "count", "complete", "case")
        }
        return {**arrays, **head}

    def _single_list(self, name: str) -> None:
        if np.ndim(self.count):
            shape = np.shape(self.count)
            raise NullclineError(f"{name} is for one set of parameters, these are arrays of shape {shape}")

    def _point(self, i: int) -> dict[str, Any]:
        names = [p.name for p in self.model.populations]
        if self.model.is_single:
            point: dict[str, Any] = {
                "r": float(self.r[i]),
                "x": float(self.x[i]),
                "eigenvalue": _plain(self.eigenvalue[i]),
                "stability": str(self.stability[i]),
            }
            if self.stability[i] == "nonsmooth":
                point["one_sided_eigenvalues"] = _plain(self.one_sided_eigenvalues[i])
            return point
        point = {
            "r": dict(zip(names, self.r[i].tolist(), strict=True)),
            "x": dict(zip(names, self.x[i].tolist(), strict=True)),
            "eigenvalue": [_plain(v) for v in self.eigenvalue[i].tolist()],
            "stability": str(self.stability[i]),
            "type": str(self.type[i]) if self.type is not None else None,
        }
        if self.stability[i] == "nonsmooth" and len(names) == 1:
            point["one_sided_eigenvalues"] = _plain(self.one_sided_eigenvalues[i])
        return point

    def __repr__(self) -> str:
        if not isinstance(self.count, int):
            counts, times = np.unique(self.count, return_counts=True)
            tally = ", ".join(f"{n} x {'continuum' if c < 0 else c}" for c, n in zip(counts, times, strict=True))
            done = "all complete" if np.all(self.complete) else f"{np.sum(~self.complete)} not complete"
            return f"FixedPoints of {self.model.name!r} for parameters of shape {self.count.shape}: {tally} ({done})"
        number = {-1: "a continuum of fixed points", 1: "1 fixed point"}.get(self.count, f"{self.count} fixed points")
        done = "complete" if self.complete else "NOT complete"
        head = f"{number} of {self.model.name!r} ({_shown(self.parameters)}), {done}"
        if self.case != Case.REGULAR:
            head += f"\n{self.case}"
        if not self.r.shape[0]:
            return head
        names = [p.name for p in self.model.populations]
        if self.model.is_single:
            columns = ["r", "eigenvalue", "stability"]
            rows = [
                [f"{r:.6g}", " | ".join(f"{v:.6g}" for v in sides) if s == "nonsmooth" else f"{e:.6g}", str(s)]
                for r, e, s, sides in zip(
                    self.r, self.eigenvalue, self.stability, self.one_sided_eigenvalues, strict=True
                )
            ]
        else:
            columns = [*(f"r_{n}" for n in names), "leading eigenvalue", "stability", "type"]
            kinds = self.type if self.type is not None else self.stability
            rows = [
                [*(f"{v:.6g}" for v in r), _complex(e[0]), str(s), str(k)]
                for r, e, s, k in zip(self.r, self.eigenvalue, self.stability, kinds, strict=True)
            ]
        return f"{head}\n{_table(columns, rows)}"


@dataclass(frozen=True, eq=False)
class Visit:
    """A fixed point that a run came to: `limit` is the step (ms) from which on the scheme leaves it, `dt` its own."""

    r: float
    eigenvalue: float
    stability: str
    dt: float
    limit: float


@dataclass(frozen=True, eq=False)
class Audit:
    """What the numbers of one simulation are worth.

    `dt_over_limit` is dt divided by `stability_limit`, the step (ms) beyond which the scheme leaves a stable fixed
    point (for Euler's method 2 tau/(1 - w F') there), the smallest over the stable fixed points; both are nan where
    they are not known. `visits` are the fixed points that the run came to, of one population with constant parameters.

    `exact_error` is the largest error of the run against the exact solution, where that is known (w = 0 and constant
    input); `error_estimate` the largest difference from a run with half the step, elsewhere; nan where neither is.
    `distance_to_rest` is how far from the fixed point of its basin the run ended.

    `noise_variance` and `noise_correlation_time` are those that the noise has at this step, one a population;
    `noise_bias` is the first over sigma^2, minus 1.

    `notes` says in sentences what a reader should know.
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
class Trajectory:
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

    def __post_init__(self) -> None:
        _freeze(self)

    def __getstate__(self) -> dict[str, Any]:
        return _thawed(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        _restore(self, state)

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

            return _read_only(mean_of(self))
        return _read_only(np.asarray(self.r.mean(axis=-1 if self.model.is_single else -2)))

    def at(self, t: Any) -> Array:
        """Return the rates at any times within the run, by the dense output of method="adaptive"."""
        if self.dense is None:
            raise NullclineError(f"only method='adaptive' has rates between samples, this run is by {self.method!r}")
        return self.dense.at(t)  # type: ignore[no-any-return]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold; infinities and nan become None."""
        a = self.audit
        return {
            "t": _plain(self.t),
            "r": _plain(self.r),
            "mean": _plain(self.mean),
            "populations": [p.name for p in self.model.populations],
            "model": self.model.name,
            "parameters": _plain(dict(self.parameters)),
            "T": self.T,
            "dt": self.dt,
            "method": self.method,
            "seed": self.seed,
            "audit": {
                "dt_over_limit": _plain(a.dt_over_limit),
                "stability_limit": _plain(a.stability_limit),
                "exact_error": _plain(a.exact_error),
                "error_estimate": _plain(a.error_estimate),
                "noise_variance": _plain(a.noise_variance),
                "noise_correlation_time": _plain(a.noise_correlation_time),
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
        return f"{head}\n{_table(['t', *names], rows)}"


def _table(columns: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [columns, *rows]]
    return "\n".join(f"  {line}".rstrip() for line in lines)


def _complex(value: complex) -> str:
    return (
        f"{value.real:.6g}"
        if value.imag == 0
        else f"{value.real:.6g} {'+' if value.imag > 0 else '-'} {abs(value.imag):.6g}i"
    )


def _shown(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value:g}" if isinstance(value, float) else name for name, value in parameters.items())


def _plain(value: Any) -> Any:
    """Return a value as Python floats, strings, lists and dicts, with None in place of nan and infinities."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, complex):
        return {"re": _plain(value.real), "im": _plain(value.imag)}
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def _freeze(result: Any) -> None:
    for name, value in vars(result).items():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        elif isinstance(value, dict):
            for item in value.values():
                if isinstance(item, np.ndarray):
                    item.flags.writeable = False
            object.__setattr__(result, name, MappingProxyType(value))


def _thawed(result: Any) -> dict[str, Any]:
    return {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in vars(result).items()}


def _restore(result: Any, state: dict[str, Any]) -> None:
    for name, value in state.items():
        object.__setattr__(result, name, value)
    _freeze(result)
