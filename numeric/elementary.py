"""Elementary functions of arrays: what generated lines call. None overflows, divides by zero or warns.

Each is right to about one unit in the last place of its value, unless it says otherwise; where NumPy or SciPy has such
a function, it is theirs.
"""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TINIEST = 5e-324
INFINITY = np.inf
nan = np.nan
_JUST_ABOVE_MINUS_ONE = np.nextafter(-1.0, 0.0)
# e^v overflows beyond 709.78; where v > 700, 1 + e^v is e^v to the last bit and its logarithm is v.
_LARGE_EXPONENT = 700.0
_LARGEST_EXPONENT = float(np.log(np.finfo(np.float64).max))
_ROOT_OF_LARGEST = float(np.sqrt(np.finfo(np.float64).max))
# Veltkamp's splitter: a double times it falls into two halves of 26 bits.
_SPLITTER = 134217729.0
# Beyond this e^(-u^2) is 0, and u^2 still far from the largest double.
_FAR = 1e100

where = np.where
minimum, maximum, copysign = np.minimum, np.maximum, np.copysign
logical_and, logical_or = np.logical_and, np.logical_or
sin, cos, tan, tanh, sign = np.sin, np.cos, np.tan, np.tanh, np.sign
asinh, atan = np.arcsinh, np.arctan
expm1 = np.expm1


@functools.cache
def _special() -> Any:
    # SciPy's special functions take 0.2 s to import, and most models need none of them.
    from scipy import special

    return special


def erf(u: Array) -> Array:
    return _special().erf(u)  # type: ignore[no-any-return]


def erfc(u: Array) -> Array:
    """1 - erf(u), to eight units in the last place: SciPy's own loses hundreds in the tail."""
    tail: Array = _special().erfcx(np.maximum(u, 0.5)) * gaussian(u)
    return np.where(u > 0.5, tail, _special().erfc(np.minimum(u, 0.5)))


def erfinv(u: Array) -> Array:
    return _special().erfinv(u)  # type: ignore[no-any-return]


def erfcinv(u: Array) -> Array:
    return _special().erfcinv(u)  # type: ignore[no-any-return]


def sum_error(a: Array, b: Array, total: Array) -> Array:
    """What rounding took from a + b: exactly (Knuth)."""
    b_kept = total - a
    return (a - (total - b_kept)) + (b - b_kept)


def product_error(a: Array, b: Array, product: Array) -> Array:
    """What rounding took from a b: exactly, for factors below 1e300 (Dekker 1971)."""
    a_scaled, b_scaled = _SPLITTER * a, _SPLITTER * b
    a_high, b_high = a_scaled - (a_scaled - a), b_scaled - (b_scaled - b)
    a_low, b_low = a - a_high, b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def clipped(u: Array, end: float) -> Array:
    """u, cut at -end and end."""
    return np.clip(u, -end, end)


def magnified(value: Array, factor: Array) -> Array:
    """value times a factor of at least 1; infinite, silently, where the true value exceeds every double."""
    fits = np.abs(value) <= np.finfo(np.float64).max / factor
    return np.where(fits, np.where(fits, value, 0.0) * factor, np.copysign(np.inf, value))


def times(a: Array, b: Array) -> Array:
    """a b; infinite, silently, where the true value exceeds every double."""
    small = np.abs(b) <= np.finfo(np.float64).max / np.maximum(np.abs(a), 1.0)
    if np.all(small):
        return a * b
    return np.where(
        small, np.where(small, b, 0.0) * np.where(small, a, 0.0), np.copysign(np.inf, a) * np.copysign(1.0, b)
    )


def exp(u: Array) -> Array:
    """e^u; inf, silently, where the true value exceeds every double."""
    if not np.max(u) > _LARGEST_EXPONENT:
        return np.exp(u)
    return np.where(u > _LARGEST_EXPONENT, np.inf, np.exp(np.clip(u, -np.inf, _LARGEST_EXPONENT)))


