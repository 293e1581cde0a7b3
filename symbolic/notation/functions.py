"""Functions: the names that are not as SymPy spells them, and the few that are no name with an argument."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import sympy

from .dispatch import Rule, apply, layout_of
from .names import INVERSE, literal
from .nodes import Apply, Decorated, Fenced, Identifier, Node
from .style import Style
from .terms import looks_back

__all__ = ["FUNCTION_NAMES", "LOGISTIC", "POWERED", "RULES"]

# Class name -> what is written. Classes are looked up by name: those of SymPy and those a model module defines.
FUNCTION_NAMES: Mapping[str, Identifier | Decorated] = MappingProxyType(
    {
        **{
            each: Identifier(each, upright=True)
            for each in (
                *("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch"),
                *("erf", "erfc", "softplus"),
            )
        },
        **{f"a{each}": Identifier(f"arc{each}", upright=True) for each in ("sin", "cos", "tan", "cot", "sec", "csc")},
        **{
            f"a{each}": Identifier(f"ar{each}", upright=True)
            for each in ("sinh", "cosh", "tanh", "coth", "sech", "csch")
        },
        "log": Identifier("ln", upright=True),
        "erfinv": Decorated(Identifier("erf", upright=True), sup=INVERSE),
        "erfcinv": Decorated(Identifier("erfc", upright=True), sup=INVERSE),
        "Max": Identifier("max", upright=True),
        "Min": Identifier("min", upright=True),
        "sign": Identifier("sgn", upright=True),
        "re": Identifier("Re", upright=True),
        "im": Identifier("Im", upright=True),
        "arg": Identifier("arg", upright=True),
        "gamma": Identifier("Γ", upright=True),
        "DiracDelta": Identifier("δ"),
        "Determinant": Identifier("det", upright=True),
        "Trace": Identifier("tr", upright=True),
    }
)
LOGISTIC = frozenset({"expit", "logistic", "sigmoid"})
POWERED = frozenset({"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch"})


def _named(expr: Any, style: Style) -> Node:
    return apply(FUNCTION_NAMES[type(expr).__name__], expr.args, style)


def _extremum(expr: Any, style: Style) -> Node:
    """Max and Min, numbers first: SymPy keeps no order."""
    args = sorted(expr.args, key=lambda arg: (not arg.is_number, sympy.default_sort_key(arg)))
    return apply(FUNCTION_NAMES[type(expr).__name__], args, style)


def _log1p(expr: Any, style: Style) -> Node:
    return apply(FUNCTION_NAMES["log"], (sympy.Add(1, expr.args[0], evaluate=False),), style)


def _logistic(expr: Any, style: Style) -> Node:
    clash = "sigma" in style.taken
    return apply(Identifier("logistic", upright=True) if clash else Identifier("σ"), expr.args, style)


def _absolute(expr: Any, style: Style) -> Node:
    inner = expr.args[0]
    if inner.has(sympy.Abs):
        # |x|y|| could be read in two ways: only the innermost absolute value has bars.
        return Apply(literal("abs"), (layout_of(inner, style),))
    if isinstance(inner, sympy.Add) and looks_back(inner):
        inner = sympy.Add(*(-term for term in inner.args))
    return Fenced("|", layout_of(inner, style), "|")


def _rounded(left: str, right: str) -> Rule:
    return lambda expr, style: Fenced(left, layout_of(expr.args[0], style), right)


def _lambert(expr: Any, style: Style) -> Node:
    branch = expr.args[1] if len(expr.args) > 1 else sympy.S.Zero
    letter = Identifier("W")
    function = letter if branch == 0 else Decorated(letter, sub=layout_of(branch, replace(style, script=True)))
    return apply(function, expr.args[:1], style)


def _heaviside(expr: Any, style: Style) -> Node:
    default = len(expr.args) == 1 or expr.args[1] == sympy.S.Half
    return apply(Identifier("H"), expr.args[:1] if default else expr.args, style)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(FUNCTION_NAMES, _named),
        "Max": _extremum,
        "Min": _extremum,
        "log1p": _log1p,
        **dict.fromkeys(LOGISTIC, _logistic),
        "Abs": _absolute,
        "floor": _rounded("⌊", "⌋"),
        "ceiling": _rounded("⌈", "⌉"),
        "LambertW": _lambert,
        "Heaviside": _heaviside,
    }
)
