"""How a formula is written: names, the order of terms, fractions and brackets, decided once for every printer.

`layout` turns a SymPy object into a small tree of frozen nodes. The tree says what stands where and what it means
(a function applied, a derivative, a sum of signed terms); `typeset` writes it as text, LaTeX or MathML and decides
nothing but spacing. The rules, as a textbook has them:

Names. `tau` is τ, `I_ext` is I with an upright subscript, `w_EI` has two indices, `r_star` or `r*` is a fixed point,
`r_k_next` or `r_k+1` has the subscript k+1, `x_minus` the subscript −, `r_inf` the subscript ∞, `r0` the subscript 0,
`F'` is a derivative, `F^-1` an inverse. A longer unknown name stays one upright word, with what follows its last `_`
as subscript.

Sums. The first rule that fits orders the terms:
1. A polynomial in one symbol goes by degree.
2. The leak goes first: −r beside a function or an input, as in −r + F(w r + I_ext); −1 beside a transfer function or
   beside a weight times a function, as in −1 + w F′(x). What is left follows the other rules.
3. Of a steady part and a transient (a factor e^{…t…} or (1 − h)^k) the transient goes last.
4. An input goes recurrent terms first, in the order of their weights, then the external input, then the rest:
   w_EE r_E − w_EI r_I + I_ext,E. Should that begin with a minus, the first positive term is moved to the front.
5. Else positive terms go first. Within a sign: derivatives, products of symbols by falling degree (variables before
   parameters), fractions, functions from simple to complicated. A positive number goes first beside products and
   functions (1 + e^u), last beside single symbols (k + 1).

Products. Number, parameters in model order (tau a b theta R k n w I s), other symbols, variables, bracketed sums, time,
functions, exponentials, the perturbation ε(t), derivatives, integrals. Negative powers go into the denominator, a minus
sign in front of the fraction, √2/2 is 1/√2, s − 1 is −(1 − s). A named function, an integral, a case distinction and a
tall sum stand beside their fraction, and so does a sum with functions that has a coefficient: (2/a) artanh(q),
(dt/τ)[−r + F(x)].

Fractions are stacked; in exponents, and where both parts are simple and the fraction stands inside another, they are
written with a slash. Brackets around groups alternate () [] {} from the inside; a function's argument always has ().
A bound in a case distinction has the variable on its left, a bound by a number the number on its right.

Exponents. A polynomial exponent of two to four terms is factored if it has a common factor, and the variable in it made
positive: exp(-a*x + a*theta) is written e^{−a(x−θ)}. Elsewhere products and sums stay as given. A crowded exponent is
written exp(...). Decimal numbers are shown to six digits.

What is unknown here is shown as SymPy spells it, as text: a formula may look plain, it may not be wrong.
A SymPy class may say itself how it is written, by a method `_nullcline_layout(self, layout)` that returns a node.

>>> from nullcline.symbolic.typeset import to_text
>>> a, x, theta = sympy.symbols("a x theta")
>>> to_text(layout(1 / (1 + sympy.exp(-a * (x - theta))) - 1 / (1 + sympy.exp(a * theta))))
'1/[1 + e^(-a(x - θ))] - 1/[1 + e^(a θ)]'
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import sympy
from sympy.core.function import AppliedUndef

__all__ = [
    "GREEK",
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
    "is_tall",
    "layout",
    "name",
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
    """Items side by side: indices ("" or "," between them), arguments (", "), statements (a word between them)."""

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


def layout(expr: Any) -> Node:
    """The tree of an expression, relation, set, condition or matrix: everything decided but the output format.

    >>> w, r, tau = sympy.symbols("w r* tau")
    >>> layout(w * r)
    Product(factors=(Identifier(text='w', upright=False), Decorated(base=Identifier(text='r', upright=False), \
sub=None, sup=Operator(text='∗'), primes=0)), dotted=False)
    """
    if isinstance(expr, bool | int | float):
        expr = sympy.sympify(expr)
    elif isinstance(expr, sympy.MatrixBase):
        expr = expr.as_immutable()
    elif isinstance(expr, sympy.FunctionClass):
        return name(expr.__name__)
    if not isinstance(expr, sympy.Basic):
        return Text(str(expr))
    expr = _tell_dummies_apart(expr)
    return _layout(expr, _style_for(expr))


def name(text: str) -> Identifier | Decorated:
    """How a name is written, by its spelling alone.

    >>> name("tau_E")
    Decorated(base=Identifier(text='τ', upright=False), sub=Identifier(text='E', upright=False), sup=None, primes=0)
    >>> name("gain")
    Identifier(text='gain', upright=True)
    """
    rest, sup, primes = _strip_marks(_marked(text))
    head, *suffixes = rest.split("_")
    head, sup_inside, primes_inside = _strip_marks(head)
    sup, primes = sup or sup_inside, primes + primes_inside
    parts = re.fullmatch(r"([^\W\d_]+)(\d*)", head)
    if parts is None or not all(suffixes):
        return _literal(text)
    letters, digits = parts.groups()
    if _is_glyph(letters):
        base = _glyph(letters)
        subscripts = [digits, *suffixes] if digits else suffixes
    elif suffixes:
        base = Identifier("_".join([head, *suffixes[:-1]]), upright=True)
        subscripts = suffixes[-1:]
    else:
        base = Identifier(letters, upright=True)
        subscripts = [digits] if digits else []
    indices = tuple(_index(part, of_weight=letters in _WEIGHTS) for part in subscripts)
    sub = None if not indices else indices[0] if len(indices) == 1 else Sequence(indices, ",")
    return Decorated(base, sub, sup, primes) if sub or sup or primes else base


def _marked(text: str) -> str:
    """Turn the words that stand for marks, in names that are to be read back by programs, into the marks."""
    return re.sub(r"_(\w)_next$", r"_\1+1", re.sub(r"_star$", "*", text))


def is_tall(node: Node) -> bool:
    """Whether brackets around this node must be taller than a line."""
    match node:
        case Fraction(_, _, style):
            return style != "inline" or any(is_tall(part) for part in (node.numerator, node.denominator))
        case BigOperator() | Cases() | Matrix() | Aligned() | Derivative():
            return True
        case Power(base, _):
            return is_tall(base)
        case _:
            return any(is_tall(child) for child in _children(node))


# Names ---------------------------------------------------------------------------------------------------------------

_SMALL = (
    *(
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
    ),
    *("pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)
_CAPITAL = ("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega")
GREEK: Mapping[str, str] = MappingProxyType(
    {
        **dict(zip(_SMALL, "αβγδεζηθικλμνξπρστυφχψω", strict=True)),
        **dict(zip(_CAPITAL, "ΓΔΘΛΞΠΣΥΦΨΩ", strict=True)),
        "lamda": "λ",
    }
)
_MARKS: Mapping[str, Operator | Identifier] = MappingProxyType(
    {
        **dict.fromkeys(["minus", "-", "−"], Operator("−")),
        **dict.fromkeys(["plus", "+"], Operator("+")),
        **dict.fromkeys(["inf", "oo", "infty", "infinity"], Identifier("∞", upright=True)),
    }
)
_WEIGHTS = frozenset({"w", "W", "J"})
_STATES = frozenset({"r"})
_INPUTS = frozenset({"I"})
_FRACTIONS_OF_ONE = frozenset({"s", "z"})  # values of the logistic function
_PERTURBATIONS = frozenset({"epsilon"})
_VARIABLES = ("r", "x", "y", "t", "u", "v", "z")
_PARAMETERS = ("tau", "a", "b", "theta", "R", "k", "n", "w", "W", "I", "s")
_INVERSE = Sum((Term("-", Number("1")),))
_STAR = Operator("∗")


def _strip_marks(text: str) -> tuple[str, Node | None, int]:
    """Take the star, the inverse sign and the primes off the end of a name."""
    sup: Node | None = None
    primes = 0
    while text:
        if text.endswith(("'", "′")):
            text, primes = text[:-1], primes + 1
        elif text.endswith("*") and sup is None:
            text, sup = text[:-1], _STAR
        elif text.endswith("^-1") and sup is None:
            text, sup = text[:-3], _INVERSE
        else:
            break
    return text, sup, primes


def _literal(text: str) -> Identifier:
    return Identifier(text, upright=True)


def _is_glyph(letters: str) -> bool:
    return len(letters) == 1 or letters in GREEK or letters == "dt"


def _glyph(letters: str) -> Identifier:
    glyph = GREEK.get(letters, letters)
    return Identifier(glyph, upright=glyph in "ΓΔΘΛΞΠΣΥΦΨΩ")


def _index(part: str, *, of_weight: bool) -> Node:
    """A part of a subscript; two capitals on a weight are two indices, any other word is upright."""
    if part in _MARKS:
        return _MARKS[part]
    if part.isdecimal():
        return Number(part)
    if shifted := re.fullmatch(r"(\w+?)([+\-−])(\w+)", part):
        left, sign, right = shifted.groups()
        terms = (
            Term("+", _index(left, of_weight=False)),
            Term("+" if sign == "+" else "-", _index(right, of_weight=False)),
        )
        return Sum(terms)
    if part in GREEK or len(part) == 1:
        return _glyph(part)
    if re.fullmatch(r"[A-Za-z]\d+", part):
        return Sequence((Identifier(part[0]), Number(part[1:])), ",")
    if of_weight and re.fullmatch(r"[A-Z]{2}|[ijkl]{2}", part):
        return Sequence(tuple(Identifier(letter) for letter in part), "")
    return Identifier(part, upright=True)


def _letter(expr: Any) -> str:
    """The leading letter or Greek name of a symbol or applied function: what tells a rate from a weight."""
    if isinstance(expr, sympy.Indexed):
        expr = expr.base.label
    elif type(expr).__name__ == "MatrixElement":
        expr = expr.parent
    text = getattr(expr, "name", None) or (expr.func.__name__ if isinstance(expr, AppliedUndef) else "")
    found = re.match(r"[^\W\d_]+", str(text))
    return found.group() if found else ""


# What an expression as a whole forbids -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Style:
    """Where we are and what the rest of the expression has taken."""

    taken: frozenset[str]  # the names of all symbols
    literal: frozenset[str]  # names that would look like another one, so they are spelled out
    script: bool = False  # in an exponent or subscript
    nested: bool = False  # inside a fraction


def _style_for(expr: sympy.Basic) -> _Style:
    names = {str(atom.name) for atom in expr.atoms(sympy.Symbol)}
    looks = Counter(name(each) for each in names)
    return _Style(taken=frozenset(names), literal=frozenset(each for each in names if looks[name(each)] > 1))


def _tell_dummies_apart(expr: sympy.Basic) -> sympy.Basic:
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


# Dispatch ------------------------------------------------------------------------------------------------------------


def _layout(expr: Any, style: _Style) -> Node:
    own = getattr(expr, "_nullcline_layout", None)
    if own is not None:
        node: Node = own(lambda part: _layout(part, style))
        return node
    if type(expr).__name__ == "Dummy" or isinstance(expr, sympy.Symbol):
        return _literal(expr.name) if expr.name in style.literal else name(expr.name)
    if isinstance(expr, AppliedUndef):
        return _apply(name(expr.func.__name__), expr.args, style)
    # By class name, so that a function defined in a module above or beside this one needs no import here.
    for kind in type(expr).__mro__:
        if rule := _RULES.get(kind.__name__):
            return rule(expr, style)
    if isinstance(expr, sympy.Function):
        return _apply(_literal(type(expr).__name__), expr.args, style)
    return Text(str(expr))


def _each(args: Iterable[Any], style: _Style) -> tuple[Node, ...]:
    return tuple(_layout(arg, style) for arg in args)


# Numbers -------------------------------------------------------------------------------------------------------------


def _negated(node: Node) -> Sum:
    return Sum((Term("-", node),))


def _integer(expr: Any, style: _Style) -> Node:
    return Number(str(expr)) if expr >= 0 else _negated(Number(str(-expr)))


def _rational(expr: Any, style: _Style) -> Node:
    numerator, denominator = Number(str(abs(expr.p))), Number(str(expr.q))
    shape: Literal["small", "inline"] = "inline" if style.script or style.nested else "small"
    node = Fraction(numerator, denominator, shape)
    return node if expr > 0 else _negated(node)


def _float(expr: Any, style: _Style) -> Node:
    if not expr.is_finite:
        return Text(str(expr))
    mantissa, _, exponent = f"{abs(float(expr)):.6g}".partition("e")
    node = Number(mantissa, int(exponent) if exponent else None)
    return _negated(node) if expr < 0 else node


def _constant(glyph: str, *, upright: bool = False) -> Callable[[Any, _Style], Node]:
    return lambda expr, style: Identifier(glyph, upright)


def _euler_number(expr: Any, style: _Style) -> Node:
    return Identifier("e") if "e" not in style.taken else Apply(_literal("exp"), (Number("1"),))


def _imaginary_unit(expr: Any, style: _Style) -> Node:
    return Identifier("i", upright="i" in style.taken)


# Sums ----------------------------------------------------------------------------------------------------------------


def _sum(expr: Any, style: _Style) -> Node:
    terms = []
    for term in _in_order(list(expr.args)):
        negative, factors = _factors(term)
        sign, body = _product_of(negative, factors, style, in_sum=True)
        if isinstance(body, Sum | Cases | Relation):
            body = _group(body)
        terms.append(Term(sign, body))
    return Sum(tuple(terms))


def _in_order(terms: list[Any]) -> list[Any]:
    polynomial = _by_degree(terms)
    if polynomial is not None:
        return polynomial
    transients = [term for term in terms if _is_transient(term)]
    if 0 < len(transients) < len(terms):
        return _in_order([term for term in terms if term not in transients]) + _in_order(transients)
    leaks = [term for term in terms if _is_leak(term, [other for other in terms if other is not term])]
    if len(leaks) == 1:
        return leaks + _in_general_order([term for term in terms if term is not leaks[0]], all_terms=terms)
    return _in_general_order(terms, all_terms=terms)


def _in_general_order(terms: list[Any], *, all_terms: list[Any]) -> list[Any]:
    if any(_is_recurrent(term) for term in terms) and not any(_shape(term)[0] >= 1 for term in terms):
        ordered = sorted(terms, key=lambda term: (_input_rank(term), _sum_key(term, terms)[1:]))
        first_positive = next((term for term in ordered if not _factors(term)[0]), None)
        if first_positive is not None and len(terms) == len(all_terms):
            ordered.remove(first_positive) if _factors(ordered[0])[0] else None
            return ordered if first_positive in ordered else [first_positive, *ordered]
        return ordered
    return sorted(terms, key=lambda term: _sum_key(term, terms))


def _input_rank(term: Any) -> int:
    if _is_recurrent(term):
        return 0
    _, factors = _factors(term)
    return 1 if len(factors) == 1 and _letter(factors[0]) in _INPUTS else 2


def _by_degree(terms: list[Any]) -> list[Any] | None:
    """The terms of a polynomial in one symbol by degree: falling, unless that begins with a minus."""
    symbols = set().union(*(term.free_symbols for term in terms))
    if len(symbols) != 1:
        return None
    degrees = {}
    for term in terms:
        coefficient, power = term.as_coeff_Mul()
        base, exponent = power.as_base_exp()
        if power is sympy.S.One:
            exponent = sympy.S.Zero
        elif base not in symbols:
            return None
        if not (coefficient.is_Rational and exponent.is_Integer and exponent >= 0):
            return None
        degrees[term] = int(exponent)
    if max(degrees.values()) < 2:
        return None
    falling = sorted(terms, key=lambda term: -degrees[term])
    negative_ends = _factors(falling[0])[0], _factors(falling[-1])[0]
    return falling[::-1] if negative_ends == (True, False) else falling


def _is_transient(term: Any) -> bool:
    """Whether a term has a factor that runs with time, e^(-t/tau), or with the number of steps, (1 - dt/tau)^k."""
    for factor in _factors(term)[1]:
        base, exponent = factor.as_base_exp()
        if isinstance(factor, sympy.exp) and "t" in _names(factor):
            return True
        if isinstance(base, sympy.Add) and isinstance(exponent, sympy.Symbol) and _names(base) & {"dt", "h"}:
            return True
    return False


def _names(expr: Any) -> set[str]:
    return {symbol.name for symbol in expr.free_symbols if isinstance(symbol, sympy.Symbol)}


def _has_leak(terms: Items[Any]) -> bool:
    return any(_is_leak(term, [other for other in terms if other is not term]) for term in terms)


def _is_leak(term: Any, others: list[Any]) -> bool:
    negative, factors = _factors(term)
    if not negative:
        return False
    if not factors:  # -1
        return any(_calls_transfer(other) or (_has_weight(other) and _is_curved(other)) for other in others)
    if len(factors) == 1 and _letter(factors[0]) in _STATES | _PERTURBATIONS and not _is_constant_rate(factors[0]):
        return any(_is_curved(other) or _input_rank(other) <= 1 or _has_input_factor(other) for other in others)
    return False


def _is_constant_rate(expr: Any) -> bool:
    """An initial or final value: a rate, but none that leaks."""
    return isinstance(expr, sympy.Symbol) and bool(re.search(r"_(init|inf|infty|oo)|0$", expr.name))


def _has_input_factor(term: Any) -> bool:
    """a (w r + I_ext - theta), the active part of a rectifier."""
    sums = [factor for factor in _factors(term)[1] if isinstance(factor, sympy.Add)]
    return any(_is_recurrent(part) for each in sums for part in each.args)


def _calls_transfer(term: Any) -> bool:
    return any(_letter(call) in ("F", "f") for call in term.atoms(AppliedUndef))


def _has_weight(term: Any) -> bool:
    return any(_letter(symbol) in _WEIGHTS for symbol in term.free_symbols)


def _is_curved(term: Any) -> bool:
    """Whether a term contains a function of the state, a case distinction or a symbolic power."""
    if term.has(sympy.Piecewise, sympy.Max, sympy.Min) or _calls_transfer(term):
        return True
    if any(not isinstance(call, AppliedUndef) for call in term.atoms(sympy.Function)):
        return True
    return any(not power.exp.is_Rational for power in term.atoms(sympy.Pow))


def _is_recurrent(term: Any) -> bool:
    if isinstance(term, sympy.Sum):
        return _has_weight(term)
    _, factors = _factors(term)
    letters = [_letter(factor) for factor in factors]
    return (
        len(factors) >= 2
        and any(letter in _WEIGHTS for letter in letters)
        and any(letter in _STATES for letter in letters)
    )


def _sum_key(term: Any, terms: list[Any]) -> tuple[Any, ...]:
    negative, factors = _factors(term)
    shape, degree = _shape(term)
    if not term.free_symbols and not term.has(AppliedUndef):
        others = [other for other in terms if other is not term]
        alone = all(_shape(other) == (0, 1) for other in others)
        lonely_negative = negative and all(_factors(other)[0] for other in others)
        shape = -2 if (not negative and not alone) or lonely_negative else 9
    symbols = sorted(
        (-group, position, spelled) for group, position, spelled in map(_symbol_rank, _symbols_in(factors))
    )
    if shape in (0, 9, -2):
        return negative, shape, -degree, symbols, (), str(term)
    calls = len([factor for factor in factors if not factor.is_number]) > 1, not _has_variable(term), term.count_ops()
    return negative, shape, 0, [], calls, symbols, str(term)


def _has_variable(term: Any) -> bool:
    return any(_symbol_rank(symbol)[0] == 2 for symbol in term.free_symbols)


def _symbols_in(factors: Items[Any]) -> list[Any]:
    return [factor.base if isinstance(factor, sympy.Pow) else factor for factor in factors if not factor.is_number]


def _shape(term: Any) -> tuple[int, int]:
    """The kind of a term (-1 derivative, 0 product of symbols, 1 fraction, 2 function) and its degree."""
    if term.has(sympy.Derivative):
        return -1, 0
    kind = degree = 0
    for factor in _factors(term)[1]:
        base, exponent = (factor.base, factor.exp) if isinstance(factor, sympy.Pow) else (factor, sympy.S.One)
        if factor.is_number:
            continue
        if isinstance(factor, sympy.Sum) and _has_weight(factor):
            degree += 2
        elif _is_symbol_like(base) and exponent.is_Integer and exponent > 0:
            degree += int(exponent)
        elif _is_symbol_like(base) and exponent == sympy.S.Half:
            continue
        elif isinstance(factor, sympy.Pow) and exponent.is_Rational and exponent < 0 and _is_symbol_like(base):
            kind = max(kind, 1)
        else:
            kind = 2
    return kind, degree


def _is_symbol_like(expr: Any) -> bool:
    """A symbol, an element of a vector or matrix, or a rate as a function of time."""
    if isinstance(expr, sympy.Symbol | sympy.Indexed) or type(expr).__name__ in ("MatrixElement", "MatrixSymbol"):
        return True
    return isinstance(expr, AppliedUndef) and _letter(expr) in _STATES | _PERTURBATIONS


# Products, fractions, powers -----------------------------------------------------------------------------------------


def _factors(term: Any) -> tuple[bool, list[Any]]:
    """The sign of a term and its factors without sign; no factors means one."""
    negative = False
    factors = []
    for factor in term.args if isinstance(term, sympy.Mul | sympy.MatMul) else (term,):
        if factor.is_Number and factor.is_extended_negative:
            negative, factor = not negative, -factor
        if factor is not sympy.S.One:
            factors.append(factor)
    return negative, factors


def _product(expr: Any, style: _Style) -> Node:
    sign, body = _product_of(*_factors(expr), style)
    return body if sign == "+" else _negated(_group(body) if isinstance(body, Sum) else body)


def _product_of(
    negative: bool, factors: list[Any], style: _Style, *, in_sum: bool = False
) -> tuple[Literal["+", "-"], Node]:
    """A product as a sign and a node: sort the factors, split off the denominator, place the functions."""
    if len(factors) > 1:
        turned = [_turned(factor, in_sum=in_sum) for factor in factors]
        negative ^= sum(flipped for flipped, _ in turned) % 2 == 1
        factors = [factor for _, factor in turned]
    negative, factors = _turned_expm1(negative, factors)
    sign: Literal["+", "-"] = "-" if negative else "+"
    if len(factors) == 1 and factors[0].is_Rational:
        return sign, _layout(factors[0], style)
    above, below = _split(factors)
    if not below:
        return sign, _row(above, style)
    inner = replace(style, nested=True)
    beside: list[Any] = []
    if not style.script and all(_is_plain(factor) for factor in below):
        beside = [factor for factor in above if _stands_beside(factor)] or _tall_sum(above, inner)
        above = [factor for factor in above if factor not in beside]
    quotient = _fraction(_row(above, inner), _row(below, inner), style)
    if not beside:
        return sign, quotient
    if isinstance(quotient, Fraction) and quotient.style == "inline":
        return sign, Product((_group(quotient), *_row_items(beside, style)))
    return sign, Product((quotient, *_row_items(beside, style)))


def _split(factors: list[Any]) -> tuple[list[Any], list[Any]]:
    """The factors above and below the fraction line, each in the order of writing."""
    above: list[Any] = []
    below: list[Any] = []
    for factor in factors:
        if factor.is_Rational and not factor.is_Integer:
            above += [sympy.Integer(factor.p)] if factor.p != 1 else []
            below.append(sympy.Integer(factor.q))
        elif isinstance(factor, sympy.exp) and factor.args[0].is_Number and factor.args[0].is_negative:
            below.append(sympy.exp(-factor.args[0]))
        elif isinstance(factor, sympy.Pow) and factor.exp.as_coeff_Mul()[0].is_extended_negative:
            below.append(sympy.Pow(factor.base, -factor.exp, evaluate=False) if factor.exp != -1 else factor.base)
        else:
            above.append(factor)
    above, below = _roots_below(above, below)
    return _arranged(above), _arranged(below)


def _roots_below(above: list[Any], below: list[Any]) -> tuple[list[Any], list[Any]]:
    """Undo SymPy's sqrt(2)/2 for 1/sqrt(2)."""
    for root in above:
        if isinstance(root, sympy.Pow) and root.exp == sympy.S.Half and root.base.is_Integer:
            for number in below:
                if number.is_Integer and number % root.base == 0:
                    above = [factor for factor in above if factor is not root]
                    below = [factor for factor in below if factor is not number]
                    left = number // root.base
                    return above, [root, *below] if left == 1 else [left, root, *below]
    return above, below


