"""Whether a formula has a finite real value and slope wherever it is meant to, and where it has kinks and jumps.

The tree is evaluated with 50 digits, at the parameters' defaults and at the ends of their ranges, on a grid over the
inputs and at every place where the formula switches, divides or takes a root: these places are found as the zeros of
what decides there (a denominator, the two sides of a comparison), also where it only touches zero. A zero that comes
and goes twice between two points of the grid is not seen.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import sympy

from .budget import within
from .errors import BudgetExceeded, FormulaError, ModelError, shown
from .formula import Formula
from .formula_expression import evaluated, operations
from .formula_tree import Node, names, nodes
from .formula_values import DIGITS, EDGE, POLE, Evaluator, NoValue, Watched
from .kept import answer, content, generator
from .parameter import Parameter, real_number
from .transfer import x

INPUTS = (-100.0, 100.0)
LARGEST_DERIVATIVE = 5000

_SECONDS, _MEGABYTES = 3.0, 400.0
# How many nodes are evaluated in all, about 5 microseconds each, and how many points at most and at least.
_WORK, _MOST_POINTS, _FEWEST_POINTS = 200_000, 200, 24
# More places of one kind than this are named by their number.
_MOST_PLACES = 32
# Beside a place the formula is asked at this distance, times the size of x: with 50 digits a kink shows there as one.
_BESIDE = sympy.Rational(1, 10**18)
_CONVERGED, _IS_ZERO = 1e-46, 1e-40


@dataclass(frozen=True)
class Findings:
    """Where a formula has kinks (two slopes) and jumps (two values), at its parameters' defaults, and the inputs seen.

    Of more than 32 places only 32 are listed.
    """

    inputs: tuple[float, float]
    kinks: tuple[float, ...] = ()
    jumps: tuple[float, ...] = ()

    @property
    def warning(self) -> str | None:
        """A line that names the jumps; None where there are none."""
        if not self.jumps:
            return None
        places = ", ".join(f"{place:.6g}" for place in self.jumps[:5])
        more = f" and {len(self.jumps) - 5} more places" if len(self.jumps) > 5 else ""
        return f"the formula jumps at x = {places}{more}: there is no slope, and a fixed point may sit in the jump"


def check_formula(formula: Formula, inputs: tuple[float, float] | None = None) -> Findings:
    """Return where a formula has kinks and jumps, having found it finite, real and smooth elsewhere.

    `inputs` is the range of x that the formula is meant for, -100 to 100 by default. F' by SymPy is compared with a
    difference quotient of the tree and with its slope by the chain rule.

    Raises FormulaError with the input and the place in the text where F or F' is undefined, not real or infinite, and
    for a formula whose derivatives have more than 5,000 operations or cannot be had within 3 s.

    >>> from nullcline.symbolic.formula import read_formula
    >>> check_formula(read_formula("max(x - 1, 0)", []))
    Findings(inputs=(-100.0, 100.0), kinks=(1.0,), jumps=())
    >>> check_formula(read_formula("sqrt(x)", []))
    Traceback (most recent call last):
    nullcline.symbolic.errors.FormulaError: no value at x = -100: square root of a negative number (-100); \
write a condition, or state the inputs that the formula is meant for
        sqrt(x)
        ^
    """
    asked = _range(INPUTS if inputs is None else inputs)

    # What was found for a formula that passed is kept on disk; a refusal is not.
    def found() -> list[tuple[float, ...]]:
        findings = _checked(formula, asked)
        return [findings.kinks, findings.jumps]

    question = (json.dumps(content((formula, asked))), generator())
    kinks, jumps = answer("formula", question, found, _are_places)
    return Findings(asked, tuple(kinks), tuple(jumps))


def _are_places(kept: Any) -> bool:
    return (
        isinstance(kept, list)
        and len(kept) == 2
        and all(isinstance(places, list) and all(type(place) is float for place in places) for places in kept)
    )


# A model's formula is looked at when its file is read, and again when its transfer function is made.
@lru_cache(maxsize=64)
def _checked(formula: Formula, inputs: tuple[float, float]) -> Findings:
    low, high = inputs
    try:
        with within(seconds=_SECONDS, megabytes=_MEGABYTES, what="checking the formula"):
            slope = _derivative(formula)
            used = names(formula.tree)
            settings = list(_settings(formula.parameters, [p for p in formula.parameters if p.name in used]))
            work = _WORK // sum(1 for _ in nodes(formula.tree))
            sweep = _Sweep(formula, {p.name: p.default for p in formula.parameters}, "", low, high)
            findings = sweep.findings(work // 2)
            _compare(formula, slope, sweep)
            for note, values in settings:
                _Sweep(formula, values, note, low, high).findings(work // 2 // len(settings))
            return findings
    except BudgetExceeded as spent:
        raise FormulaError(f"{spent}: write a simpler formula", formula.text, formula.tree.position) from None


def _range(inputs: Any) -> tuple[float, float]:
    try:
        low, high = (real_number("an end of the inputs", end) for end in inputs)
    except (TypeError, ValueError):
        raise ModelError(f"inputs must be two numbers, got {shown(inputs)}: write (-10, 10)") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ModelError(f"inputs must be two finite numbers, the smaller first, got {shown(inputs)}")
    return low, high


def _settings(parameters: tuple[Parameter, ...], used: list[Parameter]) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield the values at the ends of each parameter's range, the others being at their defaults, with a note."""
    defaults = {p.name: p.default for p in parameters}
    for p in used:
        low, high = p.bounds
        if p.open_minimum:
            # The end itself is not allowed; the smallest value that is studied is.
            low = p.sample[0] if p.sample[0] > low else -math.inf
        for end in (low, high):
            if math.isfinite(end) and end != p.default and p.allows(end):
                yield f" with {p.name} = {end:g}", {**defaults, p.name: end}


