"""Transfer functions from text."""

from collections.abc import Mapping

from sympy import Interval, Symbol, oo

from .errors import ModelError, shown
from .formula import read_formula
from .formula_check import check_formula
from .parameter import Parameter, real
from .transfer import Coordinate, TransferFunction, x


def from_formula(
    text: str,
    parameters: Mapping[str, "float | Parameter"],
    *,
    name: str = "formula",
    title: str = "",
    source: str = "",
    inputs: tuple[float, float] | None = None,
) -> TransferFunction:
    """Return the transfer function that a formula in x spells, checked over the inputs that it is meant for.

    Raises FormulaError for what is no formula, or has no finite value and slope somewhere, and ModelError for a
    parameter that cannot be one.
    """
    if not isinstance(parameters, Mapping):
        line = f"parameters must be values by name, got {shown(parameters)}"
        raise ModelError(f"{line}: write {{'a': 1.2, 'theta': 2.8}}")
    made = tuple(
        value if isinstance(value, Parameter) else real(name, value, f"parameter {name}", sample=(-4.0, 4.0))
        for name, value in parameters.items()
    )
    formula = read_formula(text, made)
    check_formula(formula, inputs)
    z = Symbol("z", real=True)
    return TransferFunction(
        name, title, formula.expression, made, Coordinate(z, z, x, Interval(-oo, oo)), source=source
    )
