"""Input that changes with time: samples on the time grid, or a function of time at the stages of a scheme."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sympy import Rational

from ..symbolic.errors import ParameterError, raised, shown
from ..symbolic.model import RateModel
from . import door
from .door import Array, Grid

Input = ArrayLike | Callable[[Any], Any] | Mapping[str, Any]

# Times at which a function is looked at for the range of its values.
_LEVELS = 10_000

_One = Array | Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class Drive:
    """What comes on top of I_ext: for each population a number, samples that hold until the next one, or a function."""

    grid: Grid
    inputs: tuple[_One, ...]

    @classmethod
    def of(
        cls, model: RateModel, values: "tuple[Array, ...]", given: object, grid: Grid
    ) -> "tuple[Drive | None, tuple[Array, ...]]":
        """Return the drive, if there is one, and the parameters without it.

        Where no input is given, I_ext itself may be samples; it is then taken out of the parameters.
        """
        zero = np.zeros(())
        if given is not None:
            inputs = _by_population(model, given, grid)
            steady = all(not callable(one) and one.ndim == 0 and one == 0 for one in inputs)
            return (None if steady else cls(grid, inputs)), values
        if all(v.ndim == 0 for v in values):
            return None, values
        own = {p.I_ext.name: i for i, p in enumerate(model.populations)}
        sampled: list[_One] = [zero] * len(own)
        kept = list(values)
        for place, (name, value) in enumerate(zip(model.parameters, values, strict=True)):
            if name in own and value.ndim:
                sampled[own[name]] = door.on_grid(name, value, grid, "for an ensemble, write input=0.0 beside it")
                kept[place] = zero
        if all(not callable(one) and one.ndim == 0 for one in sampled):
            return None, values
        return cls(grid, tuple(sampled)), tuple(kept)

    @property
    def is_smooth(self) -> bool:
        """Whether no population's input jumps at samples."""
        return all(callable(one) or one.ndim == 0 for one in self.inputs)

    @property
    def is_sampled(self) -> bool:
        """Whether no population's input is a function of time."""
        return not any(callable(one) for one in self.inputs)

    def at_nodes(self, nodes: tuple[Rational, ...], first: int, last: int) -> Array:
        """Return the drive of the steps first, ..., last - 1 at the nodes of a scheme, shape (steps, nodes, N).

        No step follows the last sample: a function is not asked for the times after it, and there the table holds 0.
        """
        steps = np.arange(first, last)
        table = np.zeros((steps.size, len(nodes), len(self.inputs)))
        for i, one in enumerate(self.inputs):
            for n, node in enumerate(nodes):
                if callable(one):
                    asked = steps if node == 0 else steps[steps < self.grid.samples - 1]
                    times = np.asarray((asked + float(node)) * self.grid.dt, dtype=np.float64)
                    table[: asked.size, n, i] = function_at(one, times)
                else:
                    table[:, n, i] = one if one.ndim == 0 else one[first:last]
        return table

    def levels(self, population: int) -> Array:
        """Return the numbers that the drive of a population takes at the samples: of a function some, over the run."""
        one, steps = self.inputs[population], max(self.grid.samples - 1, 1)
        if not callable(one):
            return one.reshape(-1)[:steps]
        some = np.unique(np.linspace(0, steps - 1, min(steps, _LEVELS)).round())
        return function_at(one, np.asarray(some * self.grid.dt, dtype=np.float64))

    def at_time(self, t: float, step: int) -> list[float]:
        """Return the drive at a time within a step."""
        return [
            float(function_at(one, np.asarray(t))) if callable(one) else float(one if one.ndim == 0 else one[step])
            for one in self.inputs
        ]


def function_at(function: Callable[[Any], Any], times: Array) -> Array:
    """Return a function of time at many times, asking it for all of them at once if it takes arrays.

    Raises ParameterError where it raises an error itself, and where it does not return one finite real number.
    """
    if times.ndim == 0:
        return np.asarray(_at_once(function, float(times)))
    if times.size > 1:
        # It may take one number at a time, as math.sin does; what else is wrong with it shows there, with the time.
        # So does what NumPy would warn of: t/0 is an error of one time, not a warning about all.
        with contextlib.suppress(Exception), np.errstate(divide="raise", over="raise", invalid="raise"):
            given = function(times)
            # One number for many times was made of all of them, or does not depend on them; only asking tells.
            if np.shape(given) == times.shape:
                return door.numbers_in("input", given)
    return np.array([_at_once(function, float(t)) for t in times])


def _at_once(function: Callable[[Any], Any], t: float) -> float:
    try:
        given = function(t)
    except Exception as error:
        line = f"input raised {raised(error)} at t={t:.12g} ms"
        raise ParameterError(line, name="input", value=function) from error
    name = f"input at t={t:.12g} ms"
    if isinstance(given, (bool, np.bool_)):
        line = f"{name} must be a number, got {shown(given)}: write 1.0*(...) around the condition, as in 1.0*(t > 5)"
        raise ParameterError(line, name=name, value=given)
    return door.one_number(name, given)


def _by_population(model: RateModel, given: object, grid: Grid) -> tuple[_One, ...]:
    names = tuple(p.name for p in model.populations)
    if isinstance(given, Mapping):
        if model.is_single:
            line = f"input must be a number, samples or a function of time for model {model.name!r}, got a mapping"
            raise ParameterError(line, name="input", value=given)
        door.population_names(given, names, "input")
        return tuple(_one(f"input[{name!r}]", given[name], grid) if name in given else np.zeros(()) for name in names)
    one = _one("input", given, grid)
    if len(names) > 1 and (callable(one) or one.ndim or one != 0):
        line = (
            f"input must name its population, as in input={{{names[0]!r}: ...}}: model {model.name!r} has {len(names)}"
        )
        raise ParameterError(line, name="input", value=given, allowed=names)
    return (one,) * len(names)


def _one(name: str, value: object, grid: Grid) -> _One:
    if callable(value):
        return value
    return door.on_grid(name, door.numbers_in(name, value), grid)
