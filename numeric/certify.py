"""Every fixed point of one population, each with a proof, or a statement of what is undecided.

With x = w r + I the fixed points are the zeros of h(x) = x - I - w F(x). Boxes that cover the line are cut until ball
arithmetic settles each: h has no zero there, or h is monotone, or convex or concave with a known sign at its extremum
(reference: theory, section 6.1). Parameters are exact rationals, and what finite precision cannot tell apart, an exact
multiple root from two or three near ones, is decided by an exact argument or called undecided.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Literal

import sympy
from sympy.polys.polyerrors import BasePolynomialError

from ..symbolic.errors import NullclineError, ParameterError
from ..symbolic.parameter import must
from ..symbolic.transfer import TransferFunction, formula_derivative, in_coordinate
from . import balls
from .balls import Ball, Span
from .results import Case

Enclosure = tuple[float, float]

_RUNGS = (53, 128, 256, 512)
_REFINED = (128, 256, 512, 1024, 2048)  # bits for rounding a root to doubles, which the count does not need
_BOXES = 4000  # a triple root through all rungs takes some hundred
_ORDER = 3  # of the derivatives the search looks at
_LAST_ORDER = 6  # of those that bound the number of roots in what stays undecided


@dataclass(frozen=True)
class CertifiedPoint:
    """A fixed point that is proved to exist and to be the only one in its enclosure, or a place left undecided.

    `x`, `r` and `eigenvalue` (1/ms) are enclosures: the doubles next below and above the true value, both the same
    where that is a double. `x_mid`, `r_mid` and `eigenvalue_mid` are the nearest doubles. A value beyond the largest
    double has an infinite end.

    `stability` has the words of `FixedPoints`; an odd multiple root that repels is "unstable". At a kink `eigenvalue`
    is nan and `one_sided_eigenvalues` encloses both, from below and from above; `one_sided_mid` are their nearest
    doubles. `multiplicity` is that of the root x of h, None at a kink and where it is not decided.

    Where `status` is "undecided" there are at most `largest_count` fixed points in the enclosure, perhaps none; None
    where there is no bound. `extremum_bound` bounds |h| at its extremum there, where it has one extremum: some input
    that differs from I by no more than this has a double fixed point.
    """

    x: Enclosure
    r: Enclosure
    eigenvalue: Enclosure
    x_mid: float
    r_mid: float
    eigenvalue_mid: float
    status: Literal["certified", "undecided"]
    stability: str
    multiplicity: int | None
    largest_count: int | None = 1
    extremum_bound: float | None = None
    one_sided_eigenvalues: tuple[Enclosure, Enclosure] | None = None
    one_sided_mid: tuple[float, float] | None = None


@dataclass(frozen=True)
class Certificate:
    """What was proved of the fixed points of one population.

    `points` are ordered by rising x. `complete` says that nothing is undecided and that all of the line was covered;
    `count` is then their number. Where it is not known how h goes on far out, `interval` holds the only inputs that
    were searched (an infinite end: that side is covered by proof), and `count` is the number there. `count` is None
    where anything is undecided, and for a `continuum` of fixed points, which has no `points`. `largest_count` counts
    each undecided place with the most fixed points it may hold; None where that has no bound.

    `note` says what is special, "" where nothing is. `boxes` is how many boxes were examined, `precision` the bits
    with which the count was decided.
    """

    points: tuple[CertifiedPoint, ...]
    complete: bool
    count: int | None
    largest_count: int | None
    interval: Enclosure | None
    note: str
    boxes: int
    precision: int
    continuum: bool = False


def certified_fixed_points(
    transfer: TransferFunction, shape: Sequence[Fraction], w: Fraction, I: Fraction, tau: Fraction
) -> Certificate:
    """Return every fixed point of tau r' = -r + F(w r + I), with proof, or what of it is undecided.

    `shape` are the transfer function's parameters in their order. All parameters are taken as the exact rationals
    they are; rates are dimensionless, eigenvalues in 1/ms where tau is in ms. The transfer function may be any
    elementary one that is smooth above its threshold; it need not be monotone or bounded.

    Raises MissingExtra without python-flint, ParameterError for a parameter out of bounds, and NullclineError for a
    wrong number of parameters and for a function that has no ball arithmetic.

    >>> from nullcline.symbolic import transfer
    >>> five, half = Fraction(5), Fraction(1, 2)
    >>> found = certified_fixed_points(transfer.sigmoid, [Fraction("1.2"), Fraction("2.8")], five, half, Fraction(1))
    >>> found.count, found.complete, [point.stability for point in found.points]
    (3, True, ['stable', 'unstable', 'stable'])
    >>> found.points[0].r
    (0.04153669901331764, 0.04153669901331765)
    """
    balls.flint()
    _refuse(transfer, shape, tau)
    exact = (Fraction(w), Fraction(I), Fraction(tau))
    population = _Population(_without_floats(transfer), tuple(map(Fraction, shape)), *exact)
    line = population.affine
    if line is not None:
        return _affine(population, *line)
    if w == 0:
        return _certificate([_without_recurrence(population)], boxes=0, bits=_RUNGS[0])
    if population.has_threshold and _side_of_threshold(population) is None:
        return Certificate((), False, None, None, None, str(Case.UNDECIDED), 0, _RUNGS[-1])
    return _searched(population, _at_or_below_threshold(population))


def _refuse(transfer: TransferFunction, shape: Sequence[Fraction], tau: Fraction) -> None:
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


@lru_cache(maxsize=64)
def _without_floats(transfer: TransferFunction) -> TransferFunction:
    """Return a transfer function with the exact rationals that the floating-point numbers in it are.

    SymPy rounds when it computes with the others, and nothing that is derived from them is then exact.
    """
    c = transfer.coordinate
    parts = [transfer.formula, c.x, c.z_of_x, *([] if transfer.threshold is None else [transfer.threshold])]
    floats = {number: sympy.Rational(number) for part in parts for number in part.atoms(sympy.Float)}
    if not floats:
        return transfer
    return replace(
        transfer,
        formula=transfer.formula.xreplace(floats),
        threshold=None if transfer.threshold is None else transfer.threshold.xreplace(floats),
        coordinate=replace(c, x=c.x.xreplace(floats), z_of_x=c.z_of_x.xreplace(floats)),
    )


@dataclass(frozen=True)
class _Population:
    """One population with exact parameters.

    Where F has a threshold, the search is in t = x - threshold > 0, which is exactly 0 there; else t is x itself.
    """

    transfer: TransferFunction
    shape: tuple[Fraction, ...]
    w: Fraction
    I: Fraction
    tau: Fraction

    @cached_property
    def values(self) -> dict[sympy.Symbol, sympy.Rational]:
        symbols = [p.symbol for p in self.transfer.parameters]
        return {s: _rational(v) for s, v in zip(symbols, self.shape, strict=True)}

    @cached_property
    def origin(self) -> sympy.Expr:
        """The x at which t is 0."""
        edge = self.transfer.threshold
        return sympy.Integer(0) if edge is None else edge.xreplace(self.values)

    @cached_property
    def exact_origin(self) -> Fraction | None:
        return _fraction(self.origin)

    @property
    def has_threshold(self) -> bool:
        return self.transfer.threshold is not None

    def origin_ball(self) -> Ball:
        exact = self.exact_origin
        return balls.value(self.origin) if exact is None else balls.ball(exact)

    def input_ball(self) -> Ball:
        """The external input in the variable t."""
        exact = self.exact_origin
        return balls.ball(self.I) - self.origin_ball() if exact is None else balls.ball(self.I - exact)

    def parameters(self) -> list[Ball]:
        return [balls.ball(v) for v in self.shape]

    @cached_property
    def has_small_powers(self) -> bool:
        """Whether exact numbers stay short when they are put into F."""
        exponents = [e.exp.xreplace(self.values) for e in self.transfer.formula.atoms(sympy.Pow)]
        return all(e.is_Rational and abs(e) <= _LARGEST_DEGREE for e in exponents)

    def response_at(self, x: sympy.Expr, order: int) -> sympy.Expr:
        """The exact value of F, F', ... at an exact x above the threshold."""
        f = self.transfer
        expression = f.formula if order == 0 else formula_derivative(f, order)
        return expression.xreplace(self.values).xreplace({f.variable: x})

    def derivative_at(self, x: sympy.Expr, order: int) -> sympy.Expr:
        """The exact value of h, h', ... at an exact x above the threshold."""
        linear = (x - _rational(self.I), sympy.Integer(1))
        return (linear[order] if order < 2 else 0) - _rational(self.w) * self.response_at(x, order)

    @cached_property
    def affine(self) -> tuple[Fraction, Fraction] | None:
        """Slope and value at t = 0, where F is a straight line above its threshold and both are rational."""
        if formula_derivative(self.transfer, 2) != 0:
            return None
        slope = _fraction(formula_derivative(self.transfer, 1).xreplace(self.values))
        start = _fraction(self.transfer.formula.xreplace(self.values).xreplace({self.transfer.variable: self.origin}))
        return None if slope is None or start is None or self.exact_origin is None else (slope, start)

    @cached_property
    def factors(self) -> list[tuple[sympy.Poly, int]] | None:
        """The irreducible factors of h in x with their multiplicities, where F is a rational function of x."""
        x = self.transfer.variable
        if not self.has_small_powers:
            return None
        F = self.transfer.formula.xreplace(self.values)
        if not F.is_rational_function(x):
            return None
        above, _ = sympy.fraction(sympy.cancel(sympy.together(x - _rational(self.I) - _rational(self.w) * F)))
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


