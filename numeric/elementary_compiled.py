"""Elementary functions of numbers, for the compiler: the counterpart of `elementary`, name by name.

They are written so that a loop over them becomes vector instructions: no call of the C library (but for powers and
error functions), no branch. Each is right to about one unit in the last place of its value.

Sources: argument reduction and polynomials after Muller, Elementary Functions (3rd ed., 2016), chapters 3 and 11; the
logarithm's coefficients are those of the minimax polynomial in Sun's fdlibm.
"""

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

TINIEST = 5e-324
INFINITY = np.inf
nan = np.nan

# A double plus this has its whole part in its last bits.
_SHIFT = 6755399441055744.0
_LOG2_E = 1.4426950408889634
# ln 2 in two parts: the first times a whole number up to 2^11 is exact.
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_LARGEST_EXPONENT, _SMALLEST_EXPONENT = 709.782712893384, -745.2
_ROOT_OF_LARGEST = 1.3407807929942596e154
_FAR = 1e100
_TWO_OVER_ROOT_PI = 1.1283791670955126
_NODES = tuple(float(v) / 2 + 0.5 for v in np.polynomial.legendre.leggauss(10)[0])
_WEIGHTS = tuple(float(v) / 2 for v in np.polynomial.legendre.leggauss(10)[1])

# 1/k!, for e^r - 1 - r on |r| <= ln(2)/2: the first term left out is below 2^-54 of the sum.
_E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9, _E10, _E11, _E12, _E13 = (1 / math.factorial(k) for k in range(2, 14))
_L1, _L2, _L3, _L4, _L5, _L6, _L7 = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
_ONE_BITS, _ROOT_HALF_BITS, _FRACTION_BITS = 0x3FF0000000000000, 0x3FE6A09E667F3BCD, 0x000FFFFFFFFFFFFF

compiled = njit(error_model="numpy", nogil=True, forceinline=True)


@intrinsic
def bits_of(typing_context: Any, value: Any) -> Any:
    """The 64 bits of a double."""
    return types.uint64(types.float64), lambda context, builder, signature, arguments: builder.bitcast(
        arguments[0], ir.IntType(64)
    )


@intrinsic
def double_of(typing_context: Any, bits: Any) -> Any:
    """The double that 64 bits are."""
    return types.float64(types.uint64), lambda context, builder, signature, arguments: builder.bitcast(
        arguments[0], ir.DoubleType()
    )


