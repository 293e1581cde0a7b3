"""Transfer functions from text."""

import warnings
from collections.abc import Mapping

from .coordinates import with_closed_forms
from .errors import ModelError, NullclineWarning, shown
from .formula import Formula, read_formula
from .formula_check import check_formula
from .parameter import Parameter, real
from .transfer import TransferFunction


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

    `parameters` are numbers, the defaults, or Parameters; one with a minimum of at least 0 is known to be positive,
    which SymPy needs to tell that F rises. Where it can tell, and finds the range and the inverse, the function has all
    that the catalogue's have; else what rests on these is found numerically. `inputs` are the lowest and the highest
    input that the formula is meant for: fixed points are then looked for there alone.

    Raises FormulaError for what is no formula, or has no finite value and slope somewhere, and ModelError for a
    parameter that cannot be one.

    >>> from_formula("x/(1 + abs(x))", {}, name="softsign").has_closed_forms
    False
    """
    if not isinstance(parameters, Mapping):
        line = f"parameters must be values by name, got {shown(parameters)}"
        raise ModelError(f"{line}: write {{'a': 1.2, 'theta': 2.8}}")
    made = tuple(
        value if isinstance(value, Parameter) else real(name, value, f"parameter {name}", sample=(-4.0, 4.0))
        for name, value in parameters.items()
    )
    formula = read_formula(text, made)
    findings = check_formula(formula, inputs)
    if findings.warning:
        warnings.warn(findings.warning, NullclineWarning, stacklevel=2)
    return made_of(formula, name=name, title=title, source=source, inputs=inputs)


def made_of(
    formula: Formula,
    *,
    name: str = "formula",
    title: str = "",
    source: str = "",
    inputs: tuple[float, float] | None = None,
) -> TransferFunction:
    """Return the transfer function of a formula that was read and checked."""
    own = formula.parameters
    told = title or "given formula"
    function = TransferFunction(name, told, formula.expression, own, source=source, inputs=inputs, text=formula.text)
    return with_closed_forms(function)
