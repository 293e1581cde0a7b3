"""The door: the one place where what a user gives becomes validated float64 arrays in model order."""

import contextlib
import math
import numbers
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from ..symbolic.errors import ModelError, ParameterError, brief, shown, unknown_name
from ..symbolic.model import RateModel, unknown_parameter
from ..symbolic.parameter import (
    FROM_SMALLEST,
    LARGEST,
    SMALLEST,
    WITHIN_LARGEST,
    Parameter,
    must,
    real_number,
)

Array = NDArray[np.float64]

# 2**31 samples of eight bytes. A run of that size is a mistake in T or dt far more often than a wish.
LARGEST_RESULT = 2**34
# NumPy broadcasts arrays of up to 32 axes, and results have some more than what was given.
_MOST_AXES = 24
# More steps than this take days.
_MOST_STEPS = 10**13
# A range has no more items.
_MOST_TRIALS = 2**63 - 1
_LEAST_SQUARED, _MOST_SQUARED = 1e-150, 1e150
_LONGEST_SEED = 2**1024
_MOST_THREADS = 1024


def read(model: RateModel, given: Mapping[str, object], options: tuple[str, ...] = ()) -> tuple[Array, ...]:
    """Return one array for each parameter of the model, in model order; a name not given takes its default.

    Every array is float64, finite and within its bounds; a number becomes an array without axes. `options` are the
    other names that could have been meant by a misspelt one.

    Raises ParameterError for an unknown name, for what is not a finite real number, and for a value out of bounds.
    """
    known = model_given(model).parameters
    for name in given:
        if name not in known:
            line = unknown_parameter(model, name, options)
            raise ParameterError(line, name=name, value=given[name], allowed=tuple(known))
    return tuple(
        np.asarray(p.default, dtype=np.float64) if p.name not in given else _one_of(p, given[p.name])
        for p in known.values()
    )


def _one_of(parameter: Parameter, value: object) -> Array:
    # One plain number is by far the most frequent case, and NumPy is slow with it.
    if _is_plain(value) and parameter.allows(value):
        return np.asarray(value, dtype=np.float64)
    return bounded(parameter, numbers_in(parameter.name, value, parameter.unit))


def broadcast_shape(names: "list[str]", arrays: "list[Array]") -> tuple[int, ...]:
    """Return the common shape of the arrays.

    Raises ParameterError naming two that do not fit together, with their shapes.
    """
    shape: tuple[int, ...] = ()
    grown_by: list[tuple[str, tuple[int, ...]]] = []
    for name, array in zip(names, arrays, strict=True):
        try:
            shape = np.broadcast_shapes(shape, array.shape)
        except ValueError:
            other, its = next(((n, s) for n, s in reversed(grown_by) if not _fit(s, array.shape)), ("", shape))
            if not other:
                line = f"with {name} of shape {array.shape} the parameters have more members than can be counted"
                raise ParameterError(line, name=name, value=array) from None
            line = f"{other} has shape {its} and {name} has shape {array.shape}: they do not broadcast"
            raise ParameterError(line, name=name, value=array, allowed=its) from None
        if array.shape:
            grown_by.append((name, array.shape))
    return shape


def refuse_misfits(names: "list[str]", arrays: "list[Array]") -> None:
    """Refuse arrays that do not broadcast, or only to more numbers than there is memory for."""
    if sum(array.ndim > 0 for array in arrays) > 1:
        shape = broadcast_shape(names, arrays)
        needed = 8.0 * math.prod(shape)
        refuse_beyond_memory(f"a result of shape {shape}", needed, "give fewer numbers", names[0])


def model_given(model: object) -> RateModel:
    """Return the model, if it is one.

    Raises ModelError for anything else, with the nearest thing to write.
    """
    if isinstance(model, RateModel):
        return model
    raise ModelError(
        f"model must be a RateModel, got {shown(model)}: write RateModel.single() or RateModel.wilson_cowan()"
    )