def expit(u: Array) -> Array:
    """1/(1 + e^(-u))."""
    small = np.exp(-np.abs(u))
    large = 1.0 / (1.0 + small)
    return np.where(u < 0, small * large, large)


def sech(u: Array) -> Array:
    """1/cosh u."""
    small = np.exp(-np.abs(u))
    return 2.0 * small / (1.0 + small * small)


def tanhc(u: Array) -> Array:
    """tanh(u)/u, and 1 at 0."""
    some = np.where(u == 0, TINIEST, u)
    return np.tanh(some) / some


def gaussian(u: Array) -> Array:
    """e^(-u^2)."""
    u = np.clip(u, -_FAR, _FAR)
    square = u * u
    # The square's own rounding would cost as many digits as it has before the point.
    small = np.exp(-square)
    return small - small * product_error(u, u, square)


def softplus(u: Array) -> Array:
    """ln(1 + e^u)."""
    return np.maximum(u, 0.0) + np.log1p(np.exp(-np.abs(u)))


def sinh(u: Array) -> Array:
    """(e^u - e^(-u))/2; infinite, silently, where the true value exceeds every double."""
    return np.where(np.abs(u) > _LARGEST_EXPONENT, np.copysign(np.inf, u), np.sinh(np.clip(u, -709.0, 709.0)))


def cosh(u: Array) -> Array:
    """(e^u + e^(-u))/2; inf, silently, where the true value exceeds every double."""
    return np.where(np.abs(u) > _LARGEST_EXPONENT, np.inf, np.cosh(np.minimum(np.abs(u), 709.0)))


def sqrt(u: Array) -> Array:
    """The square root of u, where rounding may have brought u below 0."""
    return np.sqrt(np.maximum(u, 0.0))


def log(u: Array) -> Array:
    """ln u, where u may have underflowed to 0; what multiplies or exponentiates it then underflows as it should."""
    return np.log(np.maximum(u, TINIEST))


def log1p(u: Array) -> Array:
    """ln(1 + u), where rounding may have brought u down to -1."""
    return np.log1p(np.maximum(u, _JUST_ABOVE_MINUS_ONE))


def atanh(u: Array) -> Array:
    """artanh u for u in [-1, 1], where rounding may have brought u to an end."""
    return np.arctanh(np.clip(u, _JUST_ABOVE_MINUS_ONE, -_JUST_ABOVE_MINUS_ONE))


def acosh(u: Array) -> Array:
    """arcosh u, where rounding may have brought u below 1."""
    return np.arccosh(np.maximum(u, 1.0))


def asin(u: Array) -> Array:
    """arcsin u, where rounding may have brought u beyond an end."""
    return np.arcsin(np.clip(u, -1.0, 1.0))


def acos(u: Array) -> Array:
    """arccos u, where rounding may have brought u beyond an end."""
    return np.arccos(np.clip(u, -1.0, 1.0))


def power(base: Array, exponent: Array) -> Array:
    """base^exponent for base >= 0; inf, silently, where the true value exceeds every double."""
    base = np.maximum(base, TINIEST)
    size = exponent * np.log(base)
    far = np.abs(size) > _LARGE_EXPONENT
    if not np.any(far):
        return _raised(base, exponent)
    # The square of half the power over- and underflows where the power does; beyond twice that it is infinite or 0.
    out = np.abs(size) > 2 * _LARGE_EXPONENT
    root = _raised(np.where(out, 1.0, base), np.where(far, exponent / 2, exponent))
    square = np.where(root >= _ROOT_OF_LARGEST, np.inf, np.minimum(root, _ROOT_OF_LARGEST) ** 2)
    return np.where(out, np.where(size > 0, np.inf, 0.0), np.where(far, square, root))


# NumPy's own power takes these for an exponent that serves all, and not where each number has its own.
_SHORT = ((2.0, np.square), (0.5, np.sqrt), (-1.0, np.reciprocal))


