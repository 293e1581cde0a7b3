"""A model as the text of a model file: what `load_model` reads back to the same equations."""

import json
import math
from collections.abc import Iterator
from typing import Any

import sympy
from sympy import Expr
from sympy.printing.str import StrPrinter

from .errors import ModelError, escaped
from .formula import read_formula
from .formula_expression import evaluated
from .formula_names import ARITY
from .model import Population, RateModel
from .parameter import SMALLEST, Parameter
from .transfer import TransferFunction, catalogue

__all__ = ["formula_text", "model_text"]


def model_text(model: RateModel) -> str:
    """Return a model as the text of a TOML file, with every parameter's default and bounds.

    Raises ModelError for a transfer function that the grammar of formulas cannot spell.

    >>> print(model_text(RateModel.single()).partition("[parameters]")[0])
    schema = 1
    name = "single"
    <BLANKLINE>
    [transfer]
    catalogue = "sigmoid"
    <BLANKLINE>
    <BLANKLINE>
    """
    lines = ["schema = 1", f"name = {_string(model.name)}"]
    if model.is_single:
        (population,), ((weight,),) = model.populations, model.weights
        lines += [*_transfer(population, ""), *_parameters(population, "", weight)]
        return "\n".join(lines) + "\n"
    for population in model.populations:
        table = f"populations.{population.name}"
        lines += ["", f"[{table}]", f"sign = {population.sign}"]
        lines += [*_transfer(population, f"{table}."), *_parameters(population, f"{table}.", None)]
    weights = [
        (_key(to, source), _quantity(weight, source.sign != 0 and weight.minimum == 0))
        for to, row in zip(model.populations, model.weights, strict=True)
        for source, weight in zip(model.populations, row, strict=True)
        if weight is not None
    ]
    lines += ["", "[weights]", *(f"{key} = {weight}" for key, weight in weights)]
    return "\n".join(lines) + "\n"


def _key(to: Population, source: Population) -> str:
    return f"{to.name}{source.name}" if len(to.name + source.name) == 2 else f"{to.name}_{source.name}"


def formula_text(function: TransferFunction) -> str:
    """Return the formula of a transfer function as a model file has it: as it was given, or spelled out anew.

    Raises ModelError where there is none.

    >>> formula_text(catalogue["relu"])
    'a*(-theta + x) if theta < x else 0'
    """
    if function.text and _says(function.text, function):
        return function.text
    text = str(_Printer().doprint(function.expression))
    if not _says(text, function):
        raise _unspeakable(function.name)
    return text


def _says(text: str, function: TransferFunction) -> bool:
    """Say whether a text is read as a function's expression, as it stands or else in its values at the defaults."""
    read = read_formula(text, function.parameters).expression
    return read == function.expression or _is_the_same(read, function)


def _is_the_same(read: Expr, function: TransferFunction) -> bool:
    meant = function.expression
    values = {p.symbol: sympy.Rational(p.default) for p in function.parameters}
    places = [{**values, function.variable: sympy.Rational(n, 7)} for n in range(-71, 72, 3)]
    pairs = ((evaluated(e, at) for e in (read, meant)) for at in places)
    # Half of the digits of an evaluation with 30 may be lost.
    return all(abs(sympy.N(a, 30) - sympy.N(b, 30)) <= 1e-15 * max(1, abs(sympy.N(b, 30))) for a, b in pairs)


def _unspeakable(name: str) -> ModelError:
    line = f"the transfer function {name!r} cannot be written in a model file"
    return ModelError(f"{line}: give it by a formula, nullcline.symbolic.from_formula")


def _transfer(population: Population, prefix: str) -> Iterator[str]:
    function = population.transfer
    yield from ("", f"[{prefix}transfer]")
    if catalogue.get(function.name) == function:
        yield f"catalogue = {_string(function.name)}"
        return
    yield f"formula = {_string(formula_text(function))}"
    if function.inputs is not None:
        yield f"inputs = [{', '.join(map(_number, function.inputs))}]"
    for key, words in (("title", function.title), ("source", function.source)):
        if words:
            yield f"{key} = {_string(words)}"


