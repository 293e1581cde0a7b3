"""From a formula as people write it to one fit for floating point: logistic functions, softplus, differences.

Each rule is an identity, so the result equals the formula; what it changes is what rounding does to it. A quotient of
exponentials becomes a logistic function, which cannot overflow; a difference of two values of one function becomes a
product, which cannot cancel (reference: theory, section 1.1).
"""

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Abs, Add, Expr, Integer, Mul, Piecewise, Pow, exp, log, tanh

from .functions import erf_increment, erfc, expit, expm1, log1p, sech, softplus

# Rules feed each other (a quotient gives logistic functions, two of which give a difference): a few rounds settle it.
_ROUNDS = 4


def rewritten(expression: Expr) -> Expr:
    """Return an equal expression that neither cancels nor overflows where the rules know how to avoid it.

    >>> u = sympy.Symbol("u", real=True)
    >>> rewritten(exp(u) / (1 + exp(u)))
    expit(u)
    >>> rewritten(log(1 + exp(u)))
    softplus(u)
    >>> rewritten(exp(u) - 1)
    expm1(u)
    """
    for _ in range(_ROUNDS):
        before = expression
        expression = _bottom_up(expression)
        if expression == before:
            break
    return expression


def _bottom_up(expression: Expr) -> Expr:
    if not expression.args or isinstance(expression, sympy.core.relational.Relational):
        return expression
    if isinstance(expression, Piecewise):
        return Piecewise(*((_bottom_up(value), condition) for value, condition in expression.args))
    made = expression.func(*(_bottom_up(a) if isinstance(a, Expr) else a for a in expression.args))
    for kind, rules in _RULES:
        for rule in rules:
            if isinstance(made, kind):
                made = rule(made)
    return made


def _exponent(term: Expr) -> Expr | None:
    """Return p where the term is e^p, 1 being e^0."""
    if term == 1:
        return Integer(0)
    return term.args[0] if isinstance(term, exp) else None


def _two_exponentials(total: Expr) -> tuple[Expr, Expr, Expr, Expr] | None:
    """Return c, p, d, q where the expression is c e^p + d e^q with positive or negative constants c and d."""
    if not isinstance(total, Add) or len(total.args) != 2:
        return None
    found: list[Expr] = []
    for term in total.args:
        number, rest = term.as_coeff_Mul()
        p = _exponent(rest)
        if p is None:
            return None
        found += [number, p]
    return found[0], found[1], found[2], found[3]


def _both_positive(total: Expr) -> tuple[Expr, Expr, Expr, Expr] | None:
    """Return c, p, d, q where the expression is c e^p + d e^q with c and d positive; a constant comes first."""
    terms = _two_exponentials(total)
    if terms is None or not (terms[0].is_positive and terms[2].is_positive):
        return None
    c, p, d, q = terms
    return (d, q, c, p) if q == 0 else terms


def _difference(p: Expr, q: Expr) -> Expr:
    """p - q, multiplied out so that what is common to both goes."""
    return sympy.factor_terms(sympy.expand(p - q))


def _quotient(power: Pow) -> Expr:
    """(c e^p + d e^q)^(-k) is (c e^p)^(-k) expit(p - q - ln(d/c))^k."""
    k = -power.exp
    terms = _both_positive(power.base)
    if terms is None or not (k.is_Integer and k > 0):
        return power
    c, p, d, q = terms
    return c ** (-k) * exp(-k * p) * expit(_difference(p, q) - log(d / c)) ** k


def _logarithm(value: log) -> Expr:
    """ln(c e^p + d e^q) is ln c + p + softplus(q - p + ln(d/c)), and ln(1 + v) has a name of its own."""
    (inside,) = value.args
    terms = _both_positive(inside)
    if terms is not None:
        c, p, d, q = terms
        return log(c) + p + softplus(_difference(q, p) + log(d / c))
    if isinstance(inside, Add) and 1 in inside.args and inside.free_symbols:
        return log1p(inside - 1)
    return value


def _exponential_times_logistic(product: Mul) -> Expr:
    """Fold: e^v expit(-v) is expit(v); expm1(v) expit(-v) is tanh(v/2); expit(v) expit(-v) is sech(v/2)^2/4."""
    factors: list[Expr] = []
    for factor in product.args:
        base, power = factor.as_base_exp() if isinstance(factor, Pow) else (factor, Integer(1))
        repeat = isinstance(base, expit | expm1) and power.is_Integer and power > 0
        factors += [base] * int(power) if repeat else [factor]
    exponents = [f.args[0] for f in factors if isinstance(f, exp)]
    foldable = any(isinstance(f, expit | expm1) for f in factors)
    if not exponents or (len(exponents) == 1 and not foldable):
        return Mul(*_pairs_folded(factors))
    # One exponential of the sum: one of several might be infinite where another is 0.
    growth = sympy.expand(Add(*exponents), power_exp=False)
    others = [f for f in factors if not isinstance(f, exp)]
    for i, factor in enumerate(others):
        if isinstance(factor, expit):
            rest = sympy.expand(growth + factor.args[0])
            if rest == 0 or sympy.count_ops(rest) < sympy.count_ops(growth):
                growth, others[i] = rest, expit(-factor.args[0])
    folded = _pairs_folded(others)
    return Mul(exp(sympy.factor_terms(growth)), *folded)