def _turned_expm1(negative: bool, factors: list[Any]) -> tuple[bool, list[Any]]:
    """Write -expm1(u) times something as (1 - e^u) times it."""
    for position, factor in enumerate(factors):
        if negative and type(factor).__name__ == "expm1":
            turned = sympy.Add(1, -sympy.exp(factor.args[0]), evaluate=False)
            return False, [*factors[:position], turned, *factors[position + 1 :]]
    return negative, factors


def _tall_sum(above: list[Any], style: _Style) -> list[Any]:
    """The one sum of a numerator, if too tall for it or with functions and a coefficient; ε goes along."""
    sums = [factor for factor in above if isinstance(factor, sympy.Add)]
    perturbations = [factor for factor in above if _is_perturbation(factor)]
    coefficient = [factor for factor in above if factor not in [*sums, *perturbations]]
    if len(sums) != 1 or not all(_is_plain(factor) for factor in coefficient):
        return []
    beside = (coefficient and (_is_curved(sums[0]) or _has_leak(sums[0].args))) or is_tall(_layout(sums[0], style))
    return [*sums, *perturbations] if beside else []


def _is_perturbation(factor: Any) -> bool:
    """The function epsilon(t), or the symbol epsilon alone; epsilon0 is a constant like any other."""
    return isinstance(factor, AppliedUndef | sympy.Symbol) and str(getattr(factor, "name", "")) in _PERTURBATIONS


