"""One population whose parameters are exact rationals, and h(x) = x - I - w F(x) as exact expressions.

SymPy rounds when it computes with floating-point numbers, and nothing that is derived from them is then exact; so those
in a transfer function are replaced by the rationals that they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache

import sympy
from sympy.polys.polyerrors import BasePolynomialError

from ..symbolic.errors import NullclineError, ParameterError
from ..symbolic.parameter import must
from ..symbolic.pieces import Piece
from ..symbolic.transfer import TransferFunction, formula_derivative


@dataclass(frozen=True)
class ExactPopulation:
    """One population with exact parameters.

    Where F has a threshold, the search is in t = x - threshold > 0, which is exactly 0 there; else t is x itself.
    """

    transfer: TransferFunction | Piece
    shape: tuple[Fraction, ...]
    w: Fraction
    I: Fraction
    tau: Fraction

    @cached_property
    def values(self) -> dict[sympy.Symbol, sympy.Rational]:
        """The transfer function's parameters, by symbol."""
        symbols = [p.symbol for p in self.transfer.parameters]
        return {s: rational(v) for s, v in zip(symbols, self.shape, strict=True)}

    @property
    def has_threshold(self) -> bool:
        """Whether F is 0 up to a threshold."""
        return self.transfer.threshold is not None

    @cached_property
    def origin(self) -> sympy.Expr:
        """The x at which t is 0."""
        edge = self.transfer.threshold
        return sympy.Integer(0) if edge is None else edge.xreplace(self.values)

    @cached_property
    def exact_origin(self) -> Fraction | None:
        """The x at which t is 0, where that is rational."""
        return fraction(self.origin)

    @cached_property
    def has_small_powers(self) -> bool:
        """Whether exact numbers stay short when they are put into F."""
        exponents = [e.exp.xreplace(self.values) for e in self.transfer.formula.atoms(sympy.Pow)]
        return all(e.is_Rational and abs(e) <= _LARGEST_DEGREE for e in exponents)

    def response_at(self, x: sympy.Expr, order: int) -> sympy.Expr:
        """Return the exact value of F, F', ... at an exact x above the threshold."""
        return self._response(order).xreplace({self.transfer.variable: x})

    def derivative_at(self, x: sympy.Expr, order: int) -> sympy.Expr:
        """Return the exact value of h, h', ... at an exact x above the threshold."""
        linear = (x - rational(self.I), sympy.Integer(1))
        return (linear[order] if order < 2 else 0) - rational(self.w) * self.response_at(x, order)

    @cached_property
    def line(self) -> tuple[Fraction, Fraction] | None:
        """Slope and value at t = 0, where F is a straight line above its threshold and all of this is rational."""
        if formula_derivative(self.transfer, 2) != 0:
            return None
        slope, start = fraction(self._response(1)), fraction(self.response_at(self.origin, 0))
        return None if slope is None or start is None or self.exact_origin is None else (slope, start)

    @cached_property
    def factors(self) -> list[tuple[sympy.Poly, int]] | None:
        """The irreducible factors of h in x with their multiplicities, where F is a rational function of x."""
        x = self.transfer.variable
        if not self.has_small_powers:
            return None
        F = self._response(0)
        if not F.is_rational_function(x):
            return None
        above, _ = sympy.fraction(sympy.cancel(sympy.together(x - rational(self.I) - rational(self.w) * F)))
        try:
            polynomial = sympy.Poly(above, x, domain="QQ")
        except BasePolynomialError:
            return None  # a coefficient is not rational
        if polynomial.degree() > _LARGEST_DEGREE:
            return None
        _, factors = polynomial.factor_list()
        return list(factors)

    @property
    def root_bound(self) -> Fraction | None:
        """Cauchy's bound on the size of every zero of h in x, where F is a rational function."""
        if self.factors is None:
            return None
        bound = Fraction(0)
        for factor, _ in self.factors:
            leading, *others = (abs(Fraction(int(c.p), int(c.q))) for c in factor.all_coeffs())
            bound = max(bound, *(other / leading for other in others))
        return 1 + bound

    def _response(self, order: int) -> sympy.Expr:
        f = self.transfer
        return (f.formula if order == 0 else formula_derivative(f, order)).xreplace(self.values)


_LARGEST_DEGREE = 24  # beyond, factors cost more than the search


def exact_population(
    transfer: TransferFunction, shape: Sequence[Fraction], w: Fraction, I: Fraction, tau: Fraction
) -> ExactPopulation:
    """Return the population with these parameters, `shape` being the transfer function's own in their order.

    Raises NullclineError for a wrong number of parameters and ParameterError for one that is out of bounds.
    """
    names = [p.name for p in transfer.parameters]
    if len(shape) != len(names):
        line = f"{transfer.name} has {len(names)} parameters ({', '.join(names)}), got {len(shape)} values"
        raise NullclineError(f"{line}: give one for each")
    for p, value in zip(transfer.parameters, shape, strict=True):
        # As the exact number: a double next to a bound may round onto it.
        above = value > p.minimum if p.open_minimum else value >= p.minimum
        if not above or not value <= p.maximum:
            line = must(p.name, p.below if above else p.above, float(value), p.unit)
            raise ParameterError(line, name=p.name, value=value, allowed=p.bounds)
    if not tau > 0:
        raise ParameterError(must("tau", "be positive", float(tau), "ms"), name="tau", value=tau, allowed=(0, math.inf))
    return ExactPopulation(
        _without_floats(transfer), tuple(map(Fraction, shape)), Fraction(w), Fraction(I), Fraction(tau)
    )


@lru_cache(maxsize=64)
def _without_floats(transfer: TransferFunction) -> TransferFunction:
    """Return a transfer function with the exact rationals that the floating-point numbers in it are."""
    c = transfer.coordinate
    parts = [transfer.formula, *([] if c is None else [c.x, c.z_of_x])]
    parts += [] if transfer.threshold is None else [transfer.threshold]
    floats = {number: sympy.Rational(number) for part in parts for number in part.atoms(sympy.Float)}
    if not floats:
        return transfer
    return replace(
        transfer,
        formula=transfer.formula.xreplace(floats),
        threshold=None if transfer.threshold is None else transfer.threshold.xreplace(floats),
        coordinate=None if c is None else replace(c, x=c.x.xreplace(floats), z_of_x=c.z_of_x.xreplace(floats)),
    )


def rational(number: Fraction) -> sympy.Rational:
    """Return a fraction as a number of SymPy."""
    return sympy.Rational(number.numerator, number.denominator)


def fraction(expression: sympy.Expr) -> Fraction | None:
    """Return the fraction that an expression is, None where it is not written as one."""
    return Fraction(int(expression.p), int(expression.q)) if expression.is_Rational else None


def expanded(expression: sympy.Expr) -> sympy.Expr:
    """Return an exact number multiplied out.

    Nothing here asks SymPy for the sign of a number, as simplify does: it may want a million digits.
    """
    return sympy.expand(expression, log=False, power_base=False, power_exp=False)