def read_transfer(
    parameters: tuple[Parameter, ...], values: tuple[object, ...], named: Mapping[str, object]
) -> tuple[Array, ...]:
    """Return the parameters of one transfer function, given by position and by name, as `read` does for a model."""
    names = [p.name for p in parameters]
    if len(values) > len(names):
        line = f"{len(values)} parameters given, the transfer function has {len(names)} ({', '.join(names)})"
        raise ParameterError(line, name="", value=values, allowed=tuple(names))
    given = dict(zip(names, values, strict=False))
    for name, value in named.items():
        if name not in names:
            raise ParameterError(unknown_name("parameter", name, names), name=name, value=value, allowed=tuple(names))
        if name in given:
            raise ParameterError(f"{name} is given twice", name=name, value=value)
        given[name] = value
    return tuple(
        _one_of(p, given[p.name]) if p.name in given else np.asarray(p.default, dtype=np.float64) for p in parameters
    )


def numbers_in(name: str, value: object, unit: str = "", *, finite: bool = True) -> Array:
    """Return `value` as a float64 array.

    Text, truth values, None, complex numbers and containers of anything but real numbers are refused, and so are
    infinities and nan unless `finite` is False.
    """
    array = _as_float64(name, value)
    if array.size == 0:
        raise ParameterError(f"{name} must hold at least one number, got an empty array", name=name, value=value)
    if finite and not (np.abs(array) <= LARGEST).all():
        _refuse(name, array, ~np.isfinite(array), "be finite", "", value)
        _refuse(name, array, np.abs(array) > LARGEST, WITHIN_LARGEST, "", value)
    return array


def bounded(parameter: Parameter, array: Array) -> Array:
    """Return the array if every value is within the parameter's bounds; refuse the first that is not."""
    p = parameter
    if p.minimum > -math.inf:
        # "not value > minimum" and not "value <= minimum": it refuses nan as well.
        wrong = ~(array > p.minimum) if p.open_minimum else ~(array >= p.minimum)
        _refuse(p.name, array, wrong, p.above, p.unit, array)
        if p.open_minimum and p.minimum == 0:
            _refuse(p.name, array, array < SMALLEST, FROM_SMALLEST, p.unit, array)
    if p.maximum < math.inf:
        _refuse(p.name, array, ~(array <= p.maximum), p.below, p.unit, array)
    return array


def positive_number(name: str, value: object, unit: str = "ms") -> float:
    """Return one finite number greater than zero."""
    number = one_number(name, value)
    if not number > 0:
        raise ParameterError(must(name, "be positive", number, unit), name=name, value=value)
    if number < SMALLEST:
        raise ParameterError(must(name, FROM_SMALLEST, number, unit), name=name, value=value)
    return number


def deviation_given(name: str, value: object) -> float:
    """Return a standard deviation: a number that is not negative, and whose square is a double."""
    number = one_number(name, value)
    if not number >= 0:
        raise ParameterError(must(name, "not be negative", number), name=name, value=value)
    if number and not _LEAST_SQUARED <= number <= _MOST_SQUARED:
        rule = f"be 0, or from {_LEAST_SQUARED:g} to {_MOST_SQUARED:g}"
        raise ParameterError(must(name, rule, number), name=name, value=value)
    return number


def one_number(name: str, value: object) -> float:
    """Return one finite number."""
    if _is_plain(value) and abs(value) <= LARGEST:
        return float(value)
    array = numbers_in(name, value)
    if array.ndim:
        raise ParameterError(f"{name} must be one number, got an array of shape {array.shape}", name=name, value=value)
    return float(array)


def whole_number(name: str, value: object, least: int, *, below: int | None = None, most: str = "") -> int:
    """Return one whole number from `least` on; `most` is how a refusal writes the end that it is below."""
    if not _is_whole(value):
        raise ParameterError(f"{name} must be a whole number, got {shown(value)}", name=name, value=value)
    number = int(value)
    if number < least:
        line = f"{name} must be at least {least}, got {brief(number)}"
        raise ParameterError(line, name=name, value=value, allowed=least)
    if below is not None and number >= below:
        line = f"{name} must be below {most or below}, got {brief(number)}"
        raise ParameterError(line, name=name, value=value, allowed=below)
    return number