def _turned(factor: Any, *, in_sum: bool) -> tuple[bool, Any]:
    """Take the minus out of s - 1 and of a sum of negative terms, unless that stands alone and has the leak."""
    base, exponent = factor.as_base_exp()
    if _is_less_one(base) and exponent.is_Integer:
        return exponent.is_odd, sympy.Pow(-base, exponent)
    if not isinstance(factor, sympy.Add) or not all(_factors(term)[0] for term in factor.args):
        return False, factor
    if not in_sum and _has_leak(factor.args):
        return False, factor
    return True, sympy.Add(*(-term for term in factor.args))


def _is_less_one(expr: Any) -> bool:
    """s - 1, where s is a value of the logistic function."""
    return (
        isinstance(expr, sympy.Add)
        and len(expr.args) == 2
        and sympy.S.NegativeOne in expr.args
        and any(isinstance(term, sympy.Symbol) and _letter(term) in _FRACTIONS_OF_ONE for term in expr.args)
    )


def _is_plain(factor: Any) -> bool:
    """A number, a symbol, or a power of one."""
    base = factor.base if isinstance(factor, sympy.Pow) else factor
    return bool(factor.is_number) or _is_symbol_like(base)


def _stands_beside(factor: Any) -> bool:
    """A factor too tall or too wordy for a numerator: (1/a) ln(...), (1/tau) times an integral."""
    if factor.has(sympy.Integral, sympy.Sum, sympy.Product, sympy.Limit, sympy.Piecewise, sympy.Derivative):
        return True
    if isinstance(factor, sympy.Pow) and type(factor.base).__name__ in _POWERED and factor.exp.is_Integer:
        factor = factor.base
    if isinstance(factor, AppliedUndef | sympy.exp) or not isinstance(factor, sympy.Function | sympy.Max | sympy.Min):
        return False
    return type(factor).__name__ not in _LOGISTIC | {"expm1", "Abs", "exp"} and bool(factor.free_symbols)


