"""A parameter of a model: its symbol, default, bounds, unit and meaning."""

import math
from dataclasses import dataclass, replace

import sympy


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named real parameter.

    Bounds are inclusive unless `open_minimum`. `sample` is the range from which checks draw, inside the bounds:
    the values people study (for the tutorial's model, its sliders and a margin around them).
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

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest value allowed, in the parameter's unit."""
        return self.minimum, self.maximum

    def suffixed(self, suffix: str, *, default: float | None = None) -> "Parameter":
        """Return this parameter as it is called in one population of several: a -> a_E."""
        name = f"{self.name}_{suffix}"
        symbol = sympy.Symbol(name, **self.symbol.assumptions0)
        return replace(self, name=name, symbol=symbol, default=self.default if default is None else default)

    def allows(self, value: float) -> bool:
        """Say whether a finite value lies within the bounds."""
        above = value > self.minimum if self.open_minimum else value >= self.minimum
        return above and value <= self.maximum


def positive(name: str, default: float, meaning: str, *, unit: str = "", sample: tuple[float, float]) -> Parameter:
    """Return a parameter that must be greater than zero."""
    return Parameter(name, sympy.Symbol(name, positive=True), default, meaning, unit, 0.0, math.inf, True, sample)


def real(name: str, default: float, meaning: str, *, unit: str = "", sample: tuple[float, float]) -> Parameter:
    """Return a parameter that may be any real number."""
    return Parameter(name, sympy.Symbol(name, real=True), default, meaning, unit, sample=sample)
