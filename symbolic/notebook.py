"""How a model and what is derived from it show themselves in a notebook."""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import entry_points

import sympy
from sympy import Eq

from .derivation import Derivation, Kind, Step, Verification
from .errors import NullclineError
from .mimebundle import Block, Bundle, Cell, Formula, Grid, Line, bundle
from .model import RateModel
from .notation import layout
from .parameter import Parameter
from .transfer import TransferFunction, x

__all__ = ["explored", "of_derivation", "of_model", "of_step", "of_transfer", "of_verification"]

Types = Collection[str] | None


def of_model(model: RateModel, include: Types = None, exclude: Types = None) -> Bundle:
    """Return a model as its equations and a table of its parameters."""
    blocks: list[Block] = [Line(f"Model {model.name}", is_heading=True)]
    blocks += [Formula(layout(equation)) for equation in _equations(model)]
    heads = ("parameter", "default", "unit", "bounds", "meaning")
    blocks.append(Grid(heads, [_row(p) for p in model.parameters.values()]))
    return bundle(repr(model), blocks, include, exclude)


def of_transfer(function: TransferFunction, include: Types = None, exclude: Types = None) -> Bundle:
    """Return a transfer function as its formula."""
    F = sympy.Function("F", real=True)
    blocks: list[Block] = [
        Line(f"{function.name}: the {function.title}"),
        Formula(layout(Eq(F(x), function.expression))),
    ]
    return bundle(repr(function), blocks, include, exclude)


def of_step(step: Step, include: Types = None, exclude: Types = None) -> Bundle:
    """Return a step as its title, its equation, where it holds, and why."""
    blocks: list[Block] = [Line(step.title, is_heading=True), Line(step.statement)]
    blocks += [Formula(layout(line)) for line in (step.general, step.equation) if line is not None]
    if step.condition != sympy.true:
        blocks += [Line("This holds for"), Formula(layout(step.condition))]
    blocks += [Line(step.because), Line(f"Checks: {_checks(step)}; step.check() carries them out.")]
    return bundle(str(step), blocks, include, exclude)


def of_derivation(derivation: Derivation, include: Types = None, exclude: Types = None) -> Bundle:
    """Return a derivation as a table of its steps; no check is carried out for that."""
    rows = [(step.key, step.title, layout(step.equation), _condition(step), _checks(step)) for step in derivation.steps]
    blocks: list[Block] = [
        Line(f"Derivation of model {derivation.model.name}: {_counted(len(rows), 'step')}", is_heading=True),
        Grid(("key", "step", "equation", "holds for", "checks"), rows),
        Line("The checks are listed, not carried out: derivation.check() carries them out."),
    ]
    return bundle(str(derivation), blocks, include, exclude)


def of_verification(verification: Verification, include: Types = None, exclude: Types = None) -> Bundle:
    """Return what the checks have shown, a row a step."""
    counts = Counter(verification.verdict(step.key) for step in verification.steps)
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    rows = [
        (
            step.key,
            layout(step.equation),
            str(verification.verdict(step.key)),
            "; ".join(result.sentence() for result in verification.of(step.key)) or "no check",
        )
        for step in verification.steps
    ]
    blocks: list[Block] = [
        Line(f"{_counted(len(rows), 'step')}: {told}", is_heading=True),
        Grid(("key", "equation", "verdict", "checks"), rows),
    ]
    blocks += [Line(failure) for failure in verification.failures]
    return bundle(str(verification), blocks, include, exclude)


def explored(model: RateModel, parameters: Mapping[str, float], *, r_init: float, seed: int) -> object:
    """Return a model's explorer as a cell of a notebook, made by whoever has registered one.

    Raises NullclineError where none is registered.
    """
    for found in entry_points(group="nullcline.explorer", name="cell"):
        return found.load()(model, parameters, r_init=r_init, seed=seed)
    line = "no explorer is registered: this installation is older than its code"
    raise NullclineError(f"{line}; install nullcline again (pip install -e .)")


def _equations(model: RateModel) -> Iterator[sympy.Basic]:
    """The model's own equations as the derivation states them, and its transfer functions."""
    from .theory import network, scalar  # the theory imports what is shown here
    from .theory.vocabulary import Vocabulary

    if model.is_single:
        populations: tuple[Vocabulary, ...] = (Vocabulary.of_single(model),)
        yield scalar.rate_equation(populations[0]).equation
    else:
        rows = zip(model.populations, model.weights, strict=True)
        populations = tuple(Vocabulary(model, p, row[i]) for i, (p, row) in enumerate(rows))
        yield network.rate_equations(model, populations).equation
    for m in populations:
        yield Eq(m.F(x), m.own(m.population.transfer.expression))


def _row(parameter: Parameter) -> tuple[Cell, ...]:
    low, high = parameter.bounds
    bounds = [f"{'>' if parameter.open_minimum else '≥'} {low:g}"] if low > -math.inf else []
    bounds += [f"≤ {high:g}"] if high < math.inf else []
    default = repr(parameter.default).removesuffix(".0")
    return layout(parameter.symbol), default, parameter.unit, ", ".join(bounds), parameter.meaning


def _condition(step: Step) -> Cell:
    return "" if step.condition == sympy.true else layout(step.condition)


def _checks(step: Step) -> str:
    kinds = Counter(check.kind for check in step.checks)
    return ", ".join(f"{kinds[kind]} {kind}" for kind in Kind if kinds[kind]) or "none"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