def _fraction(numerator: Node, denominator: Node, style: _Style) -> Fraction:
    simple = _is_simple(numerator) and _is_simple(denominator)
    if style.script or (style.nested and simple):
        if isinstance(numerator, Sum | BigOperator | Cases | Relation | Fraction):
            numerator = _group(numerator)
        if isinstance(denominator, Sum | Product | Fraction | BigOperator | Cases | Relation) or _is_scientific(
            denominator
        ):
            denominator = _group(denominator)
        return Fraction(numerator, denominator, "inline")
    return Fraction(numerator, denominator)


def _is_simple(node: Node) -> bool:
    match node:
        case Number() | Identifier() | Decorated():
            return True
        case Power(base, exponent):
            return _is_simple(base) and _is_simple(exponent)
        case Root(body) | Fenced("|", body):
            return _is_simple(body)
        case Product(factors):
            return len(factors) <= 3 and all(_is_simple(factor) for factor in factors)
        case _:
            return False


def _is_scientific(node: Node) -> bool:
    return isinstance(node, Number) and node.exponent is not None


def _arranged(factors: list[Any]) -> list[Any]:
    if any(factor.is_commutative is False for factor in factors):
        return factors
    return sorted(_join_roots(factors), key=_factor_key)


def _join_roots(factors: list[Any]) -> list[Any]:
    """Write sqrt(a) sqrt(w) under one root, as it was before SymPy took it apart."""
    roots = [
        factor
        for factor in factors
        if isinstance(factor, sympy.Pow) and factor.exp == sympy.S.Half and not isinstance(factor.base, sympy.Add)
    ]
    # For two numbers of unknown sign the two are not equal.
    if len(roots) < 2 or sum(not root.base.is_nonnegative for root in roots) > 1:
        return factors
    joined = sympy.Pow(sympy.Mul(*(root.base for root in roots)), sympy.S.Half, evaluate=False)
    return [joined, *(factor for factor in factors if factor not in roots)]


