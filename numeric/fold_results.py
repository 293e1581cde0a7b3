"""What is found of turning points, folds, cusps and the range of F: frozen values, printed as tables."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..symbolic.model import RateModel
from .door import Array
from .frozen import Result, plain, table
from .wording import counted

Interval = tuple[float, float]

# The heads of a table, and its rows.
Rows = tuple[list[str], list[list[str]]]

EVERYWHERE = (-math.inf, math.inf)
# So many rows are printed; a list of more says how many there are beyond.
MOST_SHOWN = 20


@dataclass(frozen=True, eq=False)
class CriticalPoints(Result):
    """The inputs at which h(x) = x - I_ext - w F(x) turns, ordered: arrays of shape (count,).

    `r` is F(x), and `I_ext` the external input at which two fixed points meet there, x - w F(x). `direction` is
    "maximum" where they vanish as I_ext rises past that, "minimum" where they vanish as it falls, and "none" where h
    only levels out (a cusp) or, at a jump, does not turn. `kind` is "smooth" (w F'(x) = 1), "kink" (the slope jumps
    over 1/w: a border collision) or "jump" (F jumps; one row for each side of it). `status` is "closed form",
    "certified" or "undecided"; `enclosure` and `I_ext_enclosure` hold lower and upper bounds on a last axis of two:
    proved, or of a closed form evaluated with fifty digits.

    `interval` is where was searched; an infinite end says that there is none beyond, with proof. `complete` says that
    none is missing there, and that this is the line or what was asked for.
    """

    model: RateModel
    parameters: Mapping[str, float]
    x: Array
    r: Array
    I_ext: Array
    direction: NDArray[np.str_]
    kind: NDArray[np.str_]
    status: NDArray[np.str_]
    enclosure: Array
    I_ext_enclosure: Array
    interval: Interval
    complete: bool
    note: str = ""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.x)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold; an end at infinity is None."""
        names = ("x", "r", "I_ext", "direction", "kind", "status", "enclosure", "I_ext_enclosure")
        columns = {name: plain(getattr(self, name)) for name in names}
        points = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return {"critical_points": points, **_where(self)}

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value:g}" for name, value in self.parameters.items())
        head = _head(f"{counted(self.count, 'turning point')} of {self.model.name!r} ({given})", self)
        return "\n".join([head, *_rows_shown(*rows_of(self))])


@dataclass(frozen=True)
class Cusp(Result):
    """A point at which two branches of the fold curve meet: h, h' and h'' vanish there.

    `kind` is "smooth" (F''(x) = 0) or "switch" (F'' jumps over 0 where the formula changes from one case to another).
    `enclosure` has lower and upper bounds of x, and `w_enclosure`, `I_ext_enclosure` and `r_enclosure` of the others.
    """

    x: float
    w: float
    I_ext: float
    r: float
    kind: str
    status: str
    enclosure: Interval
    w_enclosure: Interval
    I_ext_enclosure: Interval
    r_enclosure: Interval

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold."""
        return plain(vars(self) | {})  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"Cusp(w={_four(self.w)}, I_ext={_four(self.I_ext)}, r={_four(self.r)})"


@dataclass(frozen=True, eq=False)
class Cusps(Result):
    """Every cusp of a model, ordered by rising input x.

    `w`, `I_ext`, `r` and `x` are numbers where there is one cusp, and arrays of shape (count,) else; `points` has one
    `Cusp` each. `interval` and `complete` as in `CriticalPoints`.
    """

    model: RateModel
    parameters: Mapping[str, float]
    points: tuple[Cusp, ...]
    interval: Interval
    complete: bool
    note: str = ""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.points)

    @property
    def w(self) -> Any:
        """The recurrent weight at each."""
        return self._column("w")

    @property
    def I_ext(self) -> Any:
        """The external input at each."""
        return self._column("I_ext")

    @property
    def r(self) -> Any:
        """The rate at each."""
        return self._column("r")

    @property
    def x(self) -> Any:
        """The total input at each."""
        return self._column("x")

    def _column(self, name: str) -> Any:
        values = [float(getattr(point, name)) for point in self.points]
        if len(values) == 1:
            return values[0]
        array = np.array(values)
        array.flags.writeable = False
        return array

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold; an end at infinity is None."""
        return {"cusps": [point.to_dict() for point in self.points], **_where(self)}

    def __repr__(self) -> str:
        head = _head(f"{counted(self.count, 'cusp')} of {self.model.name!r} ({_shape_shown(self)})", self)
        return "\n".join([head, *_rows_shown(*rows_of(self))])