def seed_given(seed: object) -> int:
    """Return a seed: a whole number from 0 on."""
    return whole_number("seed", seed, 0, below=_LONGEST_SEED, most="2**1024")


def trial_given(name: str, value: object, least: int) -> int:
    """Return the number of a trial, or how many there are."""
    return whole_number(name, value, least, below=_MOST_TRIALS)


def threads_given(workers: object) -> int:
    """Return a number of threads; -1 stands for all processors, as in SciPy."""
    if _is_whole(workers) and workers == -1:
        return os.cpu_count() or 1
    return whole_number("workers", workers, 1, below=_MOST_THREADS + 1)


@dataclass(frozen=True, eq=False)
class Grid:
    """The samples of a run: arange(0, T, dt), as in the tutorial, and which of them are kept.

    `first` is the first sample kept and `every` how many steps lie between two.
    """

    T: float
    dt: float
    samples: int
    first: int
    every: int

    @property
    def kept(self) -> int:
        return -(-(self.samples - self.first) // self.every)

    @property
    def t(self) -> Array:
        """The times that are kept, in ms."""
        if self.kept == self.samples:
            return np.arange(0, self.T, self.dt)
        return np.asarray(np.arange(self.first, self.samples, self.every) * self.dt, dtype=np.float64)


def time_grid(T: object, dt: object, store: object, *, states: int, work: int = 0, per_sample: int = 0) -> Grid:
    """Return the samples of a run that keeps `states` numbers a sample, and needs `work` numbers beside them.

    `per_sample` are those that it needs for each sample, also for one that is not kept.

    A run that needs more than 16 GiB (2**31 numbers), or half of this machine's memory, is refused before anything is
    allocated, and so is one of more steps than doubles can count.
    """
    T, dt = positive_number("T", T), positive_number("dt", dt)
    if not T / dt > 0:
        # Shorter than its step a run still has the sample at 0; the grid of one whose quotient underflows has none.
        line = f"T must not vanish beside dt, got T={T!r} with dt={dt!r}: choose a longer T or a smaller dt"
        raise ParameterError(line, name="T", value=T, allowed=dt)
    if not T / dt < 2**53:
        steps = f"T={T!r} with dt={dt!r} is {T / dt:.3g} steps, more than a double can count"
        raise ParameterError(f"{steps}: choose a shorter T or a larger dt", name="dt", value=dt, allowed=2**53)
    samples = math.ceil(T / dt)
    first, every = _kept(store, samples)
    kept = -(-(samples - first) // every)
    what = f"T={T!r} with dt={dt!r}"
    detail = f" ({samples:.3g} samples" + (f" of {states} numbers" if states > 1 else "") + ")"
    instead = "choose a shorter T or a larger dt"
    fewer = ", or keep fewer samples (store=100, store='last')" if kept > 1 and states > 1 else ""
    needed = 8.0 * (kept * (max(states, 1) + 1) + work + samples * per_sample)
    refuse_beyond_memory(what, needed, instead + fewer, "dt", detail)
    # An ensemble is stepped some ten times as fast as one member.
    if samples * max(states, 10) > _MOST_STEPS:
        line = f"{what} is {samples * max(states, 1):.3g} steps{detail}, which would take hours or days: {instead}"
        raise ParameterError(line, name="dt", value=dt, allowed=_MOST_STEPS)
    return Grid(T, dt, samples, first, every)


def refuse_beyond_memory(what: str, needed: float, instead: str, name: str, detail: str = "") -> None:
    """Refuse what needs so many bytes if that is more than 16 GiB, or half of the memory there is."""
    limit = min(LARGEST_RESULT, _memory() // 2)
    if not needed <= limit:
        line = f"{what} needs {needed / 2**30:,.1f} GiB{detail}, more than the limit of {limit / 2**30:,.1f} GiB"
        raise ParameterError(f"{line}: {instead}", name=name, value=needed, allowed=limit)


def _kept(store: object, samples: int) -> tuple[int, int]:
    """Return the first sample kept and the distance between two."""
    if isinstance(store, str):
        if choice("store", store, ("all", "last")) == "all":
            return 0, 1
        return samples - 1, 1
    if not _is_whole(store):
        line = f"store must be 'all', 'last' or a whole number of steps between samples, got {shown(store)}"
        raise ParameterError(line, name="store", value=store, allowed=("all", "last"))
    return 0, min(whole_number("store", store, 1), samples)


def population_names(given: "Mapping[Any, Any]", known: "tuple[str, ...]", where: str) -> None:
    """Refuse a mapping by population that names one there is not."""
    for name in given:
        if name not in known:
            line = unknown_name("population", name, list(known), where)
            raise ParameterError(line, name=where, value=given, allowed=known)


def initial_rates(model: RateModel, value: object) -> Array:
    """Return the initial rates: the values as they are for one population, with a last axis of N for several.

    For several populations a number starts all of them, a list gives one number each, a mapping gives them by name
    (each of which may be an array of ensemble members).
    """
    names = [p.name for p in model.populations]
    if model.is_single:
        if _is_plain(value) and abs(value) <= LARGEST:
            return np.asarray(value, dtype=np.float64)
        return numbers_in("r_init", value)
    if isinstance(value, Mapping):
        population_names(value, tuple(names), "r_init")
        missing = [n for n in names if n not in value]
        if missing:
            raise ParameterError(f"r_init has no value for population {missing[0]!r}", name="r_init", value=value)
        columns = [numbers_in(f"r_init[{n!r}]", value[n]) for n in names]
        broadcast_shape([f"r_init[{n!r}]" for n in names], columns)
        return np.stack(np.broadcast_arrays(*columns), axis=-1)
    array = numbers_in("r_init", value)
    if array.ndim == 0:
        return np.full(len(names), float(array))
    if array.shape[-1] != len(names):
        has = f"model {model.name!r} has {len(names)} populations ({', '.join(names)})"
        line = f"r_init has {array.shape[-1]} value{'s' * (array.shape[-1] != 1)}, {has}"
        raise ParameterError(line, name="r_init", value=value, allowed=tuple(names))
    return array


def on_grid(name: str, array: Array, grid: Grid, otherwise: str = "") -> Array:
    """Return an input that is a number or has one sample for each time; `otherwise` says what it might have been."""
    if array.ndim > 1:
        line = f"{name} must be a number or one sample per time step, got an array of shape {array.shape}"
        raise ParameterError(line, name=name, value=array, allowed=(grid.samples,))
    if array.ndim == 1:
        as_long_as_grid(name, array.size, grid, array, otherwise)
    return array


def as_long_as_grid(name: str, size: int, grid: Grid, value: object, otherwise: str = "") -> None:
    """Refuse a number of samples other than the time grid's; both are named."""
    if size != grid.samples:
        line = f"{name} has {size} sample{'s' * (size != 1)}, the time grid has {grid.samples}"
        line = f"{line} (T={grid.T!r}, dt={grid.dt!r})"
        # One sample more or less is a slip about the grid.
        line += f": {otherwise}" if otherwise and size > 1 and abs(size - grid.samples) > 1 else ""
        raise ParameterError(line, name=name, value=value, allowed=(grid.samples,))


def choice(name: str, value: object, known: tuple[str, ...]) -> str:
    """Return one of the known words."""
    if not isinstance(value, str) or value not in known:
        line = unknown_name(name, value, list(known))
        raise ParameterError(line, name=name, value=value, allowed=known)
    return value


def _is_plain(value: object) -> TypeGuard[float]:
    """Whether a value is a float, or an integer that is one without rounding."""
    return type(value) is float or (type(value) is int and -(2**53) <= value <= 2**53)


def _is_whole(value: object) -> TypeGuard[int]:
    # NumPy counts time differences among the integers.
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.timedelta64))


def _as_float64(name: str, value: object, depth: int = 0) -> Array:
    if isinstance(value, (bool, np.bool_)) or value is None or isinstance(value, (str, bytes, complex, Mapping)):
        raise _not_a_number(name, value)
    if isinstance(value, numbers.Real):
        return np.asarray(real_number(name, value))
    if isinstance(value, (list, tuple)):
        return _sequence(name, value, depth)
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ParameterError(f"{name} must be given without masked values", name=name, value=value)
    if isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "__array__"):
        try:
            array = np.asarray(value)
        except Exception as error:
            line = f"{name} must hold real numbers, got {shown(value)}, which NumPy cannot read"
            raise ParameterError(line, name=name, value=value) from error
        if array.dtype.kind in "iuf":
            return _doubles(name, array)
        if array.ndim == 0:
            raise _not_a_number(name, array.item())
        line = f"{name} must hold real numbers, got an array of dtype {array.dtype}"
        raise ParameterError(line, name=name, value=value)
    raise _not_a_number(name, value)


