"""A formula as it was written: a tree of small values that know where in the text they stand.

SymPy evaluates while it builds, and forgets: of x/x it keeps 1, of sqrt(x)**2 only x. The tree keeps what was written,
so that a formula can be asked where it has no value. Two trees are equal if they mean the same, wherever they stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A number, exact."""

    value: Fraction
    position: int = field(compare=False)
    written: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """The input x, the constant pi, or a parameter."""

    name: str
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Negation:
    """Minus something."""

    operand: "Node"
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """Two values joined by + - * / or **."""

    operator: str
    left: "Node"
    right: "Node"
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments, under its first name (log for ln)."""

    function: str
    arguments: tuple["Node", ...]
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Values in a chain of < <= > >=."""

    operands: tuple["Node", ...]
    operators: tuple[str, ...]
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by `and` or by `or`."""

    operator: str
    operands: tuple["Node", ...]
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    operand: "Node"
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """One value where a condition holds, another where it does not."""

    value: "Node"
    condition: "Node"
    otherwise: "Node"
    position: int = field(compare=False)


Node: TypeAlias = Number | Name | Negation | Operation | Call | Comparison | Junction | Not | Conditional
CONDITIONS = (Comparison, Junction, Not)

INPUT, PI = "x", "pi"


def children(node: Node) -> tuple[Node, ...]:
    """Return what a node is made of."""
    match node:
        case Negation(operand) | Not(operand):
            return (operand,)
        case Operation(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Comparison(operands) | Junction(_, operands):
            return operands
        case Conditional(value, condition, otherwise):
            return (value, condition, otherwise)
    return ()


def nodes(tree: Node) -> Iterator[Node]:
    """Yield every node of a tree; each before what it is made of."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def names(tree: Node) -> frozenset[str]:
    """Return the names that a tree uses; pi, which is a number, is none."""
    return frozenset(node.name for node in nodes(tree) if isinstance(node, Name)) - {PI}


def spine(node: Node) -> tuple[Node, list[Operation]]:
    """Return the leftmost operand of a chain such as a + b - c, and the operations on it in order.

    A sum of hundreds of terms leans to the left as a tree hundreds deep: whoever walks it goes along the chain.
    """
    chain: list[Operation] = []
    while isinstance(node, Operation) and node.operator != "**":
        chain.append(node)
        node = node.left
    return node, chain[::-1]


# How tightly a node holds together what it is made of; what holds less tightly needs parentheses inside.
_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(10)


def written(tree: Node) -> str:
    """Return a text that reads back as the tree.

    >>> from nullcline.symbolic.formula_grammar import parsed
    >>> written(parsed("-(x) ^ 2*(1-x)", ["x"]))
    '-x**2*(1 - x)'
    """
    return _text(tree)[0]


def _text(node: Node) -> tuple[str, int]:
    match node:
        case Number():
            return node.written, _ATOM
        case Name():
            return node.name, _ATOM
        case Negation(operand):
            return f"-{_within(operand, _SIGN)}", _SIGN
        case Operation("**", left, right):
            return f"{_within(left, _ATOM)}**{_within(right, _SIGN)}", _POWER
        case Operation():
            return _chain(node)
        case Call(function, arguments):
            return f"{function}({', '.join(_text(a)[0] for a in arguments)})", _ATOM
        case Comparison(operands, operators):
            rest = (f" {o} {_within(u, _SUM)}" for o, u in zip(operators, operands[1:], strict=True))
            return _within(operands[0], _SUM) + "".join(rest), _COMPARISON
        case Junction(operator, operands):
            level = _AND if operator == "and" else _OR
            return f" {operator} ".join(_within(u, level + 1) for u in operands), level
        case Not(operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case Conditional(value, condition, otherwise):
            parts = (_within(value, _OR), _within(condition, _OR), _within(otherwise, _CONDITIONAL))
            return "{} if {} else {}".format(*parts), _CONDITIONAL


def _chain(node: Operation) -> tuple[str, int]:
    first, chain = spine(node)
    text, level = _text(first)
    for operation in chain:
        own = _SUM if operation.operator in "+-" else _PRODUCT
        left = text if level >= own else f"({text})"
        sign = f" {operation.operator} " if own == _SUM else operation.operator
        text, level = f"{left}{sign}{_within(operation.right, own + 1)}", own
    return text, level


def _within(node: Node, level: int) -> str:
    text, own = _text(node)
    return text if own >= level else f"({text})"
