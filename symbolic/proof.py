"""Deciding whether an expression is zero: a ladder of exact transformations, then numbers at 50 digits.

A proof here is a chain of exact rewritings by SymPy that ends in 0. What the ladder cannot decide within its budget is
returned as it stands, never called proved.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

import mpmath
import sympy
from sympy import Expr, Symbol

from .functions import textbook

DIGITS = 50
# Work with this many more digits, so that cancellation leaves 50 good ones at the points the checks draw.
_GUARD = 30
# SymPy's `simplify` is tried only below this size: above, it may take minutes and seldom helps.
_SIMPLIFY_BELOW = 250


def remainder(expression: Expr) -> Expr:
    """Return what is left of an expression after exact simplification: 0 where it is proved to vanish.

    >>> u = Symbol("u", real=True)
    >>> remainder(sympy.tanh(u) - (1 - sympy.exp(-2 * u)) / (1 + sympy.exp(-2 * u)))
    0
    """
    for transform in _LADDER:
        expression = transform(expression)
        if expression == 0:
            return sympy.Integer(0)
    return expression


def _unfold(expression: Expr) -> Expr:
    expression = textbook(expression).rewrite(sympy.erfc, sympy.erf).doit()
    return expression.replace(
        lambda e: isinstance(e, sympy.log), lambda e: sympy.log(sympy.factor(sympy.together(e.args[0])))
    )


def _name_positive_bases(expression: Expr) -> Expr:
    """Take each positive sum under a symbolic power for one letter, so that powers of powers fold; then put it back."""
    names: dict[Expr, Symbol] = {}

    def named(power: Expr) -> Expr:
        base = sympy.factor(power.base)
        return names.setdefault(base, sympy.Dummy(positive=True)) ** power.exp

    def is_symbolic(e: Expr) -> bool:
        return isinstance(e, sympy.Pow) and not e.exp.is_number

    def has_positive_sum(e: Expr) -> bool:
        return is_symbolic(e) and e.base.has(sympy.Add) and e.base.is_positive and not e.base.find(is_symbolic)

    lettered = expression.replace(has_positive_sum, named)
    if not names:
        return expression
    folded = sympy.expand(sympy.powdenest(lettered), power_exp=True, power_base=True)
    folded = sympy.expand(sympy.powsimp(sympy.fraction(sympy.together(folded))[0]), power_exp=True)
    # What is left of a symbolic power is a letter of its own; the rest is rational in the bases.
    powers: dict[Expr, Symbol] = {}
    folded = folded.replace(
        is_symbolic,
        lambda e: powers.setdefault(e, sympy.Dummy(positive=True)),
    )
    folded = sympy.cancel(sympy.together(folded.subs({letter: base for base, letter in names.items()})))
    return folded if folded == 0 else expression


def _rational_in_generators(expression: Expr) -> Expr:
    """Write exponentials, hyperbolic functions and symbolic powers over letters, and cancel what is then rational."""
    expression = expression.replace(
        lambda e: isinstance(e, sympy.exp), lambda e: sympy.exp(sympy.expand(e.args[0]))
    ).rewrite([sympy.tanh, sympy.sinh, sympy.cosh, sympy.atanh], sympy.exp)
    expression = expression.rewrite(sympy.atanh, sympy.log)
    # Powers are taken apart, products are not: multiplied out here, a long line takes seconds.
    expression = sympy.expand(expression, power_exp=True, power_base=True, log=False, mul=False, multinomial=False)
    lettered, words = _lettered(expression)
    numerator = sympy.expand(sympy.fraction(sympy.together(lettered))[0])
    return numerator if numerator == 0 else sympy.expand(numerator.xreplace(words))


def _lettered(expression: Expr) -> tuple[Expr, dict[Expr, Expr]]:
    """Write b^(c m + ...) as (letter of b^m)^c ..., for rational c: the result is rational in the letters."""
    powers = [e for e in expression.atoms(sympy.Pow, sympy.exp) if not e.as_base_exp()[1].is_number]
    terms = [
        (base, *term.as_coeff_Mul())
        for base, exponent in (power.as_base_exp() for power in powers)
        for term in sympy.Add.make_args(sympy.expand(exponent))
    ]
    # The letter of b^(m/q) serves every multiple of it: q is the common denominator of the coefficients.
    units: dict[tuple[Expr, Expr], Expr] = {}
    for base, coefficient, monomial in terms:
        if monomial != 1:
            units[base, monomial] = sympy.ilcm(units.get((base, monomial), 1), coefficient.q)
    # A power of a base of unknown sign need not be positive, or real.
    letters = {unit: sympy.Dummy(positive=True if unit[0].is_positive else None) for unit in units}

    def spell(power: Expr) -> Expr:
        base, exponent = power.as_base_exp()
        parts = [term.as_coeff_Mul() for term in sympy.Add.make_args(sympy.expand(exponent))]
        return sympy.Mul(*(base**c if m == 1 else letters[base, m] ** (c * units[base, m]) for c, m in parts))

    spelt = {power: spell(power) for power in powers}
    words = {letters[base, m]: base ** (m / q) for (base, m), q in units.items()}
    return expression.xreplace(spelt), words


def _cancel(expression: Expr) -> Expr:
    return sympy.cancel(sympy.powsimp(sympy.powdenest(expression)))


def _simplify(expression: Expr) -> Expr:
    return sympy.simplify(expression) if sympy.count_ops(expression) < _SIMPLIFY_BELOW else expression


_LADDER: tuple[Callable[[Expr], Expr], ...] = (
    _unfold,
    _name_positive_bases,
    _rational_in_generators,
    _cancel,
    _simplify,
)


@dataclass(frozen=True)
class Domain:
    """Where a formula is checked: a range for each symbol, what follows from them, and a condition.

    `derived` gives symbols as expressions in the drawn ones (a fixed point's input, say), in order.
    """

    ranges: Mapping[Symbol, tuple[float, float]]
    condition: Expr | bool = True
    derived: Mapping[Symbol, Expr] = field(default_factory=dict)
    integers: frozenset[Symbol] = frozenset()

    def points(self, count: int, seed: int) -> Iterator[dict[Symbol, Any]]:
        """Yield `count` points, each a mapping from symbol to a 50-digit number; the same for the same seed."""
        random = Random(seed)
        found = 0
        for _ in range(1000 * count):
            point: dict[Symbol, Any] = {}
            for symbol, (low, high) in self.ranges.items():
                # Thousandths, so that a point can be written down and tried by hand.
                value = sympy.Rational(random.randint(round(low * 1000), round(high * 1000)), 1000)
                point[symbol] = sympy.Integer(round(value)) if symbol in self.integers else value
            if self.condition not in (True, sympy.true) and sympy.sympify(self.condition).subs(point) is not sympy.true:
                continue
            numbers = {s: mpmath.mpf(v.p) / v.q for s, v in point.items()}
            for symbol, expression in self.derived.items():
                numbers[symbol] = evaluate(expression, numbers)
            yield numbers
            found += 1
            if found == count:
                return
        raise ValueError("the condition of a check's domain is met too seldom")


def evaluate(expression: Expr, point: Mapping[Symbol, Any]) -> Any:
    """Return the value of an expression at a point, as an mpmath number, in mpmath's working precision."""
    symbols = tuple(sorted(expression.free_symbols & set(point), key=lambda s: s.name))
    return _compiled(symbols, expression)(*(point[s] for s in symbols))


@lru_cache(maxsize=4096)
def _compiled(symbols: tuple[Symbol, ...], expression: Expr) -> Callable[..., Any]:
    # Neutral names: two symbols may share a name, and no name of a model may reach generated source.
    neutral = [Symbol(f"p{i}", real=True) for i in range(len(symbols))]
    body = textbook(expression).xreplace(dict(zip(symbols, neutral, strict=True)))
    return sympy.lambdify(neutral, body, modules="mpmath")  # type: ignore[no-any-return]


def working_precision() -> Any:
    """Return the context in which numerical checks are evaluated: 50 digits and a guard."""
    return mpmath.workdps(DIGITS + _GUARD)