def _factor_key(factor: Any) -> tuple[Any, ...]:
    base = factor.base if isinstance(factor, sympy.Pow) and not isinstance(factor, sympy.exp) else factor
    if factor.is_Number:
        return 0, 0, (), 0, ""
    if isinstance(factor, sympy.Pow) and factor.base.is_Number:
        return 1, 0, (), 0, str(factor)
    if factor.is_number:
        return 2, 0, (), 0, str(factor)
    if isinstance(factor, sympy.Integral | sympy.Sum | sympy.Product | sympy.Limit):
        kind = 11
    elif isinstance(factor, sympy.Derivative):
        kind = 10
    elif _is_perturbation(base):
        kind = 9
    elif isinstance(factor, sympy.Piecewise):
        kind = 8
    elif isinstance(factor, sympy.exp):
        kind = 7
    elif isinstance(base, sympy.Symbol) and base.name == "t":
        return 5, 0, _symbol_rank(base), 0, str(factor)
    elif isinstance(base, sympy.Symbol | sympy.Indexed) or type(base).__name__ == "MatrixElement":
        plain = not isinstance(factor, sympy.Pow) or factor.exp.is_Rational
        return 3, 0 if plain else 1, _symbol_rank(base), 0, str(factor)
    elif isinstance(base, sympy.Add) or type(base).__name__ == "expm1":
        return 4, int(isinstance(factor, sympy.Pow)), (), base.count_ops(), str(factor)
    else:
        kind = 6
    minus = kind == 6 and any(arg.could_extract_minus_sign() for arg in base.args if isinstance(arg, sympy.Expr))
    return kind, 2 * minus + (not _has_variable(base)), (), base.count_ops(), str(factor)


def _symbol_rank(symbol: Any) -> tuple[int, int, tuple[tuple[int, str], ...]]:
    """Parameters in model order, then other symbols, then variables; each by name, numbers in it by size."""
    letter = _letter(symbol)
    if isinstance(symbol, sympy.Dummy):
        return 2, len(_VARIABLES), ((-1, symbol.name),)
    spelled = tuple(
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", str(symbol)) if part
    )
    if letter in _PARAMETERS:
        return 0, _PARAMETERS.index(letter), spelled
    if letter in _VARIABLES:
        return 2, _VARIABLES.index(letter), spelled
    return 1, 0, spelled


def _row(factors: list[Any], style: _Style) -> Node:
    if not factors:
        return Number("1")
    if len(factors) == 1:
        return _layout(factors[0], style)
    items = _row_items(factors, style)
    return Product(items, dotted=any(_starts_with_digit(item) for item in items[1:]))


def _row_items(factors: list[Any], style: _Style) -> tuple[Node, ...]:
    items = []
    for position, factor in enumerate(factors):
        item = _layout(factor, style)
        last = position == len(factors) - 1
        loose = isinstance(item, Sum | Product | Cases | Relation | Aligned | Sequence | Text)
        if (
            loose
            or (isinstance(item, Fraction) and item.style == "inline")
            or (isinstance(item, BigOperator | Derivative) and not last)
        ):
            item = _group(item)
        items.append(item)
    return tuple(items)


def _starts_with_digit(node: Node) -> bool:
    match node:
        case Number():
            return True
        case Power(base, _):
            return _starts_with_digit(base)
        case Fraction(numerator, _, "inline"):
            return _starts_with_digit(numerator)
        case Fraction(_, _, "small"):
            return True
        case Product(factors):
            return _starts_with_digit(factors[0])
        case _:
            return False


def _power(expr: Any, style: _Style) -> Node:
    base, exponent = expr.base, expr.exp
    if exponent.as_coeff_Mul()[0].is_extended_negative:
        sign, node = _product_of(False, [expr], style)
        return node if sign == "+" else _negated(node)
    if exponent == sympy.S.Half:
        return Root(_layout(base, style))
    if isinstance(base, sympy.Add) and exponent.is_Integer and exponent.is_even and _looks_back(base):
        base = sympy.Add(*(-term for term in base.args))
    return _raised(_layout(base, style), base, _layout(exponent, replace(style, script=True, nested=False)), exponent)