def _pairs_folded(factors: list[Expr]) -> list[Expr]:
    kept: list[Expr] = []
    for factor in factors:
        partner, merged = None, factor
        for other in kept:
            merged_with = _merged(factor, other)
            if merged_with is not None:
                partner, merged = other, merged_with
                break
        if partner is not None:
            kept.remove(partner)
        kept.append(merged)
    return kept


def _merged(one: Expr, other: Expr) -> Expr | None:
    for first, second in ((one, other), (other, one)):
        if isinstance(first, expit) and isinstance(second, expit | expm1):
            v = second.args[0]
            if sympy.expand(first.args[0] + v) == 0:
                # sech is even: one sign for both ways to write it.
                return tanh(v / 2) if isinstance(second, expm1) else sech(max(v, -v, key=_is_plain) / 2) ** 2 / 4
    return None


def _is_plain(v: Expr) -> bool:
    return not v.could_extract_minus_sign()


def _sum_of_two(total: Add) -> Expr:
    """Differences of two values of one function as products; 1 - tanh(u)^2 as sech(u)^2."""
    terms = list(total.args)
    for i, one in enumerate(terms):
        for other in terms[i + 1 :]:
            made = _as_product(one, other)
            if made is not None:
                return Add(made, *(t for t in terms if t is not one and t is not other))
    return total


def _as_product(one: Expr, other: Expr) -> Expr | None:
    for first, second in ((one, other), (other, one)):
        for rule in (_exponentials_apart, _logistics_apart, _odd_functions_apart, _square_from_one, _tail):
            made = rule(first, second)
            if made is not None:
                return made
    return None


def _common(first: Expr, second: Expr, kind: Any) -> tuple[Expr, Expr, Expr] | None:
    """Return c, p, q where the two terms are c f(p) and -c f(q)."""
    found = []
    for term in (first, second):
        inside = [f for f in Mul.make_args(term) if isinstance(f, kind)]
        if len(inside) != 1:
            return None
        found.append((term / inside[0], inside[0].args[0]))
    (c, p), (d, q) = found
    return (c, p, q) if sympy.expand(c + d) == 0 else None


def _exponentials_apart(first: Expr, second: Expr) -> Expr | None:
    """c e^p - c e^q is c e^q expm1(p - q); with q = 0, c expm1(p)."""
    same = _common(first, second, exp)
    if same is not None:
        c, p, q = same
        return c * exp(q) * expm1(_difference(p, q))
    inside = [f for f in Mul.make_args(first) if isinstance(f, exp)]
    if len(inside) == 1 and not second.has(exp) and sympy.expand(first / inside[0] + second) == 0:
        return -second * expm1(inside[0].args[0])
    return None


def _logistics_apart(first: Expr, second: Expr) -> Expr | None:
    """expit(p) - expit(q) as one product for either sign of p - q."""
    same = _common(first, second, expit)
    if same is None:
        return None
    c, p, q = same
    return c * _logistic_difference(p, q)


def _logistic_difference(p: Expr, q: Expr) -> Expr:
    gap = _difference(p, q)
    # The sign of a positive multiple of something is that of the thing.
    subject = Mul(*(f for f in Mul.make_args(gap) if not f.is_positive))
    side = Piecewise((1, subject >= 0), (-1, True))
    return side * -expm1(-Abs(gap)) * expit(side * p) * expit(-side * q)


def _odd_functions_apart(first: Expr, second: Expr) -> Expr | None:
    """tanh and erf are odd, so a sum is a difference too."""
    for kind in (tanh, sympy.erf):
        for sign in (1, -1):
            same = _common(first, -second if sign < 0 else second, kind)
            if same is None:
                continue
            c, p, q = same[0], same[1], sign * same[2]
            if kind is tanh:
                return 2 * c * _logistic_difference(2 * p, 2 * q)
            # From the end that has fewer symbols, so that the step is what depends on the input.
            if len(q.free_symbols) > len(p.free_symbols):
                c, p, q = -c, q, p
            return c * erf_increment(q, _difference(p, q))
    return None


def _square_from_one(first: Expr, second: Expr) -> Expr | None:
    """c - c tanh(u)^2 is c sech(u)^2."""
    inside = [f for f in Mul.make_args(second) if isinstance(f, Pow) and f.exp == 2 and isinstance(f.base, tanh)]
    if len(inside) == 1 and not first.has(tanh) and sympy.expand(second / inside[0] + first) == 0:
        return first * sech(inside[0].base.args[0]) ** 2
    return None


def _tail(first: Expr, second: Expr) -> Expr | None:
    """c + c erf(u) is c erfc(-u), and c + c tanh(u) is 2 c expit(2 u): what is left of them far out."""
    for kind in (tanh, sympy.erf):
        inside = [f for f in Mul.make_args(second) if isinstance(f, kind)]
        if len(inside) != 1 or first.has(kind):
            continue
        (u,) = inside[0].args
        ratio = sympy.cancel(second / inside[0] / first)
        if ratio in (1, -1):
            return first * (erfc(-ratio * u) if kind is sympy.erf else 2 * expit(2 * ratio * u))
    return None


_RULES: tuple[tuple[type, tuple[Callable[[Any], Expr], ...]], ...] = (
    (Pow, (_quotient,)),
    (log, (_logarithm,)),
    (Add, (_sum_of_two,)),
    (Mul, (_exponential_times_logistic,)),
)