def _raised(base: Array, exponent: Array) -> Array:
    """base^exponent, to the same bits alone and among others."""
    if np.ndim(exponent) == 0:
        for number, short in _SHORT:
            if exponent == number:
                return short(base)
        return np.power(base, exponent)
    value = np.power(base, exponent)
    for number, short in _SHORT:
        which = np.equal(exponent, number)
        if np.any(which):
            value = np.where(which, short(np.where(which, base, 1.0)), value)
    return value


def log1p_scaled(u: Array, v: Array) -> Array:
    """ln(1 + u (1 + e^v)); beyond v = 700 through logarithms (reference: theory, section 1.1)."""
    moderate = log1p(u * (1 + np.exp(np.minimum(v, _LARGE_EXPONENT))))
    large = np.greater(v, _LARGE_EXPONENT)
    if not np.any(large):
        return moderate
    exponent = log(np.abs(u)) + v
    rising = softplus(exponent)
    falling = log1p(-np.exp(np.minimum(exponent, 0.0)))
    return np.where(large, np.where(np.equal(u, 0.0), 0.0, np.where(np.greater(u, 0.0), rising, falling)), moderate)


# Gauss-Legendre nodes and weights on [0, 1]: exact to the last bit for the integrand below.
_NODES, _WEIGHTS = (half / 2 for half in np.polynomial.legendre.leggauss(10))
_NODES = _NODES + 0.5
_TWO_OVER_ROOT_PI = 2 / np.sqrt(np.pi)


def erf_increment(start: Array, start_low: Array, end: Array, end_low: Array, step: Array) -> Array:
    """erf(start + step) - erf(start), with both ends as hi + lo and the step as it is, which their difference is not.

    A short step integrates the slope, by ten Gauss-Legendre nodes; a long one takes the difference of the tails, in
    erfc where both ends are on one side, which then cancel by less than a factor of three.
    """
    short = np.abs(step) <= 1 / (1 + np.maximum(np.abs(start), np.abs(end)))
    a_step, a_start = np.where(short, step, 0.0), np.where(short, start, 0.0)
    share = sum(w * np.exp(-(t * a_step) * (2 * a_start + t * a_step)) for t, w in zip(_NODES, _WEIGHTS, strict=True))
    slope: Array = _TWO_OVER_ROOT_PI * _shifted_gaussian(start, start_low)
    integral: Array = step * slope * share
    if np.all(short):
        return integral
    tails: Array = np.where(start > 0, 1.0, -1.0) * (_upper_tail(start, start_low) - _upper_tail(end, end_low))
    middle = erf(end) - erf(start)
    return np.where(short, integral, np.where(np.sign(start) * np.sign(end) > 0, tails, middle))


def _shifted_gaussian(u: Array, low: Array) -> Array:
    """e^(-(u + low)^2)."""
    small = gaussian(u)
    # Only where it is 0 are u and low so large that their product may overflow.
    return small - small * np.clip(2 * np.clip(u, -_FAR, _FAR) * low, -1.0, 1.0)


def _upper_tail(u: Array, low: Array) -> Array:
    """erfc(|u + low|)."""
    scaled: Array = _special().erfcx(np.abs(u))
    return scaled * _shifted_gaussian(u, low)


def namespace() -> dict[str, Any]:
    """Return what generated lines may call."""
    return {name: value for name, value in globals().items() if not name.startswith("_")} | {"abs": np.abs}


def rough_namespace() -> dict[str, Any]:
    """Return what lines may call that need to be right in absolute terms only, and that may write in place."""
    arithmetic = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide}
    return namespace() | arithmetic | {"negative": np.negative, "exp": _rough_exp}


def _rough_exp(u: Array, out: Array | None = None) -> Array:
    """e^u, and the largest power of e there is where that is exceeded."""
    if np.max(u) > _LARGEST_EXPONENT:
        u = np.clip(u, -np.inf, _LARGEST_EXPONENT, out=out)
    return np.exp(u, out=out)