def _raised(node: Node, base: Any, exponent_node: Node, exponent: Any) -> Node:
    if isinstance(node, Apply) and type(base).__name__ in _POWERED and exponent.is_Integer and exponent > 1:
        return Apply(Power(node.function, exponent_node), node.arguments)
    bare = isinstance(node, Identifier | Apply | Group | Fenced | Matrix) and not (
        isinstance(node, Apply) and _is_bare_word_power(node)
    )
    bare = bare or (isinstance(node, Decorated) and node.sup is None and not node.primes)
    bare = bare or (isinstance(node, Number) and node.exponent is None)
    return Power(node if bare else _group(node), exponent_node)


def _is_bare_word_power(node: Apply) -> bool:
    """ln(x)² would be read both ways, and tanh²(x)² is no better."""
    function = node.function
    return isinstance(function, Power) or (isinstance(function, Identifier) and function.upright)


def _group(node: Node) -> Group:
    # Curly brackets around the one of a case distinction would read as part of it.
    return Group(node, 1 if isinstance(node, Cases) else _brackets(node))


def _brackets(node: Node) -> int:
    """Which brackets come next around a node; those in exponents are set smaller and do not count."""
    inside = max((_brackets(child) for child in _children(node)), default=0)
    match node:
        case Group():
            return inside + 1
        case Apply() | Fenced("(" | "[" | "{"):
            return max(inside, 1)
        case _:
            return inside


def _children(node: Node) -> tuple[Node, ...]:
    """The parts of a node that stand on the line, without scripts."""
    match node:
        case Sum(terms):
            return tuple(term.body for term in terms)
        case Product(factors):
            return factors
        case Fraction(numerator, denominator):
            return numerator, denominator
        case Power(base, _) | Root(base) | Group(base) | Fenced(_, base):
            return (base,)
        case Derivative(operand):
            return (operand,)
        case BigOperator(_, body):
            return (body,)
        case Apply(_, arguments):
            return arguments
        case Relation(sides):
            return sides
        case Sequence(items):
            return items
        case Cases(branches):
            return tuple(part for branch in branches for part in branch if part is not None)
        case Matrix(rows):
            return tuple(cell for row in rows for cell in row)
        case Aligned(lines):
            return lines
        case _:
            return ()


# Functions -----------------------------------------------------------------------------------------------------------

