"""One set of parameters so close to a fold that doubles cannot count its fixed points: the same search at 120 digits.

The parameters are read as the exact numbers that the doubles are. Of two parameter sets that differ, the extremum of
h = x - I - w F(x) differs far more than the last of 120 digits, so its sign decides between none, one and two roots;
only an extremum that vanishes to 50 digits is called a double root.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
import sympy
from mpmath import mpf
from sympy import Expr

from ..symbolic.functions import textbook
from ..symbolic.transfer import TransferFunction, formula_derivative

_DIGITS = 120
_ZERO = mpf(10) ** -50
_LAST = mpf(10) ** -70
_EXPANSIONS = 4000
_LARGEST = mpf(2) ** 1024  # no double is as large


@dataclass(frozen=True)
class Root:
    """A fixed point as doubles nearest to the true values."""

    x: float
    r: float
    eigenvalue: float
    stability: str


class Undecided(Exception):
    """Not everything could be settled: `roots` was; `beyond` says that a root lies beyond the largest double."""

    def __init__(self, roots: Sequence[Root] = (), *, beyond: bool = False) -> None:
        super().__init__()
        self.roots, self.beyond = list(roots), beyond


def resolve(
    transfer: TransferFunction, shape: Sequence[float], w: float, I: float, tau: float, origin: float = 0.0
) -> list[Root]:
    """Return the fixed points of one population with w != 0, in the order of rising input.

    With an origin, F is taken at x - origin: a threshold that is the origin is 0 in `shape`.

    Raises Undecided, with the fixed points found so far, where the search leaves its budget or the doubles.
    """
    with mpmath.workdps(_DIGITS):
        search = _Search(transfer, [mpf(v) for v in shape], mpf(w), I, mpf(tau), mpf(origin))
        try:
            return search.roots()
        except Undecided as stop:
            raise Undecided(search.found, beyond=stop.beyond) from None


class _Search:
    def __init__(self, transfer: TransferFunction, shape: list[Any], w: Any, I: float, tau: Any, origin: Any) -> None:
        functions = _functions(transfer)
        self.transfer, self.w, self.I, self.tau = transfer, w, mpf(I) - origin, tau
        self.given_I, self.origin = I, origin
        self.F: Callable[[Any], Any] = lambda x: functions["F"](x, *shape)
        self.dF: Callable[[Any], Any] = lambda x: functions["dF"](x, *shape)
        self.edge = functions["threshold"](*shape) if transfer.threshold is not None else None
        self.inflections = sorted(point(*shape) for point in functions["inflections"])
        self.low, self.high = functions["low"](*shape), functions["high"](*shape) if transfer.bounded else None
        self.slope = functions["slope"](*shape) if functions["slope"] else None
        self.offset = functions["offset"](*shape) if functions["offset"] else None
        self.turns_beyond = False
        self.found: list[Root] = []

    def h(self, x: Any) -> Any:
        return x - self.I - self.w * self.F(x)

    def h_slope(self, x: Any) -> Any:
        return 1 - self.w * self.dF(x)

    def input(self, x: Any) -> float:
        return float(self.origin + x)

    def roots(self) -> list[Root]:
        found = self.found
        if self.edge is not None and self.edge >= self.I:
            found.append(Root(self.given_I, 0.0, float(-1 / self.tau), "stable"))
        lo, sign_lo, hi, sign_hi = self.bracket()
        nodes = [(lo, sign_lo)]
        for c in self.critical_points(lo, hi, sign_hi):
            value = self.h(c)
            scale = abs(c) + abs(self.I) + abs(c - self.I)
            nodes.append((c, 0 if abs(value) <= _ZERO * scale else (1 if value > 0 else -1)))
        beyond = unsettled = False
        if hi is None:
            hi, sign = nodes[-1]
            # Before a turn that lies beyond the doubles, h still rises: its sign at their end is not the one far out.
            wanted = 1 if self.turns_beyond else sign_hi
            end = wanted
            if sign != wanted:
                try:
                    hi = self.expand(self.h, hi, wanted)
                except Undecided:
                    hi, end = max(hi, _LARGEST), sign
            beyond, unsettled = end != sign_hi, self.turns_beyond and end == sign_hi
            sign_hi = end
        nodes.append((max(hi, nodes[-1][0]), sign_hi))
        cusps = [x for x in self.inflections if lo < x < hi and self.is_zero(self.h_slope(x), 1)]
        for (a, sa), (b, sb) in itertools.pairwise(nodes):
            cusp = next(
                (x for x in cusps if a < x < b and self.is_zero(self.h(x), abs(x) + abs(self.I) + abs(x - self.I))),
                None,
            )
            if cusp is not None:
                found.append(Root(self.input(cusp), float(self.F(cusp)), 0.0, "stable-nonhyperbolic"))
            elif sa * sb < 0:
                x = self.between(self.h, a, b, sa)
                eigenvalue = float(-self.h_slope(x) / self.tau)
                found.append(Root(self.input(x), float(self.F(x)), eigenvalue, "stable" if sb > 0 else "unstable"))
            if sb == 0:
                found.append(Root(self.input(b), float(self.F(b)), 0.0, "half-stable"))
        if beyond or unsettled:
            raise Undecided(beyond=beyond)
        return found

    @staticmethod
    def is_zero(value: Any, scale: Any) -> bool:
        return bool(abs(value) <= _ZERO * scale)

    def bracket(self) -> tuple[Any, int, Any, int]:
        """Return an interval with all roots above the threshold, and the signs of h at its ends; None is infinity."""
        w, I = self.w, self.I
        lo: Any
        hi: Any
        if self.high is not None:
            ends = (w * self.low, w * self.high)
            margin = _LAST * (abs(I) + abs(ends[0]) + abs(ends[1]) + 1)
            lo, sign_lo, hi, sign_hi = I + min(ends) - margin, -1, I + max(ends) + margin, 1
        elif w > 0:
            lo, sign_lo, hi = I - _LAST * (1 + abs(I)), -1, None
            # The sign of h far out: of 1 - w F'(oo), or of its limit where that slope is zero.
            far = -mpf(1) if self.slope is None else 1 - w * self.slope
            if far == 0:
                assert self.offset is not None
                far = 1 if self.offset > I else -1
            sign_hi = 1 if far > 0 else -1
        else:
            margin = _LAST * (1 + abs(I))
            lo, sign_lo, hi, sign_hi = I + w * self.F(I) - margin, -1, I + margin, 1
        if self.edge is not None and lo < self.edge:
            lo, sign_lo = self.edge, -1 if self.edge < self.I else 1
            hi = hi if hi is None else max(hi, lo)
        return lo, sign_lo, hi, sign_hi

    def critical_points(self, lo: Any, hi: Any, sign_hi: int) -> list[Any]:
        if self.w <= 0:
            return []
        inside = [x for x in self.inflections if x > lo and (hi is None or x < hi)]
        ends = [lo, *inside]
        if hi is not None:
            ends.append(hi)
        elif sign_hi < 0 and (self.slope is None or self.w * self.slope > 1):
            try:
                ends.append(self.expand(self.h_slope, ends[-1], -1))
            except Undecided:
                # h still rises where the doubles end, and turns after.
                self.turns_beyond = True
        slopes = [1 if self.edge is not None and x == self.edge else self.h_slope(x) for x in ends]
        points = []
        for a, b, sa, sb in zip(ends, ends[1:], slopes, slopes[1:], strict=False):
            if (self.is_zero(sa, 1) and a != lo) or (self.is_zero(sb, 1) and b != hi):
                continue
            if sa * sb < 0:
                points.append(self.between(self.h_slope, a, b, 1 if sa > 0 else -1))
        return points

    @staticmethod
    def expand(f: Callable[[Any], Any], start: Any, sign: int) -> Any:
        """Return a point to the right of `start`, among the doubles, at which f has the given sign."""
        step = (1 + abs(start)) / 10**6
        for _ in range(_EXPANSIONS):
            if f(start + step) * sign > 0:
                return start + step
            step *= 2
            if start + step > _LARGEST:
                break
        raise Undecided

    @staticmethod
    def between(f: Callable[[Any], Any], a: Any, b: Any, sign_a: int) -> Any:
        """Return the root of f between a and b by the Illinois method, halving every third step."""
        fa, fb = f(a), f(b)
        if a < 0 < b and f(mpf(0)) == 0:
            return mpf(0)
        if fa * sign_a <= 0 or fb * sign_a >= 0:
            fa, fb = mpf(sign_a), mpf(-sign_a)
        kept = 0
        for iteration in range(2000):
            if b - a <= _LAST * max(abs(a), abs(b)):
                break
            c = (a + b) / 2 if iteration % 3 == 2 else b - fb * (b - a) / (fb - fa)
            if not a < c < b:
                c = (a + b) / 2
            fc = f(c)
            if fc == 0:
                return c
            side = 1 if fc * sign_a > 0 else -1
            if side > 0:
                a, fa = c, fc
                fb = fb / 2 if kept == side else fb
            else:
                b, fb = c, fc
                fa = fa / 2 if kept == side else fa
            kept = side
        else:
            raise Undecided
        return (a + b) / 2


def exact_forms(transfer: TransferFunction) -> dict[str, Expr | None]:
    """Return by name, in textbook form, what the search needs to know; None for what there is not.

    F, F' and F'' are those above the threshold; slope and offset are of the asymptote.
    """
    x = transfer.variable
    slope = None if transfer.bounded or transfer.largest_slope == sympy.oo else transfer.largest_slope
    offset = None if slope is None else sympy.limit(sympy.expand(x - transfer.formula / slope), x, sympy.oo)
    forms = {
        "F": transfer.formula,
        "dF": formula_derivative(transfer, 1),
        "d2F": formula_derivative(transfer, 2),
        "threshold": transfer.threshold,
        "low": transfer.range.inf,
        "high": transfer.range.sup if transfer.bounded else None,
        "slope": slope,
        "offset": offset,
        **{f"inflection{i}": point for i, point in enumerate(transfer.inflections)},
    }
    return {name: None if e is None else textbook(e) for name, e in forms.items()}


@lru_cache(maxsize=64)
def _functions(transfer: TransferFunction) -> dict[str, Any]:
    own = [p.symbol for p in transfer.parameters]
    forms = exact_forms(transfer)

    def compiled(name: str) -> Callable[..., Any] | None:
        expression = forms[name]
        if expression is None:
            return None
        arguments = [transfer.variable, *own] if name in ("F", "dF") else own
        names = [sympy.Symbol(f"p{i}") for i in range(len(arguments))]
        renamed = expression.xreplace(dict(zip(arguments, names, strict=True)))
        function = sympy.lambdify(names, renamed, modules="mpmath")
        return lambda *values: mpf(function(*values))

    functions: dict[str, Any] = {name: compiled(name) for name in forms if name != "d2F"}
    edge = functions["threshold"]
    if edge is not None:
        functions |= {name: _above(functions[name], edge) for name in ("F", "dF")}
    functions["inflections"] = [f for name, f in functions.items() if name.startswith("inflection")]
    return functions


def _above(active: Callable[..., Any], edge: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *shape: active(x, *shape) if x > edge(*shape) else mpf(0)
