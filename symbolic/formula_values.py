"""The value of a formula's tree at one input, with 50 digits and with its slope, or why it has none.

SymPy's evaluation hides where a formula is undefined (of x/x it keeps 1), and its derivative comes from its own rules.
Here the tree is walked as it was written, each operation with the condition under which it has a real value, and the
slope goes along by the chain rule. A result below is a pair: the value, and the slope, which is None where the value
does not depend on x nearby, and nan where there is no slope (at a kink).
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath

from .formula_tree import (
    INPUT,
    PI,
    Call,
    Comparison,
    Conditional,
    Junction,
    Name,
    Negation,
    Node,
    Not,
    Number,
    Operation,
    names,
    spine,
)

DIGITS = 50
LARGEST_DOUBLE = Fraction(2) ** 1024
# An exponential of a number with more bits before its point is taken for 0 or infinity; a sine of one is refused.
_MOST_BITS = 4096

Pair = tuple[Any, Any]


class NoValue(ArithmeticError):
    """A formula has no finite real value at an input; `node` is to blame, `reason` says why."""

    def __init__(self, reason: str, node: Node) -> None:
        super().__init__(reason)
        self.reason = reason
        self.node = node


class Watched(NamedTuple):
    """What decides at this input on which side of a kink, a jump or a pole a node is: its sign does."""

    node: Node
    kind: str
    value: Any
    slope: Any


# Where what is watched is zero: the formula has another branch on the other side; it has no value there; it may have
# a vertical tangent, and on the other side perhaps no real value.
SWITCH, POLE, EDGE = "switch", "pole", "edge"


class Evaluator:
    """Evaluates trees at given values of the parameters; values are taken exactly as they are (floats are binary).

    >>> from nullcline.symbolic.formula_grammar import parsed
    >>> tree = parsed("x**2/x", ["x"])
    >>> value, slope = Evaluator({}).at(tree, 3)
    >>> print(mpmath.nstr(value, 5), mpmath.nstr(slope, 5))
    3.0 1.0
    >>> Evaluator({}).at(tree, 0)
    Traceback (most recent call last):
    nullcline.symbolic.formula_values.NoValue: division by 0
    """

    def __init__(self, values: Mapping[str, object], digits: int = DIGITS) -> None:
        # A context of one's own: the working precision of mpmath's is everybody's.
        self.mp = mpmath.MPContext()
        # The last digits are for what the operations round.
        self.mp.dps = digits + 15
        self._largest = self.number(LARGEST_DOUBLE)
        self._names: dict[str, Pair] = {name: (self.number(value), None) for name, value in values.items()}
        self._names[PI] = (+self.mp.pi, None)
        self._numbers: dict[Fraction, Any] = {}
        self._whole: dict[int, int | None] = {}
        self.watched: dict[tuple[int, int], Watched] = {}
        # The largest number that was added or subtracted: its last digit is what a sum can be wrong by.
        self.summed = self.mp.zero
        self.evaluations = 0

    def number(self, value: Any) -> Any:
        """Return a number of any kind in this context."""
        if isinstance(value, int | Fraction):
            return self.mp.mpf(value.numerator) / value.denominator
        return self.mp.mpf(value)

    def at(self, tree: Node, x: Any) -> Pair:
        """Return the value and the slope at an input; raise NoValue where there is no value within the doubles.

        Afterwards `watched` tells on which sides the switches of the formula were.
        """
        self.watched = {}
        self.summed = self.mp.zero
        self._overflow: Node | None = None
        self._names[INPUT] = (self.number(x), self.mp.one)
        self.evaluations += 1
        value, slope = self._value(tree)
        if not abs(value) < self._largest:
            raise NoValue("beyond the largest double, 1.8e308", self._overflow or tree)
        return value, self.mp.zero if slope is None else slope

    def _value(self, node: Node) -> Pair:
        try:
            value, slope = self._computed(node)
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            raise NoValue("no real number", node) from None
        if value != value:
            raise NoValue("undefined", node)
        if self._overflow is None and not abs(value) < self._largest:
            self._overflow = node
        return value, slope

    def _computed(self, node: Node) -> Pair:
        match node:
            case Number(number):
                if number not in self._numbers:
                    self._numbers[number] = self.number(number)
                return self._numbers[number], None
            case Name(name):
                return self._names[name]
            case Negation(operand):
                value, slope = self._value(operand)
                return -value, None if slope is None else -slope
            case Operation("**"):
                return self._power(node)
            case Operation():
                return self._chain(node)
            case Call(function, arguments):
                if function in ("min", "max"):
                    return self._extreme(node, function, [self._value(a) for a in arguments])
                return self._function(node, function, self._value(arguments[0]))
            case Conditional(value, condition, otherwise):
                return self._value(value if self._holds(condition) else otherwise)
        raise AssertionError("a condition is no value")

    def _watch(self, node: Node, index: int, kind: str, value: Any, slope: Any) -> None:
        if slope is not None:
            self.watched[id(node), index] = Watched(node, kind, value, slope)

    # Conditions -------------------------------------------------------------------------------------------------------

    def _holds(self, node: Node) -> bool:
        match node:
            case Not(operand):
                return not self._holds(operand)
            case Junction(operator, operands):
                return (all if operator == "and" else any)(self._holds(each) for each in operands)
            case Comparison(operands, operators):
                left = self._value(operands[0])
                for index, (operator, operand) in enumerate(zip(operators, operands[1:], strict=True)):
                    right = self._value(operand)
                    self._watch(node, index, SWITCH, left[0] - right[0], _minus(left[1], right[1]))
                    if not _RELATIONS[operator](left[0], right[0]):
                        return False
                    left = right
                return True
        raise AssertionError("a value is no condition")

    # Operations -------------------------------------------------------------------------------------------------------

    def _chain(self, node: Node) -> Pair:
        first, chain = spine(node)
        value, slope = self._value(first)
        for operation in chain:
            other, other_slope = self._value(operation.right)
            match operation.operator:
                case "+" | "-" if abs(other) > self.summed or abs(value) > self.summed:
                    self.summed = max(abs(value), abs(other))
            match operation.operator:
                case "+":
                    value, slope = value + other, _plus(slope, other_slope)
                case "-":
                    value, slope = value - other, _minus(slope, other_slope)
                case "*":
                    slope = _plus(_times(slope, other), _times(other_slope, value))
                    value = value * other
                case _:
                    self._watch(operation, 0, POLE, other, other_slope)
                    if other == 0:
                        raise NoValue("division by 0", operation)
                    value = value / other
                    slope = _minus(_times(slope, 1 / other), _times(other_slope, value / other))
            if value != value:
                raise NoValue("undefined", operation)
            if self._overflow is None and not abs(value) < self._largest:
                self._overflow = operation
        return value, slope

    def _power(self, node: Operation) -> Pair:
        (u, du), (v, dv) = self._value(node.left), self._value(node.right)
        whole = self._exponent(node.right)
        if whole is not None:
            if whole < 0:
                self._watch(node, 0, POLE, u, du)
                if u == 0:
                    raise NoValue("division by 0: a negative power of 0", node)
            if du is None or whole == 0:
                return u**whole, None
            return u**whole, whole * u ** (whole - 1) * du
        self._watch(node, 0, EDGE, u, du)
        if u < 0:
            raise NoValue(f"a negative number ({self._shown(u)}) to a power that need not be whole", node)
        if u == 0:
            if v <= 0:
                raise NoValue(f"0 to the power {self._shown(v)}", node)
            if du is None or v > 1:
                return self.mp.zero, None if du is None and dv is None else self.mp.zero
            return self.mp.zero, du if v == 1 else self.mp.nan
        value = self._exp(v * self.mp.log(u))
        if du is None and dv is None:
            return value, None
        return value, value * (_or_zero(dv) * self.mp.log(u) + v * _or_zero(du) / u)

    def _exponent(self, node: Node) -> int | None:
        """Return a constant exponent if it is a whole number."""
        if id(node) not in self._whole:
            value: Any = self.mp.inf if names(node) else self._value(node)[0]
            self._whole[id(node)] = int(value) if abs(value) < 2**20 and value == int(value) else None
        return self._whole[id(node)]

    def _extreme(self, node: Node, function: str, arguments: list[Pair]) -> Pair:
        value, slope = arguments[0]
        for index, (other, other_slope) in enumerate(arguments[1:]):
            self._watch(node, index, SWITCH, value - other, _minus(slope, other_slope))
            if value == other:
                # Of two that touch, either is the greater; they have one slope or the formula has none.
                slope = slope if _or_zero(slope) == _or_zero(other_slope) else self.mp.nan
            elif (other > value) == (function == "max"):
                value, slope = other, other_slope
        return value, slope

    # Functions --------------------------------------------------------------------------------------------------------

    def _function(self, node: Node, function: str, argument: Pair) -> Pair:
        u, du = argument
        mp = self.mp
        if function in _SWITCHING:
            self._watch(node, 0, SWITCH, u, du)
            side = (u > 0) - (u < 0)
            value = _SWITCHING[function][0](u, side, mp)
            if du is None:
                return value, None
            if side == 0:
                return value, mp.nan
            along = _SWITCHING[function][1](side)
            return value, None if along == 0 else along * du
        for kind, watched, allowed, reason in _DOMAIN.get(function, ()):
            w, dw = watched(u), _times(du, _slope_of(watched, u))
            self._watch(node, 0 if kind == POLE else 1, kind, w, dw)
            if not allowed(w):
                raise NoValue(reason.format(self._shown(u)), node)
        if function in ("sin", "cos", "tan"):
            if self._bits(u) > _MOST_BITS:
                raise NoValue(f"{function} of a number with more than 1000 digits", node)
            if function == "tan" and du is not None:
                self._watch(node, 0, POLE, mp.cos(u), -mp.sin(u) * du)
        value = self._smooth(function, u)
        if du is None:
            return value, None
        try:
            return value, self._slope(function, u, value) * du
        except ZeroDivisionError:
            return value, mp.nan

    def _smooth(self, function: str, u: Any) -> Any:
        mp = self.mp
        match function:
            case "exp":
                return self._exp(u)
            case "expm1":
                return mp.expm1(u) if self._bits(u) <= _MOST_BITS else self._exp(u) - 1
            case "sigmoid":
                return 1 / (1 + self._exp(-u))
            case "softplus":
                return mp.log1p(self._exp(u)) if u < 0 else u + mp.log1p(self._exp(-u))
            case "sinh" | "cosh" if self._bits(u) > _MOST_BITS:
                return mp.inf if u > 0 or function == "cosh" else -mp.inf
            case "tanh" if abs(u) > 1000:
                return mp.mpf(1 if u > 0 else -1)
            case "sech":
                return mp.zero if self._bits(u) > _MOST_BITS else 1 / mp.cosh(u)
            case "erfc" if self._bits(u) > _MOST_BITS // 2:
                return mp.zero if u > 0 else mp.mpf(2)
            case "log2":
                return mp.log(u) / mp.log(2)
            case "log10":
                return mp.log(u) / mp.log(10)
            case "cbrt":
                return mp.zero if u == 0 else mp.sign(u) * mp.cbrt(abs(u))
        return getattr(mp, function)(u)

    def _slope(self, function: str, u: Any, value: Any) -> Any:
        mp = self.mp
        match function:
            case "exp":
                return value
            case "expm1":
                return self._exp(u)
            case "log" | "log2" | "log10":
                return 1 / (u * {"log": 1, "log2": mp.log(2), "log10": mp.log(10)}[function])
            case "log1p":
                return 1 / (1 + u)
            case "sqrt":
                return 1 / (2 * value)
            case "cbrt":
                return 1 / (3 * value**2)
            case "sin":
                return mp.cos(u)
            case "cos":
                return -mp.sin(u)
            case "tan":
                return 1 + value**2
            case "asin":
                return 1 / mp.sqrt(1 - u**2)
            case "acos":
                return -1 / mp.sqrt(1 - u**2)
            case "atan":
                return 1 / (1 + u**2)
            case "sinh" | "cosh":
                return self._smooth("cosh" if function == "sinh" else "sinh", u)
            case "tanh":
                return self._smooth("sech", u) ** 2
            case "sech":
                return -value * self._smooth("tanh", u)
            case "asinh":
                return 1 / mp.sqrt(1 + u**2)
            case "acosh":
                return 1 / mp.sqrt(u**2 - 1)
            case "atanh":
                return 1 / (1 - u**2)
            case "erf" | "erfc":
                slope = 2 / mp.sqrt(mp.pi) * self._exp(-(u**2))
                return slope if function == "erf" else -slope
            case "sigmoid":
                return value * self._smooth("sigmoid", -u)
            case "softplus":
                return self._smooth("sigmoid", u)
        raise AssertionError(function)

    def _exp(self, u: Any) -> Any:
        if self._bits(u) <= _MOST_BITS:
            return self.mp.exp(u)
        return self.mp.inf if u > 0 else self.mp.zero

    def _bits(self, u: Any) -> float:
        return float("inf") if self.mp.isinf(u) else 0 if u == 0 else float(self.mp.mag(u))

    def _shown(self, u: Any) -> str:
        bits = self._bits(u)
        if abs(bits) > 1100:
            return ("-" if u < 0 else "") + ("1e300 or more" if bits > 0 else "almost 0")
        return str(self.mp.nstr(u, 6, strip_zeros=True)).removesuffix(".0")


_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda u, v: u < v,
    "<=": lambda u, v: u <= v,
    ">": lambda u, v: u > v,
    ">=": lambda u, v: u >= v,
}

# Value by argument and the side of 0 it is on; slope by side.
_SWITCHING: dict[str, tuple[Callable[[Any, int, Any], Any], Callable[[int], int]]] = {
    "abs": (lambda u, side, mp: abs(u), lambda side: side),
    "relu": (lambda u, side, mp: u if side > 0 else mp.zero, lambda side: int(side > 0)),
    "sign": (lambda u, side, mp: mp.mpf(side), lambda side: 0),
    "heaviside": (lambda u, side, mp: (mp.mpf(side) + 1) / 2, lambda side: 0),
    "step": (lambda u, side, mp: mp.mpf(int(side >= 0)), lambda side: 0),
}


def _itself(u: Any) -> Any:
    return u


def _one_more(u: Any) -> Any:
    return 1 + u


def _one_less(u: Any) -> Any:
    return u - 1


def _to_the_ends(u: Any) -> Any:
    return 1 - u**2


def _slope_of(watched: Callable[[Any], Any], u: Any) -> Any:
    return -2 * u if watched is _to_the_ends else 1


_Domain = tuple[str, Callable[[Any], Any], Callable[[Any], bool], str]
_LOGARITHM: tuple[_Domain, ...] = (
    (POLE, _itself, lambda w: w != 0, "logarithm of 0"),
    (EDGE, _itself, lambda w: w > 0, "logarithm of a negative number ({})"),
)
# What must hold of an argument. The zero of a POLE has no value; past that of an EDGE there is no real one.
_DOMAIN: dict[str, tuple[_Domain, ...]] = {
    **dict.fromkeys(("log", "log2", "log10"), _LOGARITHM),
    "log1p": (
        (POLE, _one_more, lambda w: w != 0, "log1p of -1"),
        (EDGE, _one_more, lambda w: w > 0, "log1p of a number below -1 ({})"),
    ),
    "sqrt": ((EDGE, _itself, lambda w: w >= 0, "square root of a negative number ({})"),),
    "cbrt": ((EDGE, _itself, lambda w: True, ""),),
    "asin": ((EDGE, _to_the_ends, lambda w: w >= 0, "asin of a number outside -1..1 ({})"),),
    "acos": ((EDGE, _to_the_ends, lambda w: w >= 0, "acos of a number outside -1..1 ({})"),),
    "acosh": ((EDGE, _one_less, lambda w: w >= 0, "acosh of a number below 1 ({})"),),
    "atanh": (
        (POLE, _to_the_ends, lambda w: w != 0, "atanh of {}"),
        (EDGE, _to_the_ends, lambda w: w > 0, "atanh of a number outside -1..1 ({})"),
    ),
}


def _plus(u: Any, v: Any) -> Any:
    return v if u is None else u if v is None else u + v


def _minus(u: Any, v: Any) -> Any:
    return u if v is None else -v if u is None else u - v


def _times(slope: Any, factor: Any) -> Any:
    return None if slope is None else slope * factor


def _or_zero(slope: Any) -> Any:
    return 0 if slope is None else slope


def evaluate(tree: Node, values: Mapping[str, object], x: object, *, digits: int = DIGITS) -> Any:
    """Return the value of a tree at an input, as an mpmath number with at least `digits` digits where none cancel.

    Raises NoValue, with the node to blame, where the formula is undefined, not real or beyond the doubles.
    """
    return Evaluator(values, digits).at(tree, x)[0]