def _derivative(formula: Formula) -> sympy.Expr:
    """Return F' by SymPy; refuse F' and F'' that are too large."""
    expression, made = formula.expression, []
    for name in ("F'", "F''"):
        try:
            expression = sympy.diff(expression, x)
        except (RecursionError, MemoryError):
            raise
        except Exception as error:
            what = " ".join(str(error).split())[:80]
            line = f"SymPy cannot differentiate this formula ({what})"
            raise FormulaError(line, formula.text, formula.tree.position) from None
        if operations(expression, LARGEST_DERIVATIVE) > LARGEST_DERIVATIVE:
            line = f"{name} has more than {LARGEST_DERIVATIVE:,} operations: write a simpler formula"
            raise FormulaError(line, formula.text, formula.tree.position)
        made.append(expression)
    return made[0]


class _Sweep:
    """One formula at one set of parameters, over a range of inputs."""

    def __init__(self, formula: Formula, values: Mapping[str, float], note: str, low: float, high: float) -> None:
        self.formula, self.values, self.note = formula, values, note
        self.low, self.high = low, high
        self.evaluator = Evaluator(values)
        self.mp = self.evaluator.mp
        self.places: list[Any] = []

    def findings(self, work: int) -> Findings:
        """Look at as many inputs as the work allows; return the kinks and jumps."""
        grid = [self.evaluator.number(point) for point in self.grid(work // 2)]
        seen = [self.at(point) for point in grid]
        limit = self.evaluator.evaluations + work // 2
        places: list[Any] = []
        for (left, (_, before)), (right, (_, after)) in pairwise(zip(grid, seen, strict=True)):
            for key in before.keys() & after.keys():
                if self.evaluator.evaluations < limit and len(places) < 4 * _MOST_PLACES:
                    places.extend(self.zeros(key, left, right, before[key], after[key]))
        self.places = self.distinct(places)
        kinks: list[float] = []
        jumps: list[float] = []
        for place in self.places:
            kind = self.kind(place)
            if kind == "kink" and len(kinks) < _MOST_PLACES:
                kinks.append(self.told(place))
            elif kind == "jump" and len(jumps) < _MOST_PLACES:
                jumps.append(self.told(place))
        return Findings((self.low, self.high), tuple(kinks), tuple(jumps))

    def grid(self, most: int) -> list[float]:
        """Return the inputs to look at: evenly over the range, more closely at 0 and at the parameters' values."""
        count = max(_FEWEST_POINTS, min(most, _MOST_POINTS))
        width = self.high - self.low
        points = {self.low + width * (i / (count - 1)) for i in range(count)} | {self.low, self.high}
        centres = [0.0, *self.values.values()]
        distances = [10.0**power for power in range(-12, 3, 1 if count > 100 else 4)]
        for centre in centres[: max(1, count // 40)]:
            points |= {centre} | {centre + side * distance for distance in distances for side in (-1, 1)}
        return sorted(point for point in points if self.low <= point <= self.high)

    def at(self, point: Any) -> tuple[Any, dict[tuple[int, int], Watched]]:
        """Return the slope at an input and what is watched there; refuse an input without a value."""
        try:
            value, slope = self.evaluator.at(self.formula.tree, point)
        except NoValue as none:
            raise self.refusal(none.reason, point, none.node) from None
        # Where the slope is no number there is a kink, or it is too steep or flat to be told.
        if slope == slope and not abs(slope) < self.mp.mpf(2) ** 1024:
            line = f"F' is beyond the largest double, 1.8e308, at x = {self.told(point):.6g}{self.note}"
            raise self.refused(line, self.formula.tree)
        return (value, slope), self.evaluator.watched

    def refusal(self, reason: str, point: Any, node: Node) -> FormulaError:
        return self.refused(f"no value at x = {self.told(point):.6g}{self.note}: {reason}", node)

    def refused(self, line: str, node: Node) -> FormulaError:
        advice = "write a condition, or state the inputs that the formula is meant for"
        return FormulaError(f"{line}; {advice}", self.formula.text, node.position)

    def told(self, point: Any) -> float:
        # 0, found as a zero of something, comes as 1e-50.
        return float(point) if abs(point) > 1e-40 else 0.0

    # Places where something decides -----------------------------------------------------------------------------------

    def zeros(self, key: tuple[int, int], left: Any, right: Any, before: Watched, after: Watched) -> list[Any]:
        """Return where something watched is zero or changes its sign between two inputs, or touches zero."""
        scale = max(abs(before.value), abs(after.value))
        if before.value == 0 or after.value == 0:
            # A pole at a point of the grid has been refused there.
            return [left] if before.value == 0 else [right]
        if (before.value > 0) != (after.value > 0):
            return self.crossing(key, left, right, before, after, scale)
        towards, away = before.value * before.slope, after.value * after.slope
        if not (towards < 0 < away):
            return []
        lowest = self.bracketed(key, left, right, before.slope, after.slope, lambda w: w.slope)
        here = self.watched(key, lowest)
        if here is None:
            return []
        if (here.value > 0) != (before.value > 0):
            return [
                *self.crossing(key, left, lowest, before, here, scale),
                *self.crossing(key, lowest, right, here, after, scale),
            ]
        return self.zero(lowest, here, scale)

    def crossing(
        self, key: tuple[int, int], left: Any, right: Any, before: Watched, after: Watched, scale: Any
    ) -> list[Any]:
        place = self.bracketed(key, left, right, before.value, after.value, lambda w: w.value)
        here = self.watched(key, place)
        if here is None or abs(here.value) > _IS_ZERO * scale:
            # It has jumped across zero: nothing is divided by 0, but something switches.
            return [place]
        return self.zero(place, here, scale)

    def zero(self, place: Any, here: Watched, scale: Any) -> list[Any]:
        if abs(here.value) > _IS_ZERO * scale:
            return []
        if here.kind == POLE:
            reason = "division by 0" if type(here.node).__name__ == "Operation" else "the function has a pole there"
            raise self.refusal(reason, place, here.node)
        return [place]

    def watched(self, key: tuple[int, int], point: Any) -> Watched | None:
        """Return one thing watched at an input; None where the formula does not come to it."""
        try:
            self.evaluator.at(self.formula.tree, point)
        except NoValue as none:
            # Next to a pole the value may be too large, and what is watched is known all the same.
            if key not in self.evaluator.watched:
                raise self.refusal(none.reason, point, none.node) from None
        return self.evaluator.watched.get(key)

    def bracketed(self, key: tuple[int, int], a: Any, b: Any, fa: Any, fb: Any, part: Callable[[Watched], Any]) -> Any:
        """Return where something changes its sign, by regula falsi (Illinois) with a bisection every third step."""
        for step in range(400):
            if abs(b - a) <= _CONVERGED * max(1, abs(a)):
                break
            straight = fa != fb and step % 3 != 2 and step < 60
            c = (a * fb - b * fa) / (fb - fa) if straight else (a + b) / 2
            if not min(a, b) < c < max(a, b):
                c = (a + b) / 2
            here = self.watched(key, c)
            fc = None if here is None else part(here)
            if fc is None or fc != fc:
                return c
            if fc == 0:
                return c
            if (fc > 0) != (fb > 0):
                a, fa = b, fb
            else:
                fa = fa / 2
            b, fb = c, fc
        return b

    def distinct(self, places: list[Any]) -> list[Any]:
        kept: list[Any] = []
        for place in sorted(places):
            if not kept or place - kept[-1] > 1e-30 * max(1, abs(place)):
                kept.append(place)
        return kept

    def kind(self, place: Any) -> str | None:
        """Say whether a place is a kink or a jump; refuse it where the slope is infinite."""
        size = max(self.mp.one, abs(place))
        step = size * _BESIDE.p / _BESIDE.q
        sides = []
        for side in (-1, 1):
            near, far = place + side * step, place + side * 100 * step
            if not self.low <= far <= self.high:
                continue
            (value, slope), _ = self.at(near)
            (_, slope_far), _ = self.at(far)
            # Of a power u^p the slope grows by 100^(1-p) on the way from far to near; of what is smooth, not at all.
            if abs(slope) > 1.005 * abs(slope_far) and abs(slope) > 1e-20:
                raise self.infinite(place)
            sides.append((value, slope, slope_far))
        if len(sides) < 2:
            return None
        (low, low_slope, low_far), (high, high_slope, high_far) = sides
        if abs(high - low) > 10 * step * (abs(low_slope) + abs(high_slope)) + 1e-40 * (abs(low) + abs(high)):
            return "jump"
        # At a kink the two slopes stay apart, however near they are taken; of max(x, 0)**2 they meet.
        apart = abs(high_slope - low_slope)
        if apart > 1e-9 * (abs(low_slope) + abs(high_slope)) and apart > abs(high_far - low_far) / 2:
            return "kink"
        return None

    def infinite(self, place: Any) -> FormulaError:
        try:
            self.evaluator.at(self.formula.tree, place)
        except NoValue as none:
            return self.refusal(none.reason, place, none.node)
        edges = [w for w in self.evaluator.watched.values() if w.kind == EDGE]
        node = min(edges, key=lambda w: abs(w.value)).node if edges else self.formula.tree
        return self.refused(f"F' is infinite at x = {self.told(place):.6g}{self.note}", node)


def _compare(formula: Formula, slope: sympy.Expr, sweep: _Sweep) -> None:
    """Compare F' by SymPy with the tree's slope and difference quotient, at a few inputs away from the places."""
    count = 7 if operations(slope, 500) <= 500 else 3
    width = sweep.high - sweep.low
    for i in range(count):
        # Not at round numbers, where a formula may be special, and half of them near 0.
        point = sweep.low + width * (i + math.sqrt(0.5)) / count
        point = point / 10 if i % 2 and sweep.low <= point / 10 <= sweep.high else point
        if any(abs(point - place) < 1e-6 * max(1, abs(point)) for place in sweep.places):
            continue
        # What cancels or oscillates with 50 digits may not with 200, or with 800 where F' is e^-1000.
        if not any(_agree(formula, slope, sweep.values, point, digits) for digits in (DIGITS, 4 * DIGITS, 16 * DIGITS)):
            line = f"F' could not be confirmed at x = {point:.6g}: SymPy's is another than that of the formula"
            raise FormulaError(f"{line}; write it in another way", formula.text, formula.tree.position)


def _agree(formula: Formula, slope: sympy.Expr, values: Mapping[str, float], point: float, digits: int) -> bool:
    evaluator = Evaluator(values, digits)
    mp, tree = evaluator.mp, formula.tree
    here, own = evaluator.at(tree, point)
    if own != own:
        # Too steep or too flat to be told, as of the exponential of an exponential.
        return True
    numbers = {p.symbol: sympy.Float(values[p.name], digits + 10) for p in formula.parameters}
    try:
        given = evaluated(slope, {**numbers, x: sympy.Float(point, digits + 10)}).evalf(digits)
    except Exception:
        # SymPy raises errors of all kinds for what is not real: then its derivative is none that can be used.
        return False
    if not (given.is_Float or given == 0):
        return False
    # Half of the digits may go in cancelling; below 1e-300 a double holds nothing.
    if abs(mp.mpf(given) - own) > mp.mpf(10) ** (-digits // 2) * abs(own) + mp.mpf(10) ** -300:
        return False
    step = mp.mpf(10) ** (-digits // 3)
    first, second = (_quotient(evaluator, tree, mp.mpf(point), h) for h in (step, step / 2))
    # Halving the step leaves a quarter of the quotient's error, once the step is small enough for the formula.
    error = 2 * abs(first - second)
    # Far out F is its limit to the last digit, and the quotient is of its rounding.
    rounding = (evaluator.summed + abs(here)) * mp.mpf(10) ** -digits / step
    return bool(error > 1e-6 * (abs(first) + abs(second)) or abs(own - second) <= error + rounding + 1e-15 * abs(own))


def _quotient(evaluator: Evaluator, tree: Node, point: Any, step: Any) -> Any:
    return (evaluator.at(tree, point + step)[0] - evaluator.at(tree, point - step)[0]) / (2 * step)