def _parameters(population: Population, prefix: str, weight: Parameter | None) -> Iterator[str]:
    bare = ["tau", *(p.name for p in population.transfer.parameters), "I_ext"]
    given = [population.tau, *population.shape, population.I_ext]
    if weight is not None:
        bare, given = [*bare[:-1], "w", bare[-1]], [*given[:-1], weight, given[-1]]
    yield from ("", f"[{prefix}parameters]")
    function = population.transfer
    own = function.parameters if catalogue.get(function.name) == function else ()
    for name, parameter in zip(bare, given, strict=True):
        yield f"{name} = {_quantity(parameter, _same_minimum(parameter, name, own))}"


def _same_minimum(p: Parameter, name: str, own: tuple[Parameter, ...]) -> bool:
    """Say whether a parameter has the lower bound that the reader of a file knows by itself."""
    if name == "tau":
        return p.minimum == 0 and p.open_minimum
    return any((known.name, known.minimum, known.open_minimum) == (name, p.minimum, p.open_minimum) for known in own)


def _quantity(p: Parameter, minimum_is_known: bool) -> str:
    fields = [f"value = {_number(p.default)}"]
    if math.isfinite(p.minimum) and not minimum_is_known:
        # A file has no bound that is itself excluded: the smallest number that a parameter may have stands for 0.
        excluded = SMALLEST if p.minimum == 0 else math.nextafter(p.minimum, math.inf)
        fields.append(f"min = {_number(excluded if p.open_minimum else p.minimum)}")
    if math.isfinite(p.maximum):
        fields.append(f"max = {_number(p.maximum)}")
    fields += [f"{key} = {_string(words)}" for key, words in (("unit", p.unit), ("meaning", p.meaning)) if words]
    return f"{{ {', '.join(fields)} }}"


def _number(value: float) -> str:
    return repr(float(value))


def _string(text: str) -> str:
    """A text as TOML has it; of characters that cannot be printed only the names."""
    return json.dumps("".join(c if c.isprintable() else escaped(c) for c in text), ensure_ascii=False)


# SymPy's names of functions, and those of the grammar.
_FUNCTIONS = {
    "Abs": "abs",
    "Max": "max",
    "Min": "min",
    "expit": "sigmoid",
    **{name: name for name in ARITY},
}


class _Printer(StrPrinter):
    """The grammar of formulas differs from SymPy's text in its functions, its cases and its decimals."""

    def _print_Function(self, expr: Any) -> str:
        spelled = type(expr).__name__
        name = _FUNCTIONS.get(spelled, "")
        if not name:
            raise _unspeakable(spelled)
        return f"{name}({', '.join(map(self._print, expr.args))})"

    _print_Abs = _print_Max = _print_Min = _print_Function

    def _print_Piecewise(self, expr: Any) -> str:
        *first, (last, _) = expr.args
        cases = [f"{self._case(value)} if {self._print(held)} else " for value, held in first]
        return f"{''.join(cases)}{self._case(last)}"

    def _case(self, value: Any) -> str:
        return f"({self._print(value)})" if isinstance(value, sympy.Piecewise) else str(self._print(value))

    def parenthesize(self, item: Any, level: Any, strict: bool = False) -> str:
        """Put cases into parentheses wherever they are part of something."""
        if isinstance(item, sympy.Piecewise):
            return f"({self._print(item)})"
        return str(super().parenthesize(item, level, strict=strict))

    def _print_And(self, expr: Any) -> str:
        return " and ".join(f"({self._print(a)})" for a in sorted(expr.args, key=sympy.default_sort_key))

    def _print_Or(self, expr: Any) -> str:
        return " or ".join(f"({self._print(a)})" for a in sorted(expr.args, key=sympy.default_sort_key))

    def _print_Not(self, expr: Any) -> str:
        return f"not ({self._print(expr.args[0])})"

    def _print_Equality(self, expr: Any) -> str:
        raise _unspeakable("=")

    _print_Unequality = _print_Equality

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_Exp1(self, expr: Any) -> str:
        return "exp(1)"

    def emptyPrinter(self, expr: Any) -> str:
        """Refuse what the grammar does not have."""
        raise _unspeakable(type(expr).__name__)