@dataclass(frozen=True, eq=False)
class FoldCurve(Result):
    """Where two fixed points meet: arrays of shape (points,), by rising input x.

    w = 1/F'(x), I_ext = x - F(x)/F'(x) and r = F(x). `branch` numbers the pieces of the curve, from 0: it breaks where
    F' is 0, and where F or F' jumps. `interval` is the range of x that is shown.
    """

    model: RateModel
    parameters: Mapping[str, float]
    x: Array
    w: Array
    I_ext: Array
    r: Array
    branch: NDArray[np.int_]
    cusps: Cusps
    interval: Interval

    @property
    def cusp(self) -> Cusp | None:
        """The cusp, where there is just one; None else."""
        return self.cusps.points[0] if self.cusps.count == 1 else None

    @property
    def branches(self) -> tuple[slice, ...]:
        """Where each branch stands in the arrays."""
        numbers = range(int(self.branch[-1]) + 1) if len(self.branch) else ()
        ends = [(np.searchsorted(self.branch, n), np.searchsorted(self.branch, n, side="right")) for n in numbers]
        return tuple(slice(int(start), int(stop)) for start, stop in ends)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold."""
        columns = {name: plain(getattr(self, name)) for name in ("x", "w", "I_ext", "r", "branch")}
        return {**columns, "interval": plain(list(self.interval)), **self.cusps.to_dict()}

    def __repr__(self) -> str:
        head = f"FoldCurve of {self.model.name!r} ({_shape_shown(self)}): {size_of(self)}"
        return "\n".join([head, *_rows_shown(*rows_of(self)), *map(repr, self.cusps.points[:MOST_SHOWN])])


@dataclass(frozen=True, eq=False)
class RateRange(Result):
    """The values that F takes, and what follows for the rate, whatever the weight and the input.

    `low` and `high` bound every value of F on `interval`, from outside; `low_enclosure` and `high_enclosure` say
    between which numbers its infimum and its supremum lie. `status` is "closed form" or "certified". With `interval`
    the whole line [low, high] is a trapping region: the rate is drawn to it, and never leaves it from inside; with less
    it is one for inputs that stay there.
    """

    model: RateModel
    parameters: Mapping[str, float]
    low: float
    high: float
    low_enclosure: Interval
    high_enclosure: Interval
    interval: Interval
    status: str

    @property
    def is_bounded(self) -> bool:
        """Whether both bounds are finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def is_tight(self) -> bool:
        """Whether both bounds are reached or approached, to the last digits."""
        return all(
            low == high or (math.isfinite(high - low) and high - low <= 4 * math.ulp(max(abs(low), abs(high))))
            for low, high in (self.low_enclosure, self.high_enclosure)
        )

    @property
    def holds_everywhere(self) -> bool:
        """Whether the bounds hold for every input."""
        return self.interval == EVERYWHERE

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold; a bound or end at infinity is None."""
        return {
            "low": plain(self.low),
            "high": plain(self.high),
            "low_enclosure": plain(list(self.low_enclosure)),
            "high_enclosure": plain(list(self.high_enclosure)),
            "interval": plain(list(self.interval)),
            "status": self.status,
            "bounded": self.is_bounded,
            "model": self.model.name,
            "parameters": plain(dict(self.parameters)),
        }

    def __repr__(self) -> str:
        return f"F of {self.model.name!r} ({_shape_shown(self)}) {bounds_in_words(self)}"


# What is told of them -------------------------------------------------------------------------------------------------


def rows_of(found: CriticalPoints | Cusp | Cusps | FoldCurve) -> Rows:
    """Return a table of turning points, of cusps or of the branches of a fold curve: its heads, and its rows."""
    match found:
        case CriticalPoints():
            heads = ["x", "r", "I_ext", "direction", "kind", "status"]
            numbers = zip(found.x, found.r, found.I_ext, strict=True)
            words = zip(found.direction, found.kind, found.status, strict=True)
            return heads, [[*map(_six, n), *map(str, w)] for n, w in zip(numbers, words, strict=True)]
        case Cusp():
            row = [*map(_six, (found.w, found.I_ext, found.r, found.x)), found.kind, found.status]
            return ["w", "I_ext", "r", "x", "kind", "status"], [row]
        case Cusps():
            tables = [rows_of(point) for point in found.points]
            return (tables[0][0] if tables else []), [row for _, rows in tables for row in rows]
        case FoldCurve():
            rows = [
                [str(n), _between(found.w[s].min(), found.w[s].max()), _between(found.r[s][0], found.r[s][-1])]
                for n, s in enumerate(found.branches)
            ]
            return ["branch", "w", "r"], rows


def size_of(curve: FoldCurve) -> str:
    """Return how many points and branches a fold curve has, in words."""
    branches = len(curve.branches)
    return f"{len(curve.x)} points on {branches} branch{'es' * (branches != 1)}, {inputs_in_words(curve.interval)}"


def bounds_in_words(found: RateRange) -> str:
    """Return between which numbers the values of F lie, for which inputs, and how that is known."""
    tight = "" if found.is_tight else ", from outside"
    where = "every input" if found.holds_everywhere else inputs_in_words(found.interval)
    return f"lies from {_between(found.low, found.high)}, for {where} ({found.status}{tight})"


def inputs_in_words(interval: Interval, write: Callable[[float], str] = "{:g}".format) -> str:
    """Return which inputs an interval holds.

    >>> inputs_in_words((-math.inf, math.inf)), inputs_in_words((-1.5, 2.0))
    ('all inputs', 'inputs from -1.5 to 2')
    """
    low, high = interval
    if math.isinf(low) and math.isinf(high):
        return "all inputs"
    if math.isinf(low):
        return f"inputs up to {write(high)}"
    return f"inputs from {write(low)} on" if math.isinf(high) else f"inputs from {write(low)} to {write(high)}"


def _rows_shown(heads: list[str], rows: list[list[str]]) -> list[str]:
    """Return the first rows as a table, and how many there are beyond."""
    more = [f"  and {len(rows) - MOST_SHOWN} more"] if len(rows) > MOST_SHOWN else []
    return [table(heads, rows[:MOST_SHOWN]), *more] if rows else []


def _six(value: float) -> str:
    return f"{value:.6g}"


def _between(low: float, high: float) -> str:
    return f"{_six(low)} to {_six(high)}"


def _four(value: float) -> str:
    return f"{value:.4f}" if value == 0 or 1e-2 <= abs(value) < 1e4 else f"{value:.5g}"


def _shape_shown(result: Any) -> str:
    (population,) = result.model.populations
    return ", ".join(f"{p.name}={result.parameters[p.name]:g}" for p in population.shape)


def _where(result: CriticalPoints | Cusps) -> dict[str, Any]:
    return {
        "interval": plain(list(result.interval)),
        "complete": result.complete,
        "note": result.note,
        "model": result.model.name,
        "parameters": plain(dict(result.parameters)),
    }


def _head(what: str, result: CriticalPoints | Cusps) -> str:
    done = "complete" if result.complete else "NOT complete"
    where = "" if result.interval == EVERYWHERE else f" among {inputs_in_words(result.interval)}"
    return f"{what}, {done}{where}" + (f"\n{result.note}" if result.note else "")
