"""Many roots at once of x = I + w F(x), each on a piece where h(x) = x - I - w F(x) is monotone and its slope too.

Started at the end of the piece where h and h'' have one sign, Newton's method runs to the root without ever passing it
(Fourier): no guess enters and no bracket has to be kept. It runs on the rough forms of F, until rounding turns it
round; steps on the stable forms then leave what the conditioning of the problem leaves.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .bracketing import Index, roots_between
from .door import Array

if TYPE_CHECKING:
    from .population import Sets

EPS = float(np.finfo(np.float64).eps)
# Quadratic convergence needs about six steps; along an exponential tail it is one step per 1/gain. What takes longer
# (a power over many magnitudes) is bracketed.
STEPS = 40
POLISHINGS = 5


def solved(
    sets: "Sets", start: Array, other: Array, rising: NDArray[np.bool_], at_zero: NDArray[np.bool_], slack: Array
) -> tuple[Array, Array, Array]:
    """Return the input, the rate and F' at the root of each set between `start` and `other`.

    h has opposite signs there, is monotone between, and at `start` has the sign of h''; `rising` says whether it rises
    with x, and `at_zero` whether its root is exactly 0. The rough forms may have put the end of a piece on the wrong
    side of a root that is within `slack` of it.
    """
    x, slow = _approached(sets, start, other)
    x[at_zero] = 0.0
    low, high = np.minimum(start, other) - slack, np.maximum(start, other) + slack
    slow = slow[~at_zero[slow]]
    if slow.size:
        x[slow] = _bracketed(sets, slow, low, high, rising)
    return polished(sets, x, low, high, rising)


def _bracketed(sets: "Sets", which: Index, low: Array, high: Array, rising: NDArray[np.bool_]) -> Array:
    some = sets.select(which)

    def h(at: Array, of: Index) -> Array:
        return (some if of.size == some.size else some.select(of)).h(at)

    return roots_between(h, low[which], high[which], rising[which])


def _approached(sets: "Sets", start: Array, other: Array) -> tuple[Array, Index]:
    """Return where Newton's method on the rough forms came to rest, and which sets it did not settle."""
    found = start.copy()
    x, end, which, some = start, other, np.arange(start.size), sets
    ahead = np.where(other > start, 1.0, -1.0)
    last_moved, last_slope = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    for _ in range(STEPS):
        h, slope = some.rough_h(x)
        slope = np.where(slope == 0, EPS, slope)
        # Where F is too large to tell, h is nan, and stays so: the bracket settles it.
        new = x - h / slope
        # Rounding may carry a step past the end of the piece.
        new = np.where((end - new) * ahead < 0, end, new)
        moved = (new - x) * ahead
        # By how much the slope will change along this step, if it changes as along the last one: half of that, times
        # the step, is left to go, and the polishing squares it.
        change = np.abs(slope / last_slope - 1)
        bend = change * np.abs(moved / last_moved)
        small = moved * np.minimum(bend, 1.0) ** 3 <= EPS * np.abs(new)
        settled = (moved <= 4 * EPS * np.abs(x)) | ((change < 0.1) & small)
        x, last_moved, last_slope = new, moved, slope
        if settled.any():
            found[which[settled]] = new[settled]
            going = np.flatnonzero(~settled)
            if not going.size:
                return found, going
            x, end, ahead, last_moved, last_slope = (v[going] for v in (x, end, ahead, last_moved, last_slope))
            which, some = which[going], some.select(going)
    return found, which


def polished(sets: "Sets", x: Array, low: Array, high: Array, rising: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    """Take Newton's last steps, on the stable forms: one is enough unless the slope of h still changes along it.

    What a step leaves is half of what it moved, times the change of the slope along it.
    """
    new, r, dF, moved, slope = _step(sets, x, low, high)
    for _ in range(POLISHINGS):
        left = np.abs(moved * (sets.slope_of(dF) / slope - 1))
        far = np.flatnonzero(~(left <= EPS * np.abs(new)))
        if not far.size:
            return new, r, dF
        some = sets.select(far)
        new[far], r[far], dF[far], moved[far], slope[far] = _step(some, new[far], low[far], high[far])
    # A knee: h is straight on both sides of it, and Newton's method creeps along the bend.
    x = new.copy()
    x[far] = _bracketed(sets, far, low, high, rising)
    some = sets.select(far)
    new[far], r[far], dF[far] = x[far], some.F(x[far]), some.dF(x[far])
    return new, r, dF


def _step(sets: "Sets", x: Array, low: Array, high: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return the next input, the rate and F' there, how far the step goes, and the slope of h at its start."""
    F, dF = sets.F(x), sets.rough_dF(x)
    slope = sets.slope_of(dF)
    slope = np.where(slope == 0, np.inf, slope)
    new = np.minimum(np.maximum(x - (x - sets.back(F)) / slope, low), high)
    moved = new - x
    # A step beyond 1e100 ends where nothing is decided: kept from the last product, which might overflow.
    return new, F + dF * np.minimum(np.maximum(moved, -1e100), 1e100), sets.dF(new), moved, slope
