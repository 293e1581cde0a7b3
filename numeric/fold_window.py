"""Which inputs a fold curve is drawn for, and how they are spaced."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from ..symbolic.transfer import Coordinate
from .certified_pieces import cuts_and_pieces
from .closed_forms import with_fifty_digits
from .compile import CompiledTransfer
from .door import Array
from .level_roots import goes_on
from .one_set import Interval, OneSet

# F' of more than a hundredth of its largest value: a logistic function's within 6/a of its threshold, and so on.
_LEAST = 0.01
_OF_LOGISTIC, _OF_POSITIVE, _OF_LINE = sympy.Integer(6), sympy.Rational(23, 5), sympy.Integer(3)
_SCANNED = 4001


@dataclass(frozen=True)
class Window:
    """The inputs from the first to the last of `places`; between two of these F' is monotone.

    `corners` are those at which F has a kink or jumps. The curve's points are spread evenly in u, x(u) rising.
    """

    places: Array
    corners: tuple[float, ...]
    x_of: Callable[[Any], Any]
    u_of: Callable[[float], float]


def window_of(
    s: OneSet, f: CompiledTransfer, stated: Interval | None, searched: Interval, bends: Sequence[float]
) -> Window:
    """Return the inputs of a fold curve: those stated, or where F' is not small and `bends` were searched for.

    `bends` are the inputs at which F'' changes its sign.
    """
    cuts, corners = _corners(s)
    c = s.transfer.coordinate
    if stated is not None:
        low, high = stated
    elif c is not None:
        low, high = _in_coordinate(s, c)
    else:
        low, high = _where_steep(s, f, [*cuts, *bends])
        low, high = max(low, searched[0]), min(high, searched[1])
    inside = np.array(sorted({low, high, *(at for at in (*cuts, *bends) if low < at < high)}))
    if stated is not None or s.transfer.threshold is None:
        return Window(inside, corners, np.asarray, float)
    edge = float(with_fifty_digits([s.transfer.threshold], s.exact_values)[0])
    # Above a threshold the magnitude of the distance counts.
    return Window(inside, corners, lambda u: edge + np.exp(u), lambda x: math.log(x - edge))


def _corners(s: OneSet) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the inputs at which cases change, and those of them at which F has a kink or jumps."""
    if s.transfer.has_closed_forms:
        kinks = tuple(float(v) for v in with_fifty_digits(list(s.transfer.kinks), s.exact_values))
        return kinks, kinks
    divided = cuts_and_pieces(s.in_cases())
    if divided is None:
        return (), ()
    cuts, pieces = divided
    smooth = [
        all(goes_on(left, right, order, cut) for order in (0, 1))
        for cut, (left, right) in zip(cuts, pairwise(pieces), strict=True)
    ]
    places = tuple(float(cut.ball) for cut in cuts)
    return places, tuple(at for at, is_smooth in zip(places, smooth, strict=True) if not is_smooth)


def _in_coordinate(s: OneSet, c: Coordinate) -> Interval:
    """Return the ends of the inputs through which the coordinate runs in which F is simple."""
    low, high = c.domain.args[:2]
    if (low, high) == (0, 1):
        ends = [1 / (1 + sympy.exp(-u)) for u in (-_OF_LOGISTIC, _OF_LOGISTIC)]
    elif (low, high) == (-1, 1):
        ends = [sympy.tanh(u) for u in (-_OF_LINE, _OF_LINE)]
    elif (low, high) == (0, sympy.oo):
        ends = [sympy.exp(u) for u in (-_OF_POSITIVE, _OF_POSITIVE)]
    else:
        ends = [-_OF_LINE, _OF_LINE]
    first, last = with_fifty_digits([c.x.subs(c.z, end) for end in ends], s.exact_values)
    return float(first), float(last)


def _where_steep(s: OneSet, f: CompiledTransfer, centres: Sequence[float]) -> Interval:
    """Return the inputs around the centres at which F' is more than a hundredth of its largest value on a scan."""
    steps = np.concatenate([[0.0], np.geomspace(1e-3, 1e2, _SCANNED // 2)])
    around = sorted({0.0} if not centres else set(centres))
    # Past the outermost centres by as much as they lie apart, and by some units.
    room = max(around[-1] - around[0], 10.0)
    scanned = np.concatenate([at + side * steps for at in around for side in (-1, 1)])
    scanned = np.unique(np.concatenate([scanned, np.linspace(around[0] - room, around[-1] + room, _SCANNED)]))
    scanned = scanned[(scanned >= around[0] - room) & (scanned <= around[-1] + room)]
    steep = np.abs(f.dF(scanned, **s.own_shape))
    steep = np.where(np.isfinite(steep), steep, 0.0)
    kept = scanned[steep >= _LEAST * steep.max()] if steep.max() > 0 else scanned
    low, high = float(kept[0]), float(kept[-1])
    return (low, high) if low < high else (around[0] - room, around[-1] + room)