_LARGEST_DEGREE = 24  # beyond, factors cost more than the search


def _rational(number: Fraction) -> sympy.Rational:
    return sympy.Rational(number.numerator, number.denominator)


def _fraction(expression: sympy.Expr) -> Fraction | None:
    return Fraction(int(expression.p), int(expression.q)) if expression.is_Rational else None


# Straight lines and other cases without a search.


def _affine(population: _Population, slope: Fraction, start: Fraction) -> Certificate:
    """F = start + slope t: solved in rationals (reference: theory, section 3.1)."""
    p = population
    assert p.exact_origin is not None
    J, gap = p.I - p.exact_origin, 1 - p.w * slope
    level = J + p.w * start
    whole_line = not p.has_threshold and gap == level == 0
    if whole_line or (p.has_threshold and gap == J == 0):
        note = "a line of fixed points: every rate" if whole_line else str(Case.CONTINUUM)
        return Certificate((), True, None, None, None, note, 0, _RUNGS[0], continuum=True)
    points = _at_or_below_threshold(p)
    if gap != 0 and (not p.has_threshold or level / gap > 0):
        t = level / gap
        stability = "stable" if gap > 0 else "unstable"
        points.append(_exact_point(p.exact_origin + t, start + slope * t, -gap / p.tau, stability))
    return _certificate(points, boxes=0, bits=_RUNGS[0])


def _exact_point(
    x: Fraction, r: Fraction, eigenvalue: Fraction, stability: str, multiplicity: int = 1
) -> CertifiedPoint:
    return CertifiedPoint(
        x=_outward(x),
        r=_outward(r),
        eigenvalue=_outward(eigenvalue),
        x_mid=_nearest(x),
        r_mid=_nearest(r),
        eigenvalue_mid=_nearest(eigenvalue),
        status="certified",
        stability=stability,
        multiplicity=multiplicity,
    )


def _without_recurrence(population: _Population) -> CertifiedPoint:
    """Return the one fixed point for w = 0, r = F(I)."""
    p = population
    if p.has_threshold and _side_of_threshold(p) in (0, -1):
        return _exact_point(p.I, Fraction(0), -1 / p.tau, "stable")
    for bits in _REFINED:
        with balls.precision(bits):
            r = _Residual(p).F.at(p.input_ball(), 0)[0]
            ends, mid = balls.doubles(r), float(r)
        if _steps_between(*ends) <= 1:
            break
        exact = _fraction(_expanded(p.response_at(_rational(p.I), 0))) if p.has_small_powers else None
        if exact is not None:
            return _exact_point(p.I, exact, -1 / p.tau, "stable")
    return replace(_exact_point(p.I, Fraction(0), -1 / p.tau, "stable"), r=ends, r_mid=mid)


def _at_or_below_threshold(population: _Population) -> list[CertifiedPoint]:
    """The fixed point x = I, where I is not above the threshold and F is 0."""
    p = population
    side = _side_of_threshold(p) if p.has_threshold else 1
    if side == 1:
        return []
    point = _exact_point(p.I, Fraction(0), -1 / p.tau, "stable")
    # Without recurrence a kink is not felt.
    if side == -1 or not p.transfer.kinks or p.w == 0:
        return [point]
    with balls.precision(_REFINED[0]):
        sides = [-1 / balls.ball(p.tau), -_Residual(p).at(balls.ball(0), 1)[1] / balls.ball(p.tau)]
        below, above = (balls.doubles(v) for v in sides)
        mids = (float(sides[0]), float(sides[1]))
    return [
        replace(
            point,
            stability="nonsmooth",
            multiplicity=None,
            eigenvalue=(math.nan, math.nan),
            eigenvalue_mid=math.nan,
            one_sided_eigenvalues=(below, above),
            one_sided_mid=mids,
        )
    ]