@intrinsic
def fused(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c, rounded once."""
    kind = types.float64
    return kind(kind, kind, kind), lambda context, builder, signature, arguments: builder.fma(*arguments)


@compiled
def where(condition, yes, no):
    return yes if condition else no


@compiled
def minimum(a, b):
    # One comparison; what is not a number stays so where it comes first.
    return b if b < a else a


@compiled
def maximum(a, b):
    return b if b > a else a


@compiled
def logical_and(a, b):
    return a & b


@compiled
def logical_or(a, b):
    return a | b


@compiled
def sign(u):
    return 1.0 if u > 0 else (-1.0 if u < 0 else u)


@compiled
def copysign(size, u):
    return math.copysign(size, u)


@compiled
def sqrt(u):
    return math.sqrt(maximum(u, 0.0))


@compiled
def sum_error(a, b, total):
    kept = total - a
    return (a - (total - kept)) + (b - kept)


@compiled
def product_error(a, b, product):
    return fused(a, b, -product)


@compiled
def clipped(u, end):
    return minimum(maximum(u, -end), end)


@compiled
def times(a, b):
    return a * b


@compiled
def magnified(value, factor):
    return value * factor


@compiled
def _reduced(u):
    """u = k ln 2 + r: the bits of k, shifted, and r with |r| <= ln(2)/2."""
    shifted = fused(u, _LOG2_E, _SHIFT)
    k = shifted - _SHIFT
    return bits_of(shifted), fused(k, -_LN2_LOW, fused(k, -_LN2_HIGH, u))


@compiled
def _exponential_tail(r):
    """e^r - 1 - r."""
    r2 = r * r
    r4 = r2 * r2
    low = fused(r2, fused(r, _E5, _E4), fused(r, _E3, _E2))
    middle = fused(r2, fused(r, _E9, _E8), fused(r, _E7, _E6))
    high = fused(r2, fused(r, _E13, _E12), fused(r, _E11, _E10))
    return r2 * fused(r4, fused(r4, high, middle), low)


@compiled
def _two_to(k):
    """2^k for a whole k from -1022 to 1023, given as bits."""
    return double_of((k + np.uint64(1023)) << np.uint64(52))


@compiled
def exp(u):
    u = minimum(maximum(u, _SMALLEST_EXPONENT), 710.0)
    bits, r = _reduced(u)
    value = 1.0 + (r + _exponential_tail(r))
    # 2^k in two factors: the first keeps the product a normal number, the second may under- or overflow as it should.
    k = bits - bits_of(_SHIFT) + np.uint64(2048)
    half = (k >> np.uint64(1)) - np.uint64(1024)
    return value * _two_to(half) * _two_to(k - np.uint64(2048) - half)


@compiled
def expm1(u):
    """e^u - 1; what the stable forms need it for is u <= 0."""
    limited = minimum(maximum(u, -60.0), 709.0)
    bits, r = _reduced(limited)
    scale = _two_to(bits - bits_of(_SHIFT))
    value = fused(scale, r + _exponential_tail(r), scale - 1.0)
    return INFINITY if u > 709.5 else (u if u == 0 else value)


@compiled
def expit(u):
    small = exp(-abs(u))
    large = 1.0 / (1.0 + small)
    return small * large if u < 0 else large


@compiled
def sech(u):
    small = exp(-abs(u))
    return 2.0 * small / (1.0 + small * small)


@compiled
def gaussian(u):
    u = minimum(maximum(u, -_FAR), _FAR)
    square = u * u
    small = exp(-square)
    return small - small * fused(u, u, -square)


@compiled
def log(u):
    u = maximum(u, TINIEST)
    tiny = u < 2.2250738585072014e-308
    scaled = u * 18014398509481984.0 if tiny else u
    bits = bits_of(scaled) + np.uint64(_ONE_BITS - _ROOT_HALF_BITS)
    k = float(np.int64(bits >> np.uint64(52)) - 1023) - (54.0 if tiny else 0.0)
    f = double_of((bits & np.uint64(_FRACTION_BITS)) + np.uint64(_ROOT_HALF_BITS)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * fused(w, fused(w, _L6, _L4), _L2)
    odd = z * fused(w, fused(w, fused(w, _L7, _L5), _L3), _L1)
    half = 0.5 * f * f
    value = k * _LN2_HIGH - ((half - (s * (half + (even + odd)) + k * _LN2_LOW)) - f)
    return INFINITY if u == INFINITY else value


@compiled
def log1p(u):
    u = maximum(u, -0.9999999999999999)
    total = 1.0 + u
    return log(total) + sum_error(1.0, u, total) / total


@compiled
def softplus(u):
    return maximum(u, 0.0) + log1p(exp(-abs(u)))


@compiled
def tanh(u):
    fallen = expm1(-2.0 * abs(u))
    return math.copysign(-fallen / (2.0 + fallen), u)


@compiled
def tanhc(u):
    some = TINIEST if u == 0 else u
    return tanh(some) / some


@compiled
def sinh(u):
    grown = expm1(abs(u))
    near = 0.5 * (grown + grown / (grown + 1.0))
    half = exp(0.5 * abs(u))
    return math.copysign(near if abs(u) < 700.0 else (0.5 * half) * half, u)


@compiled
def cosh(u):
    half = exp(0.5 * abs(u))
    return 0.5 * (half * half + 1.0 / (half * half)) if abs(u) < 700.0 else (0.5 * half) * half


@compiled
def sin(u):
    return math.sin(u)


@compiled
def cos(u):
    return math.cos(u)


@compiled
def tan(u):
    return math.tan(u)


@compiled
def atan(u):
    return math.atan(u)


@compiled
def asin(u):
    return math.asin(minimum(maximum(u, -1.0), 1.0))


@compiled
def acos(u):
    return math.acos(minimum(maximum(u, -1.0), 1.0))


@compiled
def asinh(u):
    return math.asinh(u)


@compiled
def acosh(u):
    # ln(u + sqrt(u^2 - 1)) as the logarithm of 1 plus something small where u is near 1.
    above = maximum(u, 1.0) - 1.0
    far = u > 1e150
    some = 1.0 if far else above
    return log(u) + 0.6931471805599453 if far else log1p(some + math.sqrt(some * (some + 2.0)))


@compiled
def atanh(u):
    u = minimum(maximum(u, -0.9999999999999999), 0.9999999999999999)
    return math.copysign(0.5 * log1p(2.0 * abs(u) / (1.0 - abs(u))), u)


@compiled
def power(base, exponent):
    return math.pow(maximum(base, TINIEST), exponent)


@compiled
def erf(u):
    return math.erf(u)


@compiled
def erfc(u):
    return math.erfc(u)


@compiled
def erf_increment(start, start_low, end, end_low, step):
    if abs(step) * (1.0 + maximum(abs(start), abs(end))) <= 1.0:
        share = 0.0
        for i in range(10):
            along = _NODES[i] * step
            share += _WEIGHTS[i] * exp(-along * (2.0 * start + along))
        slope = gaussian(start)
        return step * (_TWO_OVER_ROOT_PI * (slope - slope * (2.0 * start * start_low))) * share
    if start * end > 0:
        tails = _upper_tail(start, start_low) - _upper_tail(end, end_low)
        return tails if start > 0 else -tails
    return math.erf(end) - math.erf(start)


@compiled
def _upper_tail(u, low):
    return math.erfc(abs(u)) - _TWO_OVER_ROOT_PI * gaussian(u) * math.copysign(low, u * low)


# For rough forms, where only the absolute error counts: a loop over many members calls `quick` functions, which become
# vector instructions; a loop over time alone calls `prompt` ones, the C library's, whose answer is there sooner.


# (e^r - 1 - r)/r^2 by its interpolation at Chebyshev's points: e^r to 2e-17 of its value for |r| <= ln(2)/2.
_Q0, _Q1, _Q2, _Q3, _Q4, _Q5, _Q6, _Q7, _Q8, _Q9 = (
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662399,
    0.008333333333330051,
    0.0013888888917281794,
    0.00019841269863105968,
    2.480152119021773e-05,
    2.7557268378684192e-06,
    2.7620138719733994e-07,
    2.5100424157005067e-08,
)


@compiled
def quick_exp(u):
    """e^u for |u| <= 708, beyond that as at the end."""
    bits, r = _reduced(minimum(maximum(u, -708.0), 708.0))
    r2 = r * r
    r4 = r2 * r2
    low = fused(r2, fused(r, _Q3, _Q2), fused(r, _Q1, _Q0))
    high = fused(r4, fused(r, _Q9, _Q8), fused(r2, fused(r, _Q7, _Q6), fused(r, _Q5, _Q4)))
    value = fused(r2, fused(r4, high, low), r) + 1.0
    return double_of(bits_of(value) + (bits << np.uint64(52)))


@compiled
def quick_expit(u):
    return 1.0 / (1.0 + quick_exp(-u))


@compiled
def prompt_exp(u):
    return math.exp(u)


@compiled
def prompt_expit(u):
    return 1.0 / (1.0 + math.exp(-u))


@compiled
def prompt_softplus(u):
    return maximum(u, 0.0) + math.log1p(math.exp(-abs(u)))


@compiled
def prompt_gaussian(u):
    return math.exp(-u * u)


# 2 pi^k/k!, with the signs of the series of sin and cos, for |u| <= 1/8 of a turn.
_S0, _S1, _S2, _S3, _S4, _S5, _S6, _S7 = (
    (-1) ** k * (2 * math.pi) ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(8)
)
_C0, _C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8 = (
    (-1) ** k * (2 * math.pi) ** (2 * k) / math.factorial(2 * k) for k in range(9)
)


@compiled
def next_bits(a, b, c, d):
    """Return the next 64 bits of NumPy's SFC64, and its state after them (Doty-Humphrey, PractRand)."""
    bits = a + b + d
    rotated = (c << np.uint64(24)) | (c >> np.uint64(40))
    return bits, b ^ (b >> np.uint64(11)), c + (c << np.uint64(3)), rotated + bits, d + np.uint64(1)


@compiled
def normal_pair(one, two):
    """Return two independent normal numbers from two times 64 random bits (Box and Muller 1958)."""
    size = 2.0 - double_of((one >> np.uint64(12)) | np.uint64(_ONE_BITS))
    turn = double_of((two >> np.uint64(12)) | np.uint64(_ONE_BITS)) - 1.0
    radius = math.sqrt(-2.0 * log(size))
    # A quarter turn at a time; what is left of the turn is exact.
    shifted = turn * 4.0 + _SHIFT
    u = turn - 0.25 * (shifted - _SHIFT)
    z = u * u
    s = u * fused(z, fused(z, fused(z, fused(z, fused(z, fused(z, fused(z, _S7, _S6), _S5), _S4), _S3), _S2), _S1), _S0)
    c = fused(
        z,
        fused(z, fused(z, fused(z, fused(z, fused(z, fused(z, fused(z, _C8, _C7), _C6), _C5), _C4), _C3), _C2), _C1),
        _C0,
    )
    quarter = bits_of(shifted)
    odd = (quarter & np.uint64(1)) != np.uint64(0)
    sine, cosine = (c, s) if odd else (s, c)
    sine = double_of(bits_of(sine) ^ ((quarter & np.uint64(2)) << np.uint64(62)))
    cosine = double_of(bits_of(cosine) ^ (((quarter + np.uint64(1)) & np.uint64(2)) << np.uint64(62)))
    return radius * cosine, radius * sine


def namespace() -> dict[str, Any]:
    """Return what generated kernels may call."""
    return {name: value for name, value in globals().items() if not name.startswith("_")} | {"abs": abs}
