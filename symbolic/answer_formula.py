"""An answer written as a formula: F, F', dr/dt or the eigenvalue of a model, read by the grammar of formulas."""

from collections.abc import Callable

from sympy import Expr

from .budget import within
from .errors import BudgetExceeded, FormulaError, shown
from .formula_expression import Builder, refuse_constants
from .formula_grammar import parsed
from .formula_tree import INPUT, Node
from .mistakes import Kind
from .model import RateModel
from .transfer import x

# As for a formula of a model: what takes longer has been written to.
_SECONDS, _MEGABYTES = 3.0, 400.0


def read_answer(text: str, model: RateModel, kind: Kind) -> Expr:
    """Return the expression that a text spells: F and dF in x, drdt and the eigenvalue in r, and in the parameters.

    In drdt and in the eigenvalue F(...) and dF(...) may stand for the model's own; in dF, F(...).

    Raises FormulaError, with the place in the text, for what is not in the grammar.

    >>> read_answer("(-r + F(w*r + I_ext))/tau", RateModel.single(), "drdt").free_symbols >= {*RateModel.single().rates}
    True
    """
    if not isinstance(text, str):
        raise FormulaError(f"a formula must be text, got {shown(text)}")
    (population,) = model.populations
    symbols = {p.name: p.symbol for p in model.parameters.values()}
    symbols |= {INPUT: x} if kind in ("F", "dF") else {str(population.rate): population.rate}
    known: dict[str, Callable[[Expr], Expr]] = {
        "F": lambda u: population.response(u),
        "dF": lambda u: population.response(u, 1),
    }
    allowed = {"F": (), "dF": ("F",), "drdt": ("F", "dF"), "eigenvalue": ("F", "dF")}[kind]
    functions = {name: known[name] for name in allowed if name not in symbols}
    tree = parsed(text, symbols, functions)
    try:
        with within(seconds=_SECONDS, megabytes=_MEGABYTES, what="reading the formula"):
            refuse_constants(tree, text)
            return _Builder(text, symbols, functions).built(tree)
    except BudgetExceeded as spent:
        raise FormulaError(f"{spent}: write a simpler formula", text, tree.position) from None


class _Builder(Builder):
    """Also builds calls of the model's own functions."""

    def __init__(self, text: str, symbols: dict[str, Expr], functions: dict[str, Callable[[Expr], Expr]]) -> None:
        super().__init__(text, symbols)
        self.functions = functions

    def _applied(self, node: Node, function: str, u: Expr) -> Expr:
        if function not in self.functions:
            return super()._applied(node, function, u)
        return self._real(self.functions[function](self._lifted(u, node)), node)
