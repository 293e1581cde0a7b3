"""Formulas of one's own, smooth and in cases, and those of the catalogue with nothing known of them."""

from dataclasses import replace

import sympy
from nullcline.symbolic import transfer
from nullcline.symbolic.parameter import positive, real
from nullcline.symbolic.transfer import TransferFunction, x

GAIN = positive("a", 1.2, "gain", sample=(0.3, 3.0))
THRESHOLD = real("theta", 2.8, "threshold", sample=(-2.0, 4.0))
a, theta = GAIN.symbol, THRESHOLD.symbol

WRITTEN = {
    "bump": sympy.exp(-a * (x - theta) ** 2 / 2),
    "arctangent": sympy.atan(a * (x - theta)),
    "cubic": a * (x - theta) ** 3,
    "wave": a * sympy.sin(x - theta),
    "clipped": sympy.Min(sympy.Max(a * (x - theta), 0), 1),
    "distance": sympy.Abs(a * (x - theta)),
    "step": sympy.Heaviside(a * (x - theta), 0),
    "square": a * sympy.Max(x - theta, 0) ** 2,
    "supralinear": a * sympy.Max(x - theta, 0) ** sympy.Rational(13, 10),
    "refractory": 1 / (1 + 1 / (sympy.Rational(1, 100) + sympy.Max(a * (x - theta), 0))),
}


def written(name: str) -> TransferFunction:
    """Return one of these formulas as a transfer function."""
    return TransferFunction(name, "given formula", WRITTEN[name], (GAIN, THRESHOLD))


def with_nothing_known(function: TransferFunction) -> TransferFunction:
    """Return a function of the catalogue as a formula of which neither range nor inverse is known."""
    return replace(function, name="given", formula=function.expression, coordinate=None, threshold=None)


CATALOGUE = {name: with_nothing_known(f) for name, f in transfer.catalogue.items()}
