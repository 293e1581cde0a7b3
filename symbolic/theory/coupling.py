"""What the derivations for several populations are written with: symbols, total inputs, Jacobian, and numbers."""

from functools import partial
from typing import Any

import mpmath
import sympy
from sympy import Expr, Function, ImmutableMatrix, Symbol

from ..checks import Point, Substitution
from ..model import Population, RateModel
from ..proof import Domain
from .response import stable_value
from .vocabulary import Vocabulary, at_defaults, t, where


def input_symbol(population: Population) -> Symbol:
    """Return the symbol of a population's total input."""
    return Symbol(f"x_{population.name}", real=True)


def rate_of_time(population: Population) -> Expr:
    """Return a population's rate as a function of time."""
    return Function(f"r_{population.name}", real=True)(t)


def domain_of(model: RateModel, *more: tuple[Symbol, tuple[float, float]]) -> Domain:
    """Return where a formula in the parameters, the rates and further symbols is checked."""
    ranges = {p.symbol: p.sample for p in model.parameters.values()}
    ranges.update(dict.fromkeys(model.rates, (-0.2, 1.2)))
    ranges.update(dict(more))
    return Domain(ranges)


def branches_of(model: RateModel, populations: tuple[Vocabulary, ...]) -> tuple[Substitution, ...]:
    """Every combination of inputs above and below the thresholds, reached through the external inputs.

    Where a formula is in cases: every combination of the stretches between the places where these change.
    """
    if any(m.is_in_cases for m in populations):
        return _combinations(model, populations)
    cases: list[dict[Expr, Expr]] = [{}]
    for m, total in zip(populations, model.inputs(), strict=True):
        if m.threshold is not None:
            d = sympy.Dummy("d", positive=True)
            cases = [
                {**case, m.I_ext: m.threshold + side * d - (total - m.I_ext)} for case in cases for side in (1, -1)
            ]
    return tuple(cases)


def _combinations(model: RateModel, populations: tuple[Vocabulary, ...]) -> tuple[Substitution, ...]:
    places: list[dict[Symbol, Expr]] = [{}]
    for m, total in zip(populations, model.inputs(), strict=True):
        # Each population has an external input of its own, which puts its total input anywhere.
        places = [place | here for place in places for here in m.places_in_cases(total, m.I_ext)]
    return tuple(partial(where, at_defaults(model) | place) for place in places)


def put_in(populations: tuple[Vocabulary, ...], expression: Expr) -> Expr:
    """Return an expression with every population's F and F' in place of their names."""
    for m in populations:
        expression = m.put_in(expression)
    return expression


def total_inputs(model: RateModel, populations: tuple[Vocabulary, ...]) -> dict[Expr, Expr]:
    """Return the total inputs as expressions in the rates, by their symbols."""
    return {input_symbol(m.population): total for m, total in zip(populations, model.inputs(), strict=True)}


def numeric_rates_of_change(model: RateModel, populations: tuple[Vocabulary, ...], point: Point) -> list[Any]:
    """Return dr_i/dt in plain arithmetic, summed weight by weight, with the stable forms of F."""
    changes = []
    for m, row in zip(populations, model.weights, strict=True):
        drive = point[m.I_ext]
        for source, weight in zip(model.populations, row, strict=True):
            if weight is not None:
                drive += (-1 if source.sign < 0 else 1) * point[weight.symbol] * point[source.rate]
        changes.append((stable_value(m, drive, point) - point[m.population.rate]) / point[m.tau])
    return changes


def numeric_jacobian(model: RateModel, populations: tuple[Vocabulary, ...], point: Point) -> Any:
    """Return the Jacobian of the rates of change by difference quotients, at 50 digits."""
    size = len(populations)
    result = mpmath.matrix(size, size)
    for i in range(size):
        for j, rate in enumerate(model.rates):
            result[i, j] = mpmath.diff(
                lambda v, i=i, rate=rate: numeric_rates_of_change(model, populations, {**point, rate: v})[i],
                point[rate],
            )
    return result


def entries_of(model: RateModel, populations: tuple[Vocabulary, ...]) -> ImmutableMatrix:
    """The Jacobian in terms of F_i'(x_i), by SymPy from the rate equations with F left as a name."""
    rows = []
    for m, total in zip(populations, model.inputs(), strict=True):
        argument = sympy.Dummy("argument", real=True)
        outer = (-m.population.rate + m.F(argument)) / m.tau
        slope = m.dF(input_symbol(m.population))
        rows.append(
            [sympy.together(sympy.diff(outer, rate) + slope / m.tau * sympy.diff(total, rate)) for rate in model.rates]
        )
    return ImmutableMatrix(rows)
