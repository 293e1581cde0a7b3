"""What an expression as a whole forbids its parts: letters that are taken, names and dummies that look alike."""

from collections import Counter
from dataclasses import dataclass

import sympy

from .names import name

__all__ = ["Style", "style_for", "tell_dummies_apart"]


@dataclass(frozen=True, slots=True)
class Style:
    """Where we are and what the rest of the expression has taken."""

    taken: frozenset[str]  # the names of all symbols
    literal: frozenset[str]  # names that would look like another one, so they are spelled out
    script: bool = False  # in an exponent or subscript
    nested: bool = False  # inside a fraction


def style_for(expr: sympy.Basic) -> Style:
    """The style in which to begin an expression."""
    names = {str(atom.name) for atom in expr.atoms(sympy.Symbol)}
    looks = Counter(name(each) for each in names)
    return Style(taken=frozenset(names), literal=frozenset(each for each in names if looks[name(each)] > 1))


def tell_dummies_apart(expr: sympy.Basic) -> sympy.Basic:
    """Prime an integration variable that shares its name with a symbol."""
    symbols = expr.atoms(sympy.Symbol)
    taken = {symbol.name for symbol in symbols if not isinstance(symbol, sympy.Dummy)}
    renamed = {}
    for dummy in sorted((symbol for symbol in symbols if isinstance(symbol, sympy.Dummy)), key=lambda d: d.dummy_index):
        fresh = dummy.name
        while fresh in taken:
            fresh += "'"
        taken.add(fresh)
        if fresh != dummy.name:
            renamed[dummy] = sympy.Dummy(fresh)
    return expr.xreplace(renamed) if renamed else expr
