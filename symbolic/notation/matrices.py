"""Matrices: their cells, their algebra, and elements with indices."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import sympy

from .brackets import group
from .dispatch import Rule, each, layout_of
from .names import INVERSE, name
from .nodes import Decorated, Identifier, Matrix, Node, Power, Sequence, Sum, Term, Text
from .products import product_of
from .style import Style
from .terms import factors_of

__all__ = ["RULES"]


def _matrix(expr: Any, style: Style) -> Node:
    inner = replace(style, nested=False)
    return Matrix(tuple(each(expr.row(i), inner) for i in range(expr.rows)))


def _matrix_symbol(expr: Any, style: Style) -> Node:
    return name(expr.name)


def _matrix_sum(expr: Any, style: Style) -> Node:
    terms = []
    for term in expr.args:
        sign, body = product_of(*factors_of(term), style)
        terms.append(Term(sign, group(body) if isinstance(body, Sum) else body))
    return Sum(tuple(terms))


def _matrix_mark(mark: Node) -> Rule:
    def rule(expr: Any, style: Style) -> Node:
        base = layout_of(expr.args[0], style)
        bare = isinstance(base, Identifier | Matrix) or (
            isinstance(base, Decorated) and base.sup is None and not base.primes
        )
        return Power(base if bare else group(base), mark)

    return rule


def _element(expr: Any, style: Style) -> Node:
    """W_{ij}, r_i: an element of a matrix or vector, its indices as they are counted in SymPy."""
    base, indices = (expr.base, expr.indices) if isinstance(expr, sympy.Indexed) else (expr.parent, (expr.i, expr.j))
    head = name(str(base))
    nodes = each(indices, replace(style, script=True))
    if not isinstance(head, Identifier):
        return Text(str(expr))
    tight = all(isinstance(node, Identifier) for node in nodes)
    return Decorated(head, sub=nodes[0] if len(nodes) == 1 else Sequence(nodes, "" if tight else ","))


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "MatrixBase": _matrix,
        "MatrixSymbol": _matrix_symbol,
        "MatAdd": _matrix_sum,
        "Transpose": _matrix_mark(Identifier("T", upright=True)),
        "Inverse": _matrix_mark(INVERSE),
        "MatrixElement": _element,
        "Indexed": _element,
    }
)
