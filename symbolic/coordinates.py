"""Looking for a coordinate in which a formula of one's own is simple: it then has all that the catalogue's have.

A coordinate is accepted only where SymPy proves that F rises in it and finds the range, the inverse, the inflection and
the largest slope, and where these agree with the formula in numbers. Else nothing is claimed.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import sympy
from sympy import Expr, Interval, Symbol, oo

from .attempt import attempted
from .transfer import Coordinate, TransferFunction, in_coordinate, inflections_in_coordinate, twin_of, x, y

_SECONDS = 1.5
# At so many places the closed forms are held against the formula.
_PLACES = 41


def with_closed_forms(function: TransferFunction) -> TransferFunction:
    """Return the function with a coordinate, and a threshold where it has one; the function itself if none is found.

    >>> from .written import from_formula
    >>> from_formula("max(x - 2, 0)", {}).threshold
    2
    """
    for candidate in _candidates(function):
        made = attempted(partial(_understood, candidate, function), "looking for closed forms", seconds=_SECONDS)
        if made is not None:
            return made
    return function


def _understood(candidate: Callable[[], TransferFunction], function: TransferFunction) -> TransferFunction | None:
    made = candidate()
    return made if _is_understood(made, function) else None


def _candidates(function: TransferFunction) -> Iterator[Callable[[], TransferFunction]]:
    if function.inputs is not None:
        return
    formula = function.formula
    twin = twin_of(function)
    if twin is not None:
        known, renaming = twin
        back = {theirs: own for own, theirs in renaming.items()}
        c = known.coordinate
        assert c is not None
        same = replace(c, x=c.x.xreplace(back), z_of_x=c.z_of_x.xreplace(back))
        yield partial(replace, function, coordinate=same)
        return
    if isinstance(formula, sympy.Piecewise):
        yield from _above_a_threshold(function)
        return
    seen: list[Expr] = []
    for inner in sorted(formula.atoms(sympy.exp), key=sympy.default_sort_key):
        argument = inner.args[0]
        slope = sympy.diff(argument, x)
        if slope.has(x) or slope == 0:
            continue
        u = argument if slope.is_positive else -argument if slope.is_negative else None
        if u is None or u in seen:
            continue
        seen.append(u)
        z = Symbol("z", positive=True)
        gain = sympy.diff(u, x)
        start = sympy.expand(-sympy.expand(u - gain * x) / gain)
        logarithmic = Coordinate(z, start + sympy.log(z) / gain, sympy.exp(u), Interval.open(0, oo))
        yield partial(replace, function, coordinate=logarithmic)


def _above_a_threshold(function: TransferFunction) -> Iterator[Callable[[], TransferFunction]]:
    """Zero up to a place, and one smooth formula that starts from 0 above it."""
    if len(function.formula.args) != 2:
        return
    (one, condition), (other, _) = function.formula.args
    if 0 not in (one, other) or one == other:
        return
    active, is_above = (other, False) if one == 0 else (one, True)
    solved = _bound_on_x(condition)
    if solved is None:
        return
    edge, holds_above = solved
    if holds_above is is_above:
        z = Symbol("z", positive=True)
        distance = Coordinate(z, edge + z, x - edge, Interval.open(0, oo))
        yield partial(replace, function, formula=active, threshold=edge, coordinate=distance)


def _bound_on_x(condition: sympy.Basic) -> tuple[Expr, bool] | None:
    """Return the place where a comparison changes, and whether it holds above it."""
    if not isinstance(condition, sympy.core.relational.Relational) or isinstance(condition, sympy.Eq | sympy.Ne):
        return None
    gap = sympy.expand(condition.gts - condition.lts)
    slope = sympy.diff(gap, x)
    if slope.has(x) or not (slope.is_positive or slope.is_negative):
        return None
    return sympy.factor_terms(sympy.expand(x - gap / slope)), bool(slope.is_positive)


def _is_understood(made: TransferFunction, function: TransferFunction) -> bool:
    """Whether F rises, all closed forms are found, and they are right in numbers at the default parameters."""
    if twin_of(made) is not None:
        return True
    rise = sympy.factor(in_coordinate(made, 1))
    if not rise.is_positive:
        return False
    own = [p.symbol for p in made.parameters]
    known = [made.range.inf, made.range.sup, made.inverse, made.largest_slope, *made.inflections]
    if any(e.has(sympy.Integral, sympy.Limit, sympy.zoo, sympy.nan, sympy.AccumBounds) for e in known):
        return False
    # What grows faster than any line is understood above a threshold only, as a power.
    if made.threshold is None and not (made.range.sup.is_finite or made.largest_slope.is_finite):
        return False
    if not (made.range.inf.is_finite and _is_plain(made)):
        return False
    if any(not e.free_symbols <= {*own, y} for e in known) or len(made.inflections) > 1:
        return False
    # For every parameter there must be as many inflections: each root lies inside, or F is convex without one.
    places = inflections_in_coordinate(made)
    if not (all(place.is_positive for place in places) if places else in_coordinate(made, 2).is_nonnegative):
        return False
    return _agrees(made, function)


def _is_plain(made: TransferFunction) -> bool:
    """Whether F in its coordinate is made of powers and logarithms alone."""
    return not in_coordinate(made).has(sympy.exp, sympy.tanh, sympy.erf, sympy.sin, sympy.cos, sympy.atan)


def _agrees(made: TransferFunction, function: TransferFunction) -> bool:
    """Say whether the inverse comes back and F'' changes sign where it is said to, from plus to minus."""
    sample = {p.symbol: sympy.Float(p.default, 30) for p in made.parameters}
    c = made.coordinate
    assert c is not None
    low, high = (sympy.N(end.subs(sample), 30) for end in (c.domain.inf, c.domain.sup))
    shares = [sympy.Rational(k, _PLACES + 1) for k in range(1, _PLACES + 1)]
    if low.is_finite and high.is_finite:
        places = [low + share * (high - low) for share in shares]
    elif low.is_finite:
        places = [low + share / (1 - share) for share in shares]
    else:
        places = [sympy.log(share / (1 - share)) for share in shares]
    inputs = [sympy.N(c.x.subs(sample).subs(c.z, place), 30) for place in places]
    bends = []
    for at in inputs:
        value = sympy.N(made.formula.subs(sample).subs(x, at), 30)
        if abs(sympy.N(function.formula.subs(sample).subs(x, at), 30) - value) > 1e-20 * (1 + abs(value)):
            return False
        back = sympy.N(made.inverse.subs(sample).subs(y, value), 30)
        if not back.is_Float or abs(back - at) > 1e-10 * (1 + abs(at)):
            return False
        bends.append((at, sympy.N(made.second_derivative.subs(sample).subs(x, at), 30)))
    if not made.inflections:
        return all(bend >= 0 for _, bend in bends)
    at_bend = sympy.N(made.inflections[0].subs(sample), 30)
    return bool(at_bend.is_Float) and all((bend > 0) == (at < at_bend) for at, bend in bends if bend != 0)
