"""A parameter of a model: its symbol, default, bounds, unit and meaning."""

import math
import numbers
from dataclasses import dataclass, replace
from typing import Any, cast

import sympy

from .errors import ModelError, ParameterError, shown

# Beyond these the next product or quotient may leave the doubles; no model can mean such a number.
LARGEST, SMALLEST = 1e300, 1e-300
WITHIN_LARGEST, FROM_SMALLEST = f"be at most {LARGEST:g} in magnitude", f"be at least {SMALLEST:g}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named real parameter.

    Bounds are inclusive unless `open_minimum`, and the default lies within them. `sample` is the range from which
    checks draw, inside the bounds: the values people study (for the tutorial's model, its sliders and a margin
    around them).

    Raises ModelError for a default that is not a finite real number within the bounds, and for a symbol not real.
    """

    name: str
    symbol: sympy.Symbol
    default: float
    meaning: str
    unit: str = ""
    minimum: float = -math.inf
    maximum: float = math.inf
    open_minimum: bool = False
    sample: tuple[float, float] = (-4.0, 4.0)

    def __post_init__(self) -> None:
        if not isinstance(self.symbol, sympy.Symbol) or not self.symbol.is_real:
            line = f"the symbol of parameter {self.name!r} must be a real Symbol, got {shown(self.symbol)}"
            raise ModelError(f"{line}: write Symbol({self.name!r}, real=True)")
        try:
            # The class is frozen; this is the one place where its own value is set right.
            object.__setattr__(self, "default", self.read(self.default))
        except ParameterError as refusal:
            raise ModelError(str(refusal)) from None

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest value allowed, in the parameter's unit."""
        return self.minimum, self.maximum

    @property
    def above(self) -> str:
        """What the lower bound asks of a value, in words: "be positive"."""
        if self.open_minimum:
            return "be positive" if self.minimum == 0 else f"be greater than {self.minimum:g}"
        return "not be negative" if self.minimum == 0 else f"be at least {self.minimum:g}"

    @property
    def below(self) -> str:
        """What the upper bound asks of a value, in words."""
        return f"be at most {self.maximum:g}"

    def suffixed(self, suffix: str) -> "Parameter":
        """Return this parameter as it is called in one population of several: a -> a_E."""
        name = f"{self.name}_{suffix}"
        return replace(self, name=name, symbol=sympy.Symbol(name, **self.symbol.assumptions0))

    def allows(self, value: float) -> bool:
        """Say whether a value is one that can be computed with, and lies within the bounds."""
        return abs(value) <= LARGEST and self._is_above(value) and not self.vanishes(value) and value <= self.maximum

    def vanishes(self, value: float) -> bool:
        """Say whether a value is positive, as it must be, but too small to be divided by."""
        return self.open_minimum and self.minimum == 0 and 0 < value < SMALLEST

    def read(self, value: object) -> float:
        """Return a value for this parameter as a float.

        Raises ParameterError for what is not a finite real number, and for a value out of bounds.

        >>> positive("tau", 1.0, "time constant", unit="ms", sample=(0.5, 4.0)).read(-1)
        Traceback (most recent call last):
        nullcline.symbolic.errors.ParameterError: tau must be positive, got -1.0 ms
        """
        number = real_number(self.name, value)
        if not self.allows(number):
            if not math.isfinite(number):
                rule = "be finite"
            elif not abs(number) <= LARGEST:
                rule = WITHIN_LARGEST
            elif self.vanishes(number):
                rule = FROM_SMALLEST
            else:
                rule = self.below if self._is_above(number) else self.above
            line = must(self.name, rule, number, self.unit)
            raise ParameterError(line, name=self.name, value=value, allowed=self.bounds)
        return number

    def _is_above(self, value: float) -> bool:
        return value > self.minimum if self.open_minimum else value >= self.minimum

    def __repr__(self) -> str:
        low = f"{self.minimum:g} {'<' if self.open_minimum else '<='} " if self.minimum > -math.inf else ""
        high = f" <= {self.maximum:g}" if self.maximum < math.inf else ""
        within = f", {low}{self.name}{high}" if low or high else ""
        return f"Parameter({self.name} = {self.default!r}{' ' + self.unit if self.unit else ''}{within})"


def real_number(name: str, value: object) -> float:
    """Return a real number as a float; what else there is, truth values among them, raises ParameterError."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise ParameterError(f"{name} must be a number, got {shown(value)}", name=name, value=value)
    try:
        return float(value)
    except OverflowError:
        beyond = "above 1.8e308" if cast(Any, value) > 0 else "below -1.8e308"
        raise ParameterError(f"{name} must be finite, got a number {beyond}", name=name, value=value) from None
    except TypeError:  # a time difference of NumPy's counts as a whole number
        raise ParameterError(f"{name} must be a number, got {shown(value)}", name=name, value=value) from None


def must(name: str, rule: str, value: float, unit: str = "") -> str:
    """Return the line that refuses a number: what it must be, and what it is.

    >>> must("tau", "be positive", -1.0, "ms")
    'tau must be positive, got -1.0 ms'
    """
    return f"{name} must {rule}, got {value!r}{' ' + unit if unit and math.isfinite(value) else ''}"


def positive(name: str, default: float, meaning: str, *, unit: str = "", sample: tuple[float, float]) -> Parameter:
    """Return a parameter that must be greater than zero."""
    return Parameter(name, sympy.Symbol(name, positive=True), default, meaning, unit, 0.0, math.inf, True, sample)


def real(name: str, default: float, meaning: str, *, unit: str = "", sample: tuple[float, float]) -> Parameter:
    """Return a parameter that may be any real number."""
    return Parameter(name, sympy.Symbol(name, real=True), default, meaning, unit, sample=sample)
