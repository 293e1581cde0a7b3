"""The tree of a formula: frozen nodes that say what stands where and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "Aligned",
    "Apply",
    "BigOperator",
    "Cases",
    "Decorated",
    "Derivative",
    "Fenced",
    "Fraction",
    "Group",
    "Identifier",
    "Matrix",
    "Node",
    "Number",
    "Operator",
    "Power",
    "Product",
    "Relation",
    "Root",
    "Sequence",
    "Sum",
    "Term",
    "Text",
    "is_indented",
    "negated",
]


@dataclass(frozen=True, slots=True)
class Number:
    """A number without sign: its digits, and the power of ten that multiplies them, if any."""

    digits: str
    exponent: int | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """A letter or a word that stands for a quantity or a function; italic unless upright."""

    text: str
    upright: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """A sign used as a mark, such as the star of r* or the minus of x₋."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Words, or an expression for which there is no notation."""

    text: str


@dataclass(frozen=True, slots=True)
class Decorated:
    """A name with a subscript, a superscript that is no power, or primes."""

    base: Identifier
    sub: Node | None = None
    sup: Node | None = None
    primes: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """One signed term of a sum."""

    sign: Literal["+", "-"]
    body: Node


@dataclass(frozen=True, slots=True)
class Sum:
    """Signed terms in the order of writing; a single negative term is a negation."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors in the order of writing; dotted where two numbers would run together."""

    factors: tuple[Node, ...]
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class Fraction:
    """A quotient: stacked, small (a rational number), or inline with a slash."""

    numerator: Node
    denominator: Node
    style: Literal["stacked", "small", "inline"] = "stacked"


@dataclass(frozen=True, slots=True)
class Power:
    """A base raised to an exponent; as the function of an Apply, the power of its value (tanh²)."""

    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    radicand: Node


@dataclass(frozen=True, slots=True)
class Group:
    """Brackets that only group: () at depth 0, [] around (), {} around []."""

    body: Node
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Fenced:
    """Delimiters that mean something: |x|, (lo, hi], {a, b}."""

    left: str
    body: Node
    right: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A function applied to its arguments."""

    function: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Derivative:
    """The derivative of a name (dr/dt), or of a whole expression (d/dr applied to it)."""

    operand: Node
    variables: tuple[tuple[Node, int], ...]
    partial: bool = False


@dataclass(frozen=True, slots=True)
class BigOperator:
    """A sum, product, integral or limit over a variable."""

    kind: Literal["sum", "product", "integral", "limit"]
    body: Node
    variable: Node
    lower: Node | None = None
    upper: Node | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """Sides joined by relation signs: a = b, lo ≤ r ≤ hi."""

    sides: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Sequence side by side: indices ("" or "," between them), arguments (", "), statements (a word between them)."""

    items: tuple[Node, ...]
    separator: str = ", "


@dataclass(frozen=True, slots=True)
class Cases:
    """Values with the condition for each; no condition means otherwise."""

    branches: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix in square brackets."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Aligned:
    """Relations on lines of their own, aligned at the first relation sign."""

    lines: tuple[Relation, ...]


Node: TypeAlias = (
    Number
    | Identifier
    | Operator
    | Text
    | Decorated
    | Sum
    | Product
    | Fraction
    | Power
    | Root
    | Group
    | Fenced
    | Apply
    | Derivative
    | BigOperator
    | Relation
    | Sequence
    | Cases
    | Matrix
    | Aligned
)


def is_indented(line: Relation, first: Relation) -> bool:
    """Whether a line of an Aligned stands to the right of the first: that one begins without a sign, this with one.

    A sum that goes on in the next line does not: its terms stand below each other.
    """
    return not first.signs[0] and line.signs[0] not in ("", "+", "-")


def negated(node: Node) -> Sum:
    """The node with a minus in front."""
    return Sum((Term("-", node),))