def _side_of_threshold(population: _Population) -> int | None:
    """The sign of I - threshold, None where it could not be decided."""
    exact = population.exact_origin
    if exact is not None:
        gap = population.I - exact
        return (gap > 0) - (gap < 0)
    with balls.precision(_RUNGS[-1]):
        return balls.sign(population.input_ball()) or None


# h and its derivatives, as balls and as spans.


@lru_cache(maxsize=64)
def _program(transfer: TransferFunction, order: int) -> balls.Program:
    expressions = [transfer.formula, *(formula_derivative(transfer, k) for k in range(1, min(order, _ORDER) + 1))]
    # Higher orders are wanted on small boxes only, where what is not factored is good enough.
    for _ in range(_ORDER, order):
        expressions.append(sympy.diff(expressions[-1], transfer.variable))
    t = sympy.Dummy("t", real=True)
    x = t if transfer.threshold is None else transfer.threshold + t
    shifted = tuple(e.xreplace({transfer.variable: x}) for e in expressions)
    return balls.compiled(shifted, t, tuple(p.symbol for p in transfer.parameters))


class _Residual:
    """h(t) = t - J - w F and its derivatives at the precision that is set when it is made."""

    def __init__(self, population: _Population, order: int = _ORDER) -> None:
        self.population, self.bits = population, int(balls.flint().ctx.prec)
        self.F = _program(population.transfer, order).bound(population.parameters())
        self.w, self.J = balls.ball(population.w), population.input_ball()

    def at(self, t: Ball, last: int) -> list[Ball]:
        """Return h, h', ... on a ball; nan where nothing is known."""
        F = self.F.at(t, last)
        if not all(v.is_finite() for v in F):
            # Where a ball is too wide, or an exponential too large, the ends may still say something.
            ends = self.F.over(balls.span(t, t), last)
            F = [v if v.is_finite() else s.lo.union(s.hi) if s.finite else v for v, s in zip(F, ends, strict=True)]
        linear = [t - self.J, 1]
        return [(linear[k] if k < 2 else 0) - self.w * v for k, v in enumerate(F)]

    def over(self, box: Span, F: Sequence[Span]) -> list[Span]:
        """Return h, h', ... on a span from enclosures of F, F', ... there."""
        linear = [balls.span(box.lo - self.J, box.hi - self.J), balls.span(balls.ball(1), balls.ball(1))]
        weight = balls.span(-self.w, -self.w)
        changes = [balls.multiplied(weight, v) for v in F]
        return [balls.added(linear[k], v) if k < 2 else v for k, v in enumerate(changes)]


@dataclass(frozen=True, slots=True)
class _Place:
    """An exact t with h, h', ... there, and the certified sign of h (0 where there is none)."""

    t: Ball
    values: list[Ball]
    sign: int

    def sign_of(self, order: int) -> int:
        return balls.sign(self.values[order])