def _doubles(name: str, array: NDArray[Any]) -> Array:
    """Return a copy of an array of real numbers as doubles: infinite, silently, where one is beyond them."""
    if array.ndim > _MOST_AXES:
        line = f"{name} must have at most {_MOST_AXES} axes, got an array of {array.ndim}"
        raise ParameterError(line, name=name, value=array, allowed=_MOST_AXES)
    # An array that repeats itself is larger than the memory that it takes.
    refuse_beyond_memory(f"{name} of shape {array.shape}", 8.0 * array.size, "give fewer numbers", name)
    if array.dtype.itemsize > 8:
        array = np.where(np.abs(array) > np.finfo(np.float64).max, np.copysign(np.inf, array), array)
    return array.astype(np.float64)


def _sequence(name: str, value: "list[object] | tuple[object, ...]", depth: int) -> Array:
    """Return a list as an array; its items are looked at one by one, since NumPy takes True for 1.0."""
    if depth == _MOST_AXES:
        outermost = re.sub(r"(\[\d+\])+$", "", name)
        line = f"{outermost} must be nested at most {_MOST_AXES} deep: is a list in itself?"
        raise ParameterError(line, name=name, value=value, allowed=_MOST_AXES)
    if all(map(_is_plain, value)):
        return np.array(value, dtype=np.float64)
    items = [_as_float64(f"{name}[{i}]", item, depth + 1) for i, item in enumerate(value)]
    if not items:
        return np.empty(0)
    if len({item.shape for item in items}) > 1:
        raise ParameterError(f"{name} must be rectangular: its items have different lengths", name=name, value=value)
    return np.stack(items)


