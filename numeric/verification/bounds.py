"""What rounding can amount to in the numerical core: counts of roundings, each of at most U of its result.

An elementary function is taken to be right to ELEMENTARY U, two units in the last place: `elementary` states about one,
and the libraries of the processor makers differ in the last. Products of two errors are covered by SECOND_ORDER.
"""

U = 2.0**-53
ELEMENTARY = 4
SECOND_ORDER = 1.01
# Below this, numbers lose digits as they underflow.
TINY = 1e-290

# The relative error of F, F' and F'' in U, for the forms of `symbolic.stable` with their arguments carried as hi + lo:
# what is left of the argument's rounding is of second order. An application of a function f to hi + lo costs the error
# of f and the rounding of the sum with the correction.
#   expit: exp 4, at most half of which reaches 1 + e, that sum and the quotient: 4; times e on the other side: 9; 10
#   sech: exp 4, in e^2 8 + 1 of which half reaches 1 + e^2, that sum and the quotient: 10.5; 11.5
#   gaussian: exp 4, the two corrections 2: 6;  softplus: exp 4, log1p 4, the sum 1: 9; 10;  power: 4 + 2
# sigmoid and tanh: F is expm1 (4, its argument 1), two expit, 2 products: 27; F' two sech, 2 products: 25; F'' has 4
# products more, tanh(u)/u (4, its argument 1, the quotient 1) and x - theta (1): 36.
# softplus: F 10 + 2; F' 10 + 1; F'' 2 x 11.5 + 3.
# erf: F is a short increment, of a step (1), a slope (6 + 2), ten positive terms (argument 8, exp 4, weight and product
# 2, sums 10) and 2 products: 35, or a difference of tails (12 each, which cancel by less than 2.3, and the sum 1): 29;
# F' two gaussians, the constant, 3 operations: 16; F'' two gaussians, the constant, x - theta, 6 operations: 20.
# power: power 6, 1 product; F' 1 product more; F'' 2 more.
# naka_rushton: q = (smaller/larger)^n 6, 1 + q at most 4, 2 operations: 12; F' 2 x 4 + 1, power 6, 4 operations: 19;
# F'' 3 x 4 + 2, power 6, 6 operations: 26, and the bend, which cancels, 10 of the sum of its terms' sizes.
TRANSFER = {
    "sigmoid": (27, 25, 36),
    "tanh": (27, 25, 36),
    "relu": (2, 0, 0),
    "softplus": (12, 11, 26),
    "erf": (35, 16, 20),
    "power": (7, 8, 10),
    "naka_rushton": (12, 19, 26),
}

# A normal number is a radius, sqrt(-2 ln(1 - v)): the logarithm 4, halved by the root, and its rounding: 3; times a
# cosine, off by 2 U of an angle up to 2 pi, 12.6, and 4 of its own: 17; and the product 1. The radius is at most
# sqrt(104 ln 2) < 8.5, since v is a multiple of 2^-52.
NORMAL, LARGEST_NORMAL = 21, 8.5
