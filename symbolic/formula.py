"""A transfer function written as text, read by a grammar of our own: no text is ever run, evaluated or looked up."""

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr

from .budget import within
from .errors import BudgetExceeded, FormulaError, shown
from .formula_expression import Builder, refuse_constants
from .formula_grammar import parsed
from .formula_names import refused_name
from .formula_tree import INPUT, Node, names
from .parameter import Parameter
from .transfer import x

# Longer than any formula takes that a person writes; what takes longer has been written to.
_SECONDS, _MEGABYTES = 3.0, 400.0


@dataclass(frozen=True)
class Formula:
    """A formula that was read: its text, its tree as it was written, and its expression in SymPy.

    `expression` is in `transfer.x` and the symbols of the parameters, with decimals as exact rationals, and Piecewise
    for all that switches. SymPy evaluates it: where the formula has no value is asked of the `tree`.
    """

    text: str
    tree: Node
    expression: Expr
    parameters: tuple[Parameter, ...]

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"


def read_formula(text: str, parameters: Sequence[Parameter]) -> Formula:
    """Return the formula that a text spells, in the input x and the given parameters.

    Numbers, parameters, x and pi; + - * / and ** or ^; parentheses; A if x > 0 else B, with and, or, not; functions:
    exp log log1p expm1 sqrt abs min max sin cos tan sinh cosh tanh atan erf sigmoid softplus relu sign step and others.

    Raises FormulaError, with the place in the text, for what is not in the grammar, for a name that is not declared, a
    constant that is no finite real number, and a formula that does not depend on x.

    >>> from nullcline.symbolic.parameter import real
    >>> a = real("a", 1.2, "gain", sample=(0.3, 3.0))
    >>> read_formula("0.5*(1 + tanh(a*x))", [a]).expression
    tanh(a*x)/2 + 1/2
    >>> read_formula("1/(1 + exp(-a(x - 2)))", [a])
    Traceback (most recent call last):
    nullcline.symbolic.errors.FormulaError: 'a' is a parameter, not a function: write a*(x - 2)
        1/(1 + exp(-a(x - 2)))
                     ^
    """
    if not isinstance(text, str):
        raise FormulaError(f"a formula must be text, got {shown(text)}")
    symbols = {INPUT: x}
    for p in parameters:
        if (refusal := refused_name(p.name)) is not None:
            raise FormulaError(f"the parameter name {shown(p.name)} {refusal}")
        if p.name in symbols:
            raise FormulaError(f"the parameter {p.name!r} is declared twice")
        symbols[p.name] = p.symbol
    tree = parsed(text, symbols)
    try:
        with within(seconds=_SECONDS, megabytes=_MEGABYTES, what="reading the formula"):
            refuse_constants(tree, text)
            if INPUT not in names(tree):
                raise FormulaError("the formula does not contain the input: write it in x", text, tree.position)
            expression = Builder(text, symbols).built(tree)
    except BudgetExceeded as spent:
        raise FormulaError(f"{spent}: write a simpler formula", text, tree.position) from None
    if x not in expression.free_symbols:
        raise FormulaError("the formula does not depend on the input: x cancels out of it", text, tree.position)
    return Formula(text, tree, expression, tuple(parameters))
