"""Many roots at once of x = I + w F(x), each on a piece where h(x) = x - I - w F(x) is monotone and its slope too.

Started at the end of the piece where h and h'' have one sign, Newton's method runs to the root without ever passing it
(Fourier): no guess enters and no bracket has to be kept. It runs on the rough forms of F, until rounding turns it
round; one step on the stable forms then leaves what the conditioning of the problem leaves.
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


def solved(sets: "Sets", start: Array, other: Array, rising: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    """Return the input, the rate and F' at the root of each set between `start` and `other`.

    h has opposite signs there, is monotone between, and at `start` has the sign of h''; `rising` says whether it rises
    with x.
    """
    x, slow = _approached(sets, start, other)
    low, high = np.minimum(start, other), np.maximum(start, other)
    if slow.size:
        some = sets.select(slow)
        x[slow] = roots_between(
            lambda at, which: (some if which.size == some.size else some.select(which)).h(at),
            *(low[slow], high[slow], rising[slow]),
        )
    return _polished(sets, x, low, high)


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
        settled = (moved <= 4 * EPS * np.abs(x)) | ((change < 0.1) & (moved * bend**3 <= EPS * np.abs(new)))
        x, last_moved, last_slope = new, moved, slope
        if settled.any():
            found[which[settled]] = new[settled]
            going = np.flatnonzero(~settled)
            if not going.size:
                return found, going
            x, end, ahead, last_moved, last_slope = (v[going] for v in (x, end, ahead, last_moved, last_slope))
            which, some = which[going], some.select(going)
    return found, which


def _polished(sets: "Sets", x: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Take Newton's last step on the stable forms; again where it was large against x, as near a root at 0."""
    F, slope = sets.F(x), sets.rough_slope(x)
    new = _step(sets, x, F, slope, low, high)
    r = F + sets.rough_dF(x) * (new - x)
    far = np.flatnonzero(np.abs(new - x) > 2.0**-24 * np.abs(new))
    for _ in range(POLISHINGS):
        if not far.size:
            break
        some, at = sets.select(far), new[far]
        F = some.F(at)
        nearer = _step(some, at, F, some.rough_slope(at), low[far], high[far])
        new[far], r[far] = nearer, F + some.rough_dF(at) * (nearer - at)
        far = far[np.abs(nearer - at) > 2.0**-24 * np.abs(nearer)]
    return new, r, sets.dF(new)


def _step(sets: "Sets", x: Array, F: Array, slope: Array, low: Array, high: Array) -> Array:
    step = (x - sets.back(F)) / np.where(slope == 0, np.inf, slope)
    return np.minimum(np.maximum(x - step, low), high)