# Class name -> what is written. Classes are looked up by name: those of SymPy and those a model module defines.
_FUNCTION_NAMES: Mapping[str, Identifier | Decorated] = MappingProxyType(
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
        "erfinv": Decorated(Identifier("erf", upright=True), sup=_INVERSE),
        "erfcinv": Decorated(Identifier("erfc", upright=True), sup=_INVERSE),
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
_LOGISTIC = frozenset({"expit", "logistic", "sigmoid"})
_POWERED = frozenset({"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch"})


def _apply(function: Node, args: Iterable[Any], style: _Style) -> Apply:
    return Apply(function, _each(args, replace(style, nested=False) if not style.nested else style))


def _named(expr: Any, style: _Style) -> Node:
    return _apply(_FUNCTION_NAMES[type(expr).__name__], expr.args, style)


def _extremum(expr: Any, style: _Style) -> Node:
    """Max and Min, numbers first: SymPy keeps no order."""
    args = sorted(expr.args, key=lambda arg: (not arg.is_number, sympy.default_sort_key(arg)))
    return _apply(_FUNCTION_NAMES[type(expr).__name__], args, style)


def _exponential(expr: Any, style: _Style) -> Node:
    argument = _facing(_factored(expr.args[0]))
    crowded = (
        argument.has(sympy.exp, sympy.Piecewise, sympy.Integral, sympy.Sum, sympy.Derivative)
        or argument.count_ops() > 24
    )
    if crowded or "e" in style.taken:
        return _apply(Identifier("exp", upright=True), (argument,), style)
    return Power(Identifier("e"), _layout(argument, replace(style, script=True, nested=False)))


def _factored(argument: Any) -> Any:
    """A short polynomial with a common factor, factored: -a x + a theta becomes -a (x - theta)."""
    if (
        not isinstance(argument, sympy.Add)
        or not 2 <= len(argument.args) <= 4
        or not argument.is_polynomial(*argument.free_symbols)
    ):
        return argument
    # A sum without a symbol common to all its terms has no factor worth pulling out; x^2 - 1 stays as it is.
    common = set.intersection(*(set(term.free_symbols) for term in argument.args))
    factored = sympy.factor(argument) if common else argument
    if not isinstance(factored, sympy.Mul):
        return argument
    sums = [factor for factor in factored.args if isinstance(factor, sympy.Add)]
    rest = [factor for factor in factored.args if not isinstance(factor, sympy.Add)]
    if len(sums) != 1 or any(isinstance(factor, sympy.Pow) and isinstance(factor.base, sympy.Add) for factor in rest):
        return argument
    return sympy.Mul(*_with_one_number(rest), sums[0], evaluate=False)


def _facing(product: Any) -> Any:
    """A product with one sum in it, the sum with its variable positive: a (theta - x) becomes -a (x - theta)."""
    if not isinstance(product, sympy.Mul):
        return product
    sums = [factor for factor in product.args if isinstance(factor, sympy.Add)]
    if len(sums) != 1 or not _looks_back(sums[0]):
        return product
    rest = [factor for factor in product.args if factor is not sums[0]]
    inner = sympy.Add(*(-term for term in sums[0].args))
    return sympy.Mul(*_with_one_number([sympy.S.NegativeOne, *rest]), inner, evaluate=False)


def _looks_back(inner: Any) -> bool:
    """Whether the variable of a sum of products of symbols comes with a minus: theta - x."""
    if any(_shape(term)[0] != 0 for term in inner.args):
        return False
    leading = [term for term in inner.args if _has_variable(term)]
    return bool(leading) and all(_factors(term)[0] for term in leading)


def _with_one_number(factors: list[Any]) -> list[Any]:
    number = sympy.Mul(*(factor for factor in factors if factor.is_Number))
    others = [factor for factor in factors if not factor.is_Number]
    return others if number == 1 else [number, *others]


def _logistic(expr: Any, style: _Style) -> Node:
    clash = "sigma" in style.taken
    return _apply(Identifier("logistic", upright=True) if clash else Identifier("σ"), expr.args, style)


def _log1p(expr: Any, style: _Style) -> Node:
    return _apply(_FUNCTION_NAMES["log"], (sympy.Add(1, expr.args[0], evaluate=False),), style)


def _expm1(expr: Any, style: _Style) -> Node:
    return Sum((Term("+", _exponential(expr, style)), Term("-", Number("1"))))


def _logaddexp(expr: Any, style: _Style) -> Node:
    return Apply(_FUNCTION_NAMES["log"], (Sum(tuple(Term("+", _exponential(_Only(arg), style)) for arg in expr.args)),))


@dataclass(frozen=True, slots=True)
class _Only:
    """One argument on its own, in the shape of a call."""

    argument: Any

    @property
    def args(self) -> tuple[Any]:
        return (self.argument,)


def _absolute(expr: Any, style: _Style) -> Node:
    inner = expr.args[0]
    if inner.has(sympy.Abs):
        # |x|y|| could be read in two ways: only the innermost absolute value has bars.
        return Apply(_literal("abs"), (_layout(inner, style),))
    if isinstance(inner, sympy.Add) and _looks_back(inner):
        inner = sympy.Add(*(-term for term in inner.args))
    return Fenced("|", _layout(inner, style), "|")


def _rounded(left: str, right: str) -> Callable[[Any, _Style], Node]:
    return lambda expr, style: Fenced(left, _layout(expr.args[0], style), right)


def _lambert(expr: Any, style: _Style) -> Node:
    branch = expr.args[1] if len(expr.args) > 1 else sympy.S.Zero
    letter = Identifier("W")
    function = letter if branch == 0 else Decorated(letter, sub=_layout(branch, replace(style, script=True)))
    return _apply(function, expr.args[:1], style)


def _heaviside(expr: Any, style: _Style) -> Node:
    default = len(expr.args) == 1 or expr.args[1] == sympy.S.Half
    return _apply(Identifier("H"), expr.args[:1] if default else expr.args, style)


# Calculus ------------------------------------------------------------------------------------------------------------


def _derivative(expr: Any, style: _Style) -> Node:
    inner = expr.expr
    variables = tuple(
        (_layout(variable, style), int(count)) for variable, count in expr.variable_count if count.is_Integer
    )
    if len(variables) != len(expr.variable_count):
        return Text(str(expr))
    partial = any(len(call.args) > 1 for call in inner.atoms(AppliedUndef))
    if isinstance(inner, AppliedUndef) and all(isinstance(arg, sympy.Symbol) for arg in inner.args):
        function = name(inner.func.__name__)
        if isinstance(function, Identifier) or function.sup is None:
            return Derivative(function, variables, partial)
    operand = _layout(inner, replace(style, nested=False))
    if not isinstance(operand, Apply):
        operand = _group(operand)
    return Derivative(operand, variables, partial)


def _substitution(expr: Any, style: _Style) -> Node:
    """F'(u), which SymPy keeps as a derivative taken at a point."""
    inner, points = expr.expr, expr.point
    if isinstance(inner, sympy.Derivative) and len(points) == 1 and isinstance(inner.expr, AppliedUndef):
        (variable, order), *others = inner.variable_count
        if not others and order.is_Integer and inner.expr.args == (variable,) == tuple(expr.variables):
            function = name(inner.expr.func.__name__)
            base = function if isinstance(function, Decorated) else Decorated(function)
            if base.sup is None:
                return _apply(replace(base, primes=base.primes + int(order)), points, style)
    done = expr.doit()
    return Text(str(expr)) if done.has(sympy.Subs) else _layout(done, style)


def _integral(expr: Any, style: _Style) -> Node:
    return _over("integral", expr, style)


def _summation(expr: Any, style: _Style) -> Node:
    return _over("sum", expr, style)


def _big_product(expr: Any, style: _Style) -> Node:
    return _over("product", expr, style)


def _over(kind: Literal["sum", "product", "integral"], expr: Any, style: _Style) -> Node:
    body = _layout(expr.function, replace(style, nested=False))
    script = replace(style, script=True, nested=False)
    if isinstance(body, Sum | Cases | Relation | Text):
        body = _group(body)
    for variable, *bounds in expr.limits:
        lower, upper = (
            _each(bounds, script) if len(bounds) == 2 else (None, *_each(bounds, script)) if bounds else (None, None)
        )
        body = BigOperator(kind, body, _layout(variable, style), lower, upper)
    return body


def _limit(expr: Any, style: _Style) -> Node:
    inner, variable, point, direction = expr.args
    script = replace(style, script=True, nested=False)
    target = _layout(point, script)
    if point.is_finite and str(direction) in "+-":
        mark = Operator("+" if str(direction) == "+" else "−")
        target = Power(target if isinstance(target, Number | Identifier) else _group(target), mark)
    body = _layout(inner, replace(style, nested=False))
    body = _group(body) if isinstance(body, Sum | Cases | Relation | Text) else body
    return BigOperator("limit", body, _layout(variable, script), target)


# Statements ----------------------------------------------------------------------------------------------------------

_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "Equality": "=",
        "Unequality": "≠",
        "StrictLessThan": "<",
        "LessThan": "≤",
        "StrictGreaterThan": ">",
        "GreaterThan": "≥",
    }
)


def _relation(expr: Any, style: _Style) -> Node:
    left, right = expr.args
    if isinstance(expr, sympy.Eq) and all(
        isinstance(side, sympy.MatrixBase) and side.shape[1] == 1 for side in (left, right)
    ):
        pairs = zip(left, right, strict=True) if left.shape == right.shape else ()
        lines = tuple(Relation(_each(pair, style), ("=",)) for pair in pairs)
        if lines:
            return Aligned(lines) if len(lines) > 1 else lines[0]
    if left.is_number and not right.is_number and not isinstance(expr, sympy.Eq):
        expr = expr.reversed
    return Relation(_each(expr.args, style), (_SIGNS[type(expr).__name__],))


def _conjunction(expr: Any, style: _Style) -> Node:
    """Statements joined by and; two bounds on one quantity become a chain."""
    statements = sorted(expr.args, key=_statement_key)
    items: list[Node] = []
    used: set[int] = set()
    for i, first in enumerate(statements):
        if i in used:
            continue
        chain = None
        for j in range(len(statements)):
            if (
                j != i
                and j not in used
                and (chain := _two_sided(first, statements[j]) or _two_sided(statements[j], first))
            ):
                used.add(j)
                break
        used.add(i)
        items.append(Relation(_each(chain[0], style), chain[1]) if chain else _statement(first, style))
    return items[0] if len(items) == 1 else Sequence(tuple(items), " and ")


def _statement_key(statement: Any) -> tuple[int, Any]:
    kinds = ["Equality", "Unequality"]
    kind = type(statement).__name__
    return kinds.index(kind) if kind in kinds else 2, sympy.default_sort_key(statement)


def _statement(expr: Any, style: _Style) -> Node:
    node = _layout(expr, style)
    return _group(node) if isinstance(node, Sequence) else node