def _not_a_number(name: str, value: object) -> ParameterError:
    return ParameterError(f"{name} must be a number, got {shown(value)}", name=name, value=value)


def _refuse(name: str, array: Array, wrong: NDArray[np.bool_], rule: str, unit: str, value: object) -> None:
    if not wrong.any():
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    bad = float(array[index])
    where = "" if not index else f" at index {index[0] if len(index) == 1 else index}"
    raise ParameterError(must(name, rule, bad, unit) + where, name=name, value=bad if index else value)


@cache
def _memory() -> int:
    """The memory that this process may use, in bytes; where the system does not tell, twice the largest result.

    That of the machine, or less where its container or the shell (ulimit -v) allows less.
    """
    least = 2 * LARGEST_RESULT
    with contextlib.suppress(AttributeError, OSError, ValueError):
        least = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # "max" where there is no limit
        least = min(least, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    with contextlib.suppress(ImportError):  # there is none on Windows
        import resource

        allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
        least = least if allowed == resource.RLIM_INFINITY else min(least, allowed)
    return least


def _fit(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(a in (1, b) or b == 1 for a, b in zip(reversed(one), reversed(other), strict=False))


def parameters_of(model: RateModel, values: Sequence[Array]) -> dict[str, Any]:
    """Return the parameters by name: a float for a number, the array for an array."""
    return {n: float(v) if v.ndim == 0 else v for n, v in zip(model.parameters, values, strict=True)}