_Box = tuple[_Place, _Place]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The lowest order whose derivative keeps one sign on a box, that sign, and the least size; order 0 for none."""

    order: int
    sign: int = 0
    least: Any = None


@dataclass
class _Search:
    """One pass over boxes at one precision: what is settled goes to `roots`, what is not to `open`."""

    h: _Residual
    allowance: int
    boxes: int = 0
    roots: list[_Box] = field(default_factory=list)
    open: list[_Box] = field(default_factory=list)

    def run(self, start: Iterable[_Box]) -> None:
        """Examine boxes until none is left. h has a certified sign at both ends of every box."""
        stack = list(start)
        while stack:
            box = stack.pop()
            if self.boxes >= self.allowance:
                self.open.append(box)
                continue
            self.boxes += 1
            stack.extend(self.examined(*box))

    def place(self, t: Ball) -> _Place:
        values = self.h.at(t, _ORDER)
        return _Place(t, values, balls.sign(values[0]))

    def examined(self, a: _Place, b: _Place) -> list[_Box]:
        """Settle a box, or return the boxes in its stead."""
        over = _Over(self.h, a, b)
        if over.sign(0):
            return []
        kept = self.kept(a, b, over)
        if kept.order == 0 and over.is_rough(a, b):
            over.sharpen()
            kept = self.kept(a, b, over)
        if kept.order == 1 and a.sign == b.sign:
            return []
        if (kept.order == 1 and kept.least > 0) or (kept.order == 2 and a.sign != b.sign):
            # Monotone, convex or concave: a change of sign is one simple root.
            self.roots.append((a, b))
            return []
        if kept.order == 2:
            return self.beside_extremum(a, b, kept) if kept.sign == a.sign else []
        if kept.order == 3:
            return self.beside_inflection(a, b, kept)
        return self.halves(a, b)

    def kept(self, a: _Place, b: _Place, over: "_Over") -> _Kept:
        for order in range(1, _ORDER + 1):
            sign = over.sign(order)
            if sign:
                break
        else:
            return _Kept(0)
        least = over.least(order)
        while order > 1:
            # The derivative of order - 1 is monotone, that of order - 2 convex or concave: the ends tell.
            if a.sign_of(order - 1) == b.sign_of(order - 1) != 0:
                order -= 1
            elif order > 2 and a.sign_of(order - 2) == b.sign_of(order - 2) == -sign:
                order -= 2
            else:
                break
            sign = a.sign_of(order)
            least = _smaller(a.values[order].abs_lower(), b.values[order].abs_lower())
        return _Kept(order, sign, least)

    def beside_extremum(self, a: _Place, b: _Place, kept: _Kept) -> list[_Box]:
        """Settle a box where h bends from one sign towards 0 and back: two roots, none, or a double one."""
        verdict, c = self.extremum(a, b, kept)
        if verdict == -1:
            self.roots.extend([(a, c), (c, b)])
        elif verdict == 0 and kept.least > 0:
            self.open.append(self.narrowed(a, b, c, kept))
        elif verdict == 0:
            return self.apart(a, b, c)
        elif verdict is None:
            return self.halves(a, b)
        return []

    def apart(self, a: _Place, b: _Place, c: _Place) -> list[_Box]:
        """Cut a box that starts where h'' is 0 between that place and c; leave another open."""
        if _Over(self.h, a, b).at_edge:
            place = self.place((c.t / 2).mid())
            if place.sign:
                return [(a, place), (place, b)]
        self.open.append((a, b))
        return []

    def beside_inflection(self, a: _Place, b: _Place, kept: _Kept) -> list[_Box]:
        """Settle or cut a box where h' bends one way: h is monotone, turns twice, or nearly has a triple root."""
        verdict, c = self.extremum(a, b, kept)
        if verdict == 1:
            if a.sign != b.sign:
                self.roots.append((a, b))
            return []
        if verdict == -1:
            return self.cut_near(a, b, c, kept)
        if verdict is None:
            return self.halves(a, b)
        near = self.narrowed(a, b, c, kept) if kept.least > 0 else (a, b)
        if near[1].t - near[0].t < (b.t - a.t) / 2:
            return [near]
        if not any(map(balls.sign, c.values[:3])):
            self.open.append(near)
            return []
        return self.halves(*near)

    def extremum(self, a: _Place, b: _Place, kept: _Kept) -> tuple[int | None, _Place]:
        """Follow g, the derivative of order k - 2, to its extremum; that of order k keeps its sign s.

        Returns a place and 1 if g has the sign s throughout, -1 if it has the other sign at the place, 0 if the
        precision does not tell, and None if the extremum was not reached.
        """
        g, s = kept.order - 2, kept.sign
        lo, hi, size = a.t, b.t, None
        width = (hi - lo).abs_upper()
        t = _between(lo, hi, _CUTS[0])
        c = a
        for _ in range(_STEPS):
            if t is None:
                return 0, c
            c = self.place(t)
            value, slope, bend = c.values[g : g + 3]
            if balls.sign(value) == -s:
                return -1, c
            steepness = slope.abs_upper()
            depth = steepness * width
            if kept.least > 0:
                # |bend| >= least, so that no tangent parabola falls below this.
                depth = _smaller(depth, (steepness * steepness / (2 * kept.least)).abs_upper())
            if s * value - depth > 0:
                return 1, c
            side = balls.sign(slope) * s
            if side == 0:
                return 0, c
            lo, hi = (lo, t) if side > 0 else (t, hi)
            t = _newton(t, slope, bend, lo, hi, slow=size is not None and not _FAST * steepness < size)
            size = steepness
        return None, c

    def narrowed(self, a: _Place, b: _Place, c: _Place, kept: _Kept) -> _Box:
        """Return the part of a box around c outside which h has no root.

        With |h^(k)| >= m on the box, Taylor's formula at c makes t - c a root of a polynomial with leading coefficient
        at least m/k!, and Fujiwara's bound (1916) holds it.
        """
        k = kept.order
        radius = balls.ball(0)
        for j in range(1, k + 1):
            share = c.values[k - j].abs_upper() * (math.factorial(k) // math.factorial(k - j)) / kept.least
            radius = _larger(radius, share.root(j).abs_upper())
        # More than nothing also where all of these are exactly 0.
        reach = 4 * radius + (b.t - a.t) * balls.ball(Fraction(1, 2 ** (self.h.bits // k)))
        return self.beyond(c, -reach, a), self.beyond(c, reach, b)

    def beyond(self, c: _Place, step: Ball, end: _Place) -> _Place:
        """Return the first place at a step, or 8, 64, ... steps, from c at which h has a certified sign, or the end."""
        while True:
            t = (c.t + step).mid()
            if not (end.t < t if step < 0 else t < end.t):
                return end
            place = self.place(t)
            if place.sign:
                return place
            step = 8 * step

    def cut_near(self, a: _Place, b: _Place, c: _Place, kept: _Kept) -> list[_Box]:
        """Cut a box near c, where h' has the sign that makes h turn twice."""
        step = (c.values[1].abs_upper() / kept.least).sqrt() / 4 if kept.least > 0 else (b.t - a.t) / 8
        for share in (0, 1, -1, 2):
            place = c if share == 0 else self.place((c.t + share * step).mid())
            if place.sign and a.t < place.t < b.t:
                return [(a, place), (place, b)]
        return self.halves(a, b)

    def halves(self, a: _Place, b: _Place) -> list[_Box]:
        """Cut a box where h has a certified sign; leave it open where no such place is found."""
        for share in _CUTS:
            t = _between(a.t, b.t, share)
            if t is None:
                break
            place = self.place(t)
            if place.sign:
                return [(a, place), (place, b)]
        self.open.append((a, b))
        return []


# Off the centre, where roots often lie: at 0, or between symmetric ends.
_CUTS = (0.4873, 0.3541, 0.6180, 0.2718, 0.7321)
_STEPS = 60
_FAST = 8  # a step of Newton's method that gains less than this is followed by a cut


class _Over:
    """h, h', ... on a box, computed as far as they are asked for."""

    def __init__(self, h: _Residual, a: _Place, b: _Place, last: int = _ORDER) -> None:
        self.h, self.ends, self.last = h, (a.t, b.t), last
        self.at_edge = h.population.has_threshold and a.t == 0
        self.values: list[Any] = []

    def value(self, order: int) -> Any:
        if len(self.values) <= order:
            last = 1 if order <= 1 else self.last
            lo, hi = self.ends
            # A ball around the box would reach below the threshold.
            self.values = [] if self.at_edge else self.h.at(lo.union(hi), last)
            if self.at_edge or not all(v.is_finite() for v in self.values):
                self.values = self.spans(last)
        return self.values[order]

    def spans(self, last: int) -> list[Any]:
        box = Span(*self.ends)
        return list(self.h.over(box, self.h.F.over(box, last)))

    def is_rough(self, a: _Place, b: _Place) -> bool:
        """Whether a ball is much wider than h' at one end of the box."""
        slope = self.value(1)
        if isinstance(slope, Span):
            return False
        return not slope.rad() < _ROUGH * (1 + _smaller(abs(a.values[1]), abs(b.values[1])))

    def sharpen(self) -> None:
        """Use spans: a ball around values of many magnitudes reaches below 0."""
        self.values = self.spans(self.last)

    def sign(self, order: int) -> int:
        value = self.value(order)
        if not isinstance(value, Span):
            return balls.sign(value)
        # F is analytic and no straight line: a derivative that does not change sign vanishes at most at single points.
        return value.sign if order == 0 else value.weak_sign

    def strict_sign(self, order: int) -> int:
        value = self.value(order)
        return value.sign if isinstance(value, Span) else balls.sign(value)

    def least(self, order: int) -> Ball:
        value = self.value(order)
        return _smaller(abs(value.lo), abs(value.hi)) if isinstance(value, Span) else value.abs_lower()


_ROUGH = 32


def _smaller(a: Ball, b: Ball) -> Ball:
    return b if b < a else a


def _larger(a: Ball, b: Ball) -> Ball:
    return b if b > a else a


def _newton(t: Ball, value: Ball, slope: Ball, lo: Ball, hi: Ball, *, slow: bool) -> Ball | None:
    """Return the next exact place where to look for a zero between lo and hi, None where there is no place left."""
    step = value / slope
    if step.is_finite():
        new = (t - step).mid()
        if abs(new - t) <= abs(t) * balls.ball(Fraction(8, 2 ** int(balls.flint().ctx.prec))):
            return None
        if lo < new < hi and not slow:
            return new
    return _between(lo, hi, _CUTS[0])


_FAR_APART = 65536


def _between(lo: Ball, hi: Ball, share: float) -> Ball | None:
    """Return an exact number inside a box: at a share of it or, across magnitudes, of the exponents."""
    near, far = (lo, hi) if abs(lo) < abs(hi) else (hi, lo)
    if balls.sign(near) * balls.sign(far) < 0:
        near = near * 0
    start = abs(near) if near != 0 else balls.ball(1)
    if abs(far) > _FAR_APART * start:
        middle = (abs(far) / start).log() * share + start.log()
        inside = middle.exp().mid() * (1 if far > 0 else -1)
    else:
        inside = (lo + (hi - lo) * share).mid()
    return inside if lo < inside < hi else None


# The search: a box that holds every root, one pass after the other, then each root to the nearest doubles.


def _searched(population: _Population, below: list[CertifiedPoint]) -> Certificate:
    p = population
    box, interval = _bracket(p)
    open_boxes = [box] if box else []
    roots: list[tuple[_Box, int]] = []
    found = [*below]
    boxes, bits = 0, _RUNGS[0]
    # Where no sign is known at the threshold nothing can be concluded from signs.
    for bits in _RUNGS if box and box[0].sign and box[1].sign else ():
        with balls.precision(bits):
            search = _Search(_Residual(p), _BOXES - boxes)
            search.run([(_again(search, a), _again(search, b)) for a, b in open_boxes])
            boxes += search.boxes
            roots += [(root, bits) for root in search.roots]
            open_boxes = []
            for a, b in _merged(search.open):
                decided = _exactly(p, search.h, a, b)
                if decided is None:
                    open_boxes.append((a, b))
                found += decided or []
        if not open_boxes or boxes >= _BOXES:
            break
    for (a, b), rung in roots:
        point = _refined(p, a, b, rung)
        if point is None:
            open_boxes.append((a, b))
        else:
            found.append(point)
    with balls.precision(_RUNGS[-1]):
        found += [_undecided(p, a, b) for a, b in open_boxes]
    return _certificate(sorted(found, key=lambda point: point.x), boxes, bits, interval)


def _again(search: _Search, place: _Place) -> _Place:
    """Return the same place at the search's precision; a sign once certified stays so."""
    again = search.place(place.t)
    return again if again.sign else replace(again, sign=place.sign)


def _merged(boxes: list[_Box]) -> list[_Box]:
    """Join boxes that have an end in common: what lies near that end would else be counted for both."""
    merged: list[_Box] = []
    for box in sorted(boxes, key=lambda box: balls.fraction(box[0].t)):
        if merged and merged[-1][1].t == box[0].t:
            merged[-1] = (merged[-1][0], box[1])
        else:
            merged.append(box)
    return merged


def _certificate(
    points: Sequence[CertifiedPoint], boxes: int, bits: int, interval: Enclosure | None = None
) -> Certificate:
    undecided = any(point.status == "undecided" for point in points)
    limits = [point.largest_count for point in points]
    known = [limit for limit in limits if limit is not None]
    return Certificate(
        points=tuple(points),
        complete=not undecided and interval is None,
        count=None if undecided else len(points),
        largest_count=sum(known) if len(known) == len(limits) else None,
        interval=interval,
        note=_note(points, interval),
        boxes=boxes,
        precision=bits,
    )


def _note(points: Sequence[CertifiedPoint], interval: Enclosure | None) -> str:
    open_point = next((point for point in points if point.status == "undecided"), None)
    if open_point is not None:
        return _open_note(open_point)
    if interval is not None:
        lo, hi = interval
        where = f"up to {hi:g}" if math.isinf(lo) else f"from {lo:g} on" if math.isinf(hi) else f"from {lo:g} to {hi:g}"
        return f"only inputs {where} were searched: how h goes on beyond is not known"
    if not points:
        return str(Case.NONE)
    if any(math.isinf(end) for point in points for end in (*point.x, *point.r)):
        return str(Case.BEYOND)
    if any(point.stability == "nonsmooth" for point in points):
        return str(Case.KINK)
    multiplicity = max(point.multiplicity or 1 for point in points)
    if multiplicity > 3:
        return f"{multiplicity} fixed points have met"
    return {3: str(Case.TRIPLE), 2: str(Case.DOUBLE)}.get(multiplicity, "")


def _open_note(point: CertifiedPoint) -> str:
    most = {None: "an unknown number of fixed points", 1: "at most one fixed point"}.get(
        point.largest_count, f"at most {point.largest_count} fixed points"
    )
    note = f"not decided: {most} between the inputs {point.x[0]!r} and {point.x[1]!r}"
    if point.extremum_bound is None:
        return note
    # Rounded up, so that it stays a bound.
    return f"{note}; two have met for some external input within {1.01 * point.extremum_bound:.2e} of this one"


# An interval outside which h has no root.

_FAR = (128, 512)  # bits: far out a slope may differ from 1/w by very little
_UNPROVED = 1000  # how far to look where nothing is known beyond, in units of 1 + |I|


def _bracket(population: _Population) -> tuple[_Box | None, Enclosure | None]:
    """Return the box that holds every root above the threshold, and the ends of the search where that is not proved."""
    box = interval = None
    for bits in _FAR:
        with balls.precision(bits):
            box, interval = _bracket_now(population)
        if interval is None:
            break
    return box, interval


def _bracket_now(population: _Population) -> tuple[_Box | None, Enclosure | None]:
    h = _Residual(population)
    search = _Search(h, 0)
    everything = balls.line()
    domain = Span(balls.ball(0), everything.hi) if population.has_threshold else everything
    # Every root is J + w F somewhere.
    reach = balls.added(balls.span(h.J, h.J), balls.multiplied(balls.span(h.w, h.w), _enclosed(h, domain, 0)))
    if population.has_threshold and not reach.hi > 0:
        return None, None
    high, high_proved = _end(search, reach, 1)
    if population.has_threshold and not reach.lo > 0:
        low, low_proved = _past_threshold(search, high.t), True
    else:
        low, low_proved = _end(search, reach, -1)
    if low_proved and high_proved:
        return (low, high), None
    origin = population.origin_ball()
    lo = -math.inf if low_proved else balls.doubles(low.t + origin)[0]
    hi = math.inf if high_proved else balls.doubles(high.t + origin)[1]
    return (low, high), (lo, hi)


def _past_threshold(search: _Search, high: Ball) -> _Place:
    """Return a place at or just past the threshold, with no root between; its sign is 0 where none is found."""
    edge = search.place(balls.ball(0))
    if edge.sign:
        return edge
    side = _side_of_threshold(search.h.population)
    if side:
        return replace(edge, sign=-side)
    # h(0) = 0: where h is monotone from there on it has no other root.
    for halvings in (0, *(2**j for j in range(12))):
        end = (high * balls.ball(Fraction(1, 2**halvings))).mid()
        box = Span(edge.t, end)
        trend = search.h.over(box, search.h.F.over(box, 1))[1].weak_sign
        if trend:
            return replace(search.place(end), sign=trend)
    return edge


def _end(search: _Search, reach: Span, side: int) -> tuple[_Place, bool]:
    """Return a place beyond which h has no root, and whether that is proved."""
    h, bound = search.h, reach.hi if side > 0 else reach.lo
    other = reach.lo if side > 0 else reach.hi
    if bound.is_finite():
        # A little beyond the bound h has a size to show its sign by; below the threshold it is another function.
        room = abs(bound) + (0 if h.population.has_threshold and side < 0 else abs(reach.hi - reach.lo))
        step = (room if room.is_finite() and room > 0 else 1 + abs(bound)) / 64
        return _signed(search, bound, side * step), True
    start = other if other.is_finite() else h.J
    step = side * 4 * (1 + abs(start) + abs(h.J))
    for k in range(13):
        place = search.place((start + step * balls.ball(2 ** (2**k - 1))).mid())
        if place.sign and _is_clear(h, place, side):
            return place, True
    bound = h.population.root_bound
    if bound is not None:
        end = side * balls.ball(bound)
        return _signed(search, end - h.population.origin_ball(), end / 64), True
    return _signed(search, start, side * _UNPROVED * (1 + abs(h.J))), False


def _signed(search: _Search, start: Ball, step: Ball) -> _Place:
    """Return the first of a few places after a start at which h has a certified sign."""
    place = search.place((start + step).mid())
    for k in range(1, 60):
        if place.sign:
            break
        place = search.place((start + step * (1 + k)).mid())
    return place


def _enclosed(h: _Residual, where: Span, order: int) -> Span:
    """Return the values of F or a derivative on a long span: between its values at the ends where it is monotone."""
    F = h.F.over(where, order + 1)
    rising = F[order + 1].weak_sign
    if F[order].finite or not rising:
        return F[order]
    first, last = _at_end(h, where.lo, order, -1), _at_end(h, where.hi, order, 1)
    return F[order].within(Span(first.lo, last.hi) if rising > 0 else Span(last.lo, first.hi))


def _at_end(h: _Residual, t: Ball, order: int, side: int) -> Span:
    if t.is_finite():
        value = h.F.at(t, order)[order]
        return balls.span(value, value)
    limit = _limit(h.population.transfer, order, side)
    if limit is None:
        return balls.line()
    if limit in (sympy.oo, -sympy.oo):
        infinity = balls.line().hi * (1 if limit == sympy.oo else -1)
        return Span(infinity, infinity)
    symbols = tuple(p.symbol for p in h.population.transfer.parameters)
    function = balls.compiled((limit,), None, symbols).bound(h.population.parameters())
    value = function.at(balls.ball(0), 0)[0]
    return balls.span(value, value)


def _is_clear(h: _Residual, place: _Place, side: int) -> bool:
    """Say whether h is proved to have no root beyond a place."""
    beyond = Span(place.t, balls.line().hi) if side > 0 else Span(balls.line().lo, place.t)
    value, slope = h.over(beyond, [_enclosed(h, beyond, 0), _enclosed(h, beyond, 1)])
    if value.sign:
        return True
    if slope.weak_sign * side == place.sign:
        return True
    trend, limit = _asymptote(h, beyond, side)
    # A monotone h that tends to 0 never reaches it.
    return trend * side == place.sign or (trend != 0 and limit in (0, place.sign))


def _asymptote(h: _Residual, beyond: Span, side: int) -> tuple[int, int | None]:
    """Return the signs of h' and of the limit of h, where w F' tends to exactly 1; 0 and None otherwise."""
    p = h.population
    slope = _limit(p.transfer, 1, side)
    exact = None if slope is None else _fraction(slope.xreplace(p.values))
    bend = h.F.over(beyond, 2)[2].weak_sign
    if exact is None or p.w * exact != 1 or not bend:
        return 0, None
    offset = _offset(p.transfer, side)
    limit = None if offset is None else _fraction(offset.xreplace(p.values))
    # h' = w (F'(oo) - F'), and F' is below its limit where it rises to the right or falls to the left.
    trend = bend * side * (1 if p.w > 0 else -1)
    return trend, None if limit is None else (limit > p.I) - (limit < p.I)


@lru_cache(maxsize=256)
def _limit(transfer: TransferFunction, order: int, side: int) -> sympy.Expr | None:
    """Return what F or a derivative tends to at an end of the line, None where SymPy does not find it."""
    c = transfer.coordinate
    end, direction = (c.domain.sup, "-") if side > 0 else (c.domain.inf, "+")
    return _found(lambda: sympy.limit(in_coordinate(transfer, order), c.z, end, direction), transfer)


@lru_cache(maxsize=256)
def _offset(transfer: TransferFunction, side: int) -> sympy.Expr | None:
    """Return what x - F/F'(oo) tends to, None where SymPy does not find it."""
    slope = _limit(transfer, 1, side)
    x = transfer.variable
    return _found(lambda: sympy.limit(sympy.expand(x - transfer.formula / slope), x, side * sympy.oo), transfer)


# SymPy's limits fail in many ways, and "not known" is an answer.
_NO_LIMIT = (
    ArithmeticError,
    AttributeError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    sympy.PoleError,
)


def _found(limit: Callable[[], sympy.Expr], transfer: TransferFunction) -> sympy.Expr | None:
    try:
        value = limit()
    except _NO_LIMIT:
        return None
    known = {p.symbol for p in transfer.parameters}
    plain = not value.has(sympy.Limit, sympy.AccumBounds, sympy.nan, sympy.zoo) and value.free_symbols <= known
    return value if plain and (value in (sympy.oo, -sympy.oo) or not value.has(sympy.oo)) else None


# One root to the nearest doubles.


def _refined(population: _Population, a: _Place, b: _Place, rung: int) -> CertifiedPoint | None:
    """Return the only root between two places, enclosed by doubles; None where it could not be told from a multiple."""
    p, best = population, None
    for bits in _REFINED:
        if bits < rung:
            continue
        with balls.precision(bits):
            h = _Residual(p, 1)
            t = _newton_enclosure(h, a, b)
            if t is None:
                continue
            best = _simple_point(h, t, "stable" if a.sign < 0 else "unstable")
            ends = [balls.fraction(end) for end in (t.lower(), t.upper())]
        widths = [_steps_between(*pair) for pair in (best.x, best.r, best.eigenvalue)]
        if max(widths) <= 1:
            return best
        # A double, or a rate that is one, stays inside the enclosure however many bits there are.
        if p.exact_origin is not None and bits <= _ENOUGH:
            t_exact = _simplest(*ends)
            x = t_exact + p.exact_origin
            # A number with many digits is in every interval: it says nothing.
            if t_exact.denominator.bit_length() < bits // 4 and _is_root(p, _rational(x), 1):
                return _exact_simple(p, x, best.stability)
        if max(widths) <= 2 and bits >= _ENOUGH:
            return best
    return best


_ENOUGH = 256  # bits: what is then still on both sides of a double is likely to stay so


def _simple_point(h: _Residual, t: Ball, stability: str) -> CertifiedPoint:
    """The point whose t is in a ball, at the precision that is set."""
    p = h.population
    value, slope = h.F.at(t, 1)
    # The one of F(x) and (x - I)/w that does not magnify the error of x.
    r = (t - h.J) / h.w if abs(h.w * slope) > 1 else value
    x, x_mid = _beside(p.I, t + p.origin_ball(), h.w * value)
    eigenvalue, eigenvalue_mid = _beside(-1 / p.tau, (h.w * slope - 1) / balls.ball(p.tau), h.w * slope)
    return CertifiedPoint(
        x=x,
        r=balls.doubles(r),
        eigenvalue=eigenvalue,
        x_mid=x_mid,
        r_mid=float(r),
        eigenvalue_mid=eigenvalue_mid,
        status="certified",
        stability=stability,
        multiplicity=1,
    )


def _beside(base: Fraction, value: Ball, change: Ball) -> tuple[Enclosure, float]:
    """Return a ball's ends and middle as doubles, knowing on which side of a number it lies however close it is."""
    (lo, hi), side = balls.doubles(value), balls.sign(change)
    low, high = _outward(base)
    return (max(lo, low) if side > 0 else lo, min(hi, high) if side < 0 else hi), float(value)


def _newton_enclosure(h: _Residual, a: _Place, b: _Place) -> Ball | None:
    """Return a ball in which interval Newton proves one root, between two places with one root between."""
    best = _nearly_root(h, a, b)
    if best is None:
        return None
    value, slope = h.at(best, 1)
    # Wider than the error of h allows to tell, so that the proof has room; not 0 where h happens to be exactly 0.
    least = (best.abs_upper() if best != 0 else 1) * balls.ball(Fraction(1, 2**_LEAST))
    radius = (2 * value.abs_upper() / slope.abs_lower() + least).upper()
    if not radius.is_finite():
        return None
    around = (best - radius).union(best + radius)
    newton = best - value / h.at(around, 1)[1]
    if newton.is_finite() and around.contains_interior(newton) and a.t < newton < b.t:
        return newton
    return None


def _nearly_root(h: _Residual, a: _Place, b: _Place) -> Ball | None:
    """Return the exact place where h is smallest of those that Newton's method, kept between signs, visits."""
    lo, hi = a.t, b.t
    t = _between(lo, hi, _CUTS[0])
    best: Ball | None = None
    size: Ball | None = None
    smallest: Ball | None = None
    for _ in range(_PATIENCE):
        if t is None:
            break
        value, slope = h.at(t, 1)
        side, last, size = balls.sign(value), size, abs(value)
        if side == 0:
            return t
        if smallest is None or size < smallest:
            best, smallest = t, size
        lo, hi = (t, hi) if side == a.sign else (lo, t)
        t = _newton(t, value, slope, lo, hi, slow=last is not None and not _FAST * size < last)
    return best


_PATIENCE = 400
_LEAST = 1100  # bits below which no difference is seen after refining


def _steps_between(lo: float, hi: float) -> int:
    """Return how many doubles up from one the other is: 0, 1, 2, or 3 for more."""
    steps = 0
    while lo < hi and steps < 3:
        lo, steps = math.nextafter(lo, math.inf), steps + 1
    return steps


def _outward(number: Fraction) -> Enclosure:
    near = _nearest(number)
    if math.isinf(near):
        last = math.nextafter(near, 0)
        return (last, near) if near > 0 else (near, last)
    if near == number:
        return near, near
    other = math.nextafter(near, math.inf if near < number else -math.inf)
    return min(near, other), max(near, other)


def _nearest(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


# Exact arguments for what no finite precision can decide.


def _exact_simple(population: _Population, x: Fraction, stability: str) -> CertifiedPoint:
    p = population
    slope = p.derivative_at(_rational(x), 1)
    exact = _fraction(_expanded(slope))
    r = (x - p.I) / p.w
    if exact is not None:
        return _exact_point(x, r, -exact / p.tau, stability)
    with balls.precision(_REFINED[1]):
        eigenvalue = -balls.value(slope) / balls.ball(p.tau)
        ends, mid = balls.doubles(eigenvalue), float(eigenvalue)
    return replace(_exact_point(x, r, Fraction(0), stability), eigenvalue=ends, eigenvalue_mid=mid)


def _exactly(population: _Population, h: _Residual, a: _Place, b: _Place) -> list[CertifiedPoint] | None:
    """Return the fixed points between two places by an exact argument, None where there is none."""
    p = population
    if p.exact_origin is None:
        return None
    lo, hi = (p.exact_origin + balls.fraction(place.t) for place in (a, b))
    if p.factors is not None:
        return _by_factors(p, a, b, lo, hi)
    order = _first_order(p, h, a, b)
    for x in _candidates(p, lo, hi):
        if order and _is_root(p, x, order):
            # By Taylor's formula h is h^(k)/k! (x - c)^k there, and h^(k) has no zero.
            exact = _fraction(x)
            with balls.precision(_REFINED[1]):
                return [_multiple(p, balls.value(x) if exact is None else exact, order, a, b)]
    return None


def _by_factors(
    population: _Population, a: _Place, b: _Place, lo: Fraction, hi: Fraction
) -> list[CertifiedPoint] | None:
    """F is a rational function: Sturm's theorem counts the roots of each irreducible factor of h."""
    inside = [(f, m, f.count_roots(_rational(lo), _rational(hi))) for f, m in population.factors or []]
    number = sum(count for *_, count in inside)
    if number == 0:
        return []
    if number > 1:
        return None
    (factor, multiplicity) = next((f, m) for f, m, count in inside if count)
    if factor.degree() == 1:
        leading, constant = factor.all_coeffs()
        root = _fraction(-constant / leading)
        assert root is not None
        return [_multiple(population, root, multiplicity, a, b)]
    ends: tuple[sympy.Rational, sympy.Rational] = (_rational(lo), _rational(hi))
    for _ in range(2):  # the second time with the size of the root known
        size = max(map(abs, ends))
        ends = factor.refine_root(*ends, eps=size / 2**200)
    with balls.precision(_REFINED[1]):
        s, t = (balls.ball(Fraction(int(e.p), int(e.q))) for e in ends)
        return [_multiple(population, s.union(t), multiplicity, a, b)]


def _multiple(population: _Population, x: Any, multiplicity: int, a: _Place, b: _Place) -> CertifiedPoint:
    """The point whose multiplicity is known, at an exact x or in a ball, at the precision that is set."""
    p = population
    if a.sign == b.sign:
        stability = "half-stable"
    elif a.sign > 0:
        stability = "unstable"
    else:
        stability = "stable" if multiplicity == 1 else "stable-nonhyperbolic"
    if isinstance(x, Fraction):
        if multiplicity == 1:
            return _exact_simple(p, x, stability)
        return _exact_point(x, (x - p.I) / p.w, Fraction(0), stability, multiplicity)
    point = _simple_point(_Residual(p), x - p.origin_ball(), stability)
    if multiplicity == 1:
        return point
    return replace(point, eigenvalue=(0.0, 0.0), eigenvalue_mid=0.0, multiplicity=multiplicity)


def _first_order(population: _Population, h: _Residual, a: _Place, b: _Place, largest: int = _LAST_ORDER) -> int | None:
    """Return the order of the first derivative that is nowhere 0 between two places; None if there is none known."""
    for last in (_ORDER, largest):
        over = _Over(h if last == _ORDER else _Residual(population, last), a, b, last)
        for order in range(1, last + 1):
            if over.strict_sign(order):
                return order
    return None


def _candidates(population: _Population, lo: Fraction, hi: Fraction) -> list[sympy.Expr]:
    """Where a multiple root could be exactly: the simplest rational, and the centres of the functions in F.

    A centre is where the argument of an exponential and the like is 0: the inflection of a sigmoid. It need not be
    rational. (`TransferFunction.inflections` would solve an equation, and for some functions that does not end.)
    """
    p, x = population, population.transfer.variable
    formula = p.transfer.formula
    arguments = {e.args[0] for e in formula.atoms(sympy.Function, sympy.Pow)}
    places = []
    for argument in sorted((a.xreplace(p.values) for a in arguments if a.has(x)), key=sympy.default_sort_key):
        slope = sympy.diff(argument, x)
        if not slope.has(x) and slope != 0:
            places.append(x - argument / slope)
    centres = [_expanded(place) for place in places]
    return [_rational(_simplest(lo, hi)), *(c for c in dict.fromkeys(centres) if _contains(lo, hi, c))]


def _contains(lo: Fraction, hi: Fraction, number: sympy.Expr) -> bool:
    exact = _fraction(number)
    if exact is not None:
        return lo < exact < hi
    return bool(number.is_number and balls.ball(lo) < balls.value(number) < balls.ball(hi))


def _simplest(lo: Fraction, hi: Fraction) -> Fraction:
    """Return the rational with the smallest denominator between two numbers, by their continued fractions.

    >>> _simplest(Fraction("0.19"), Fraction("0.21"))
    Fraction(1, 5)
    """
    if lo <= 0 <= hi:
        return Fraction(0)
    if hi < 0:
        return -_simplest(-hi, -lo)
    terms = []
    while math.ceil(lo) > hi:
        term = math.ceil(lo) - 1
        terms.append(term)
        lo, hi = 1 / (hi - term), 1 / (lo - term)
    simplest = Fraction(math.ceil(lo))
    for term in reversed(terms):
        simplest = term + 1 / simplest
    return simplest


def _is_root(population: _Population, x: sympy.Expr, orders: int) -> bool:
    """Say whether h and its derivatives up to so many are proved to be 0 at an exact x."""
    p = population
    if not p.has_small_powers:
        return False
    with balls.precision(_RUNGS[-1]):
        # Cheap, and nearly always enough to say no.
        values = _Residual(p, max(orders - 1, _ORDER)).at(balls.value(x) - p.origin_ball(), orders - 1)
        if not all(v.contains(0) for v in values):
            return False
    return all(_vanishes(p.derivative_at(x, order)) for order in range(orders))


def _vanishes(expression: sympy.Expr) -> bool:
    """Say whether an exact number is proved to be 0, by algebra that treats exponentials and the like as letters."""
    # No simplify, and nothing else that asks SymPy for the sign of a number: it may want a million digits.
    expression = _expanded(expression)
    if expression == 0:
        return True
    if expression.has(sympy.nan, sympy.zoo, sympy.oo):
        return False
    letters = {e: sympy.Dummy() for e in expression.atoms(sympy.Function)}
    return bool(sympy.cancel(sympy.together(expression.xreplace(letters))) == 0)


def _expanded(expression: sympy.Expr) -> sympy.Expr:
    return sympy.expand(expression, log=False, power_base=False, power_exp=False)


# What stays undecided.


def _undecided(population: _Population, a: _Place, b: _Place) -> CertifiedPoint:
    """Say what is known of the fixed points between two places."""
    p, h = population, _Residual(population)
    box = Span(a.t, b.t)
    F = h.F.over(box, 1)
    origin, tau = p.origin_ball(), balls.ball(p.tau)
    x = Span((box.lo + origin).lower(), (box.hi + origin).upper())
    slope = balls.multiplied(h.over(box, F)[1], balls.span(-1 / tau, -1 / tau))
    middle = ((a.t + b.t) / 2).mid()
    residual = h.at(middle, 1)[1]
    return CertifiedPoint(
        x=balls.doubles(x),
        r=balls.doubles(F[0]),
        eigenvalue=balls.doubles(slope),
        x_mid=float(middle + origin),
        r_mid=float(h.F.at(middle, 0)[0]),
        eigenvalue_mid=float(-residual / tau),
        status="undecided",
        stability="undecided",
        multiplicity=None,
        largest_count=_first_order(p, h, a, b),
        extremum_bound=_extremum_bound(h, a, b),
    )


def _extremum_bound(h: _Residual, a: _Place, b: _Place) -> float | None:
    search = _Search(h, 0)
    a, b = _again(search, a), _again(search, b)
    kept = search.kept(a, b, _Over(h, a, b))
    if kept.order != 2 or not kept.least > 0 or not a.sign == b.sign == kept.sign:
        return None
    _, c = search.extremum(a, b, kept)
    bound = c.values[0].abs_upper() + c.values[1].abs_upper() ** 2 / (2 * kept.least)
    return max(balls.doubles(bound)[1], math.ulp(0.0))