def _two_sided(lower: Any, upper: Any) -> tuple[tuple[Any, Any, Any], tuple[str, str]] | None:
    """lo <= r and r <= hi as one chain."""
    sides = [_rising(lower), _rising(upper)]
    if sides[0] is None or sides[1] is None:
        return None
    (low, first, middle), (same, second, high) = sides[0], sides[1]
    # A shared number is no quantity that two bounds enclose.
    return ((low, middle, high), (first, second)) if middle == same and not middle.is_number else None


def _rising(statement: Any) -> tuple[Any, str, Any] | None:
    kind = type(statement).__name__
    if kind in ("StrictLessThan", "LessThan"):
        return statement.args[0], _SIGNS[kind], statement.args[1]
    if kind in ("StrictGreaterThan", "GreaterThan"):
        return statement.args[1], "<" if kind.startswith("Strict") else "≤", statement.args[0]
    return None


def _joined(word: str) -> Callable[[Any, _Style], Node]:
    return lambda expr, style: Sequence(
        tuple(_statement(arg, style) for arg in sorted(expr.args, key=_statement_key)), f" {word} "
    )


def _implication(expr: Any, style: _Style) -> Node:
    return Relation(tuple(_statement(arg, style) for arg in expr.args), ("⇒",))


def _equivalence(expr: Any, style: _Style) -> Node:
    statements = tuple(_statement(arg, style) for arg in expr.args)
    return Relation(statements, ("⇔",) * (len(statements) - 1))


def _membership(expr: Any, style: _Style) -> Node:
    return Relation(_each(expr.args, style), ("∈",))


def _interval(expr: Any, style: _Style) -> Node:
    ends = Sequence(_each((expr.start, expr.end), style))
    return Fenced("(" if expr.left_open else "[", ends, ")" if expr.right_open else "]")


def _finite_set(expr: Any, style: _Style) -> Node:
    return Fenced("{", Sequence(_each(expr.args, style)), "}")


def _tuple(expr: Any, style: _Style) -> Node:
    return Fenced("(", Sequence(_each(expr.args, style)), ")")


def _set_union(expr: Any, style: _Style) -> Node:
    parts = _each(expr.args, style)
    return Relation(parts, ("∪",) * (len(parts) - 1))


def _truth(expr: Any, style: _Style) -> Node:
    return Text("true" if expr else "false")


def _cases(expr: Any, style: _Style) -> Node:
    inner = replace(style, nested=False)
    branches = []
    for value, condition in expr.args:
        branches.append(
            (_layout(value, inner), None if condition == sympy.true else _layout(_condition(condition), inner))
        )
    return Cases(tuple(branches))


def _condition(condition: Any) -> Any:
    """A bound on a variable, the variable on the left; SymPy turns x > theta round."""
    if isinstance(condition, sympy.core.relational.Relational):
        left, right = condition.args
        return condition.reversed if _has_variable(right) and not _has_variable(left) else condition
    if isinstance(condition, sympy.And | sympy.Or):
        return type(condition)(*(_condition(part) for part in condition.args), evaluate=False)
    return condition


# Matrices ------------------------------------------------------------------------------------------------------------


def _matrix(expr: Any, style: _Style) -> Node:
    inner = replace(style, nested=False)
    return Matrix(tuple(_each(expr.row(i), inner) for i in range(expr.rows)))


def _matrix_symbol(expr: Any, style: _Style) -> Node:
    return name(expr.name)


def _matrix_sum(expr: Any, style: _Style) -> Node:
    terms = []
    for term in expr.args:
        sign, body = _product_of(*_factors(term), style)
        terms.append(Term(sign, _group(body) if isinstance(body, Sum) else body))
    return Sum(tuple(terms))


def _matrix_mark(mark: Node) -> Callable[[Any, _Style], Node]:
    def rule(expr: Any, style: _Style) -> Node:
        base = _layout(expr.args[0], style)
        bare = isinstance(base, Identifier | Matrix) or (
            isinstance(base, Decorated) and base.sup is None and not base.primes
        )
        return Power(base if bare else _group(base), mark)

    return rule


def _element(expr: Any, style: _Style) -> Node:
    """W_{ij}, r_i: an element of a matrix or vector, its indices as they are counted in SymPy."""
    base, indices = (expr.base, expr.indices) if isinstance(expr, sympy.Indexed) else (expr.parent, (expr.i, expr.j))
    head = name(str(base))
    nodes = _each(indices, replace(style, script=True))
    if not isinstance(head, Identifier):
        return Text(str(expr))
    tight = all(isinstance(node, Identifier) for node in nodes)
    return Decorated(head, sub=nodes[0] if len(nodes) == 1 else Sequence(nodes, "" if tight else ","))


_RULES: Mapping[str, Callable[[Any, _Style], Node]] = MappingProxyType(
    {
        "Integer": _integer,
        "Rational": _rational,
        "Float": _float,
        "Pi": _constant("π"),
        "Exp1": _euler_number,
        "ImaginaryUnit": _imaginary_unit,
        "EulerGamma": _constant("γ"),
        "Infinity": _constant("∞", upright=True),
        "NegativeInfinity": lambda expr, style: _negated(Identifier("∞", upright=True)),
        "Add": _sum,
        "Mul": _product,
        "Pow": _power,
        **dict.fromkeys(_FUNCTION_NAMES, _named),
        "Max": _extremum,
        "Min": _extremum,
        "exp": _exponential,
        "expm1": _expm1,
        "log1p": _log1p,
        "logaddexp": _logaddexp,
        **dict.fromkeys(_LOGISTIC, _logistic),
        "Abs": _absolute,
        "floor": _rounded("⌊", "⌋"),
        "ceiling": _rounded("⌈", "⌉"),
        "LambertW": _lambert,
        "Heaviside": _heaviside,
        "Derivative": _derivative,
        "Subs": _substitution,
        "Integral": _integral,
        "Sum": _summation,
        "Product": _big_product,
        "Limit": _limit,
        **dict.fromkeys(_SIGNS, _relation),
        "And": _conjunction,
        "Or": _joined("or"),
        "Implies": _implication,
        "Equivalent": _equivalence,
        "Contains": _membership,
        "Interval": _interval,
        "FiniteSet": _finite_set,
        "Union": _set_union,
        "EmptySet": _constant("∅", upright=True),
        "Reals": _constant("ℝ", upright=True),
        "Tuple": _tuple,
        "BooleanTrue": _truth,
        "BooleanFalse": _truth,
        "Piecewise": _cases,
        "MatrixBase": _matrix,
        "MatrixSymbol": _matrix_symbol,
        "MatAdd": _matrix_sum,
        "MatMul": _product,
        "Transpose": _matrix_mark(Identifier("T", upright=True)),
        "Inverse": _matrix_mark(_INVERSE),
        "MatrixElement": _element,
        "Indexed": _element,
    }
)
