"""Up to which magnitudes the numbers are promised, and silence beyond.

Where every product of parameters stays within doubles a warning of NumPy's would be a fault of the formula: none is
hidden. Beyond, the result itself says so: it is infinite or nan, or its case is that a number lies outside.
"""

from collections.abc import Iterable

import numpy as np

from .door import Array

# Fixed points are promised for parameters up to this.
LARGEST = 1e90
# F'' of naka_rushton multiplies five: those between the inverse of this and this stay within doubles.
_MODERATE = 1e60


def quiet_beyond(values: Iterable[Array]) -> np.errstate:
    """Return a context that is silent where products may leave the doubles, and changes nothing elsewhere."""
    return np.errstate() if all(map(_is_moderate, values)) else np.errstate(all="ignore")


def _is_moderate(value: Array) -> bool:
    if value.ndim == 0:
        size = abs(float(value))
        return size == 0 or 1 / _MODERATE <= size <= _MODERATE
    sizes = np.abs(value)
    return bool(((sizes == 0) | ((sizes >= 1 / _MODERATE) & (sizes <= _MODERATE))).all())
