"""A formula's tree as a SymPy expression: exact numbers, and Piecewise for all that switches.

SymPy evaluates what it builds. Before each power and exponential it is made sure that no number with very many digits
comes of that: inside such a number no time limit could reach it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy import Add, Expr, Integer, Mul, Piecewise, Pow, Rational, Symbol

from .errors import FormulaError
from .formula_names import ARITY
from .formula_tree import (
    PI,
    Call,
    Comparison,
    Conditional,
    Junction,
    Name,
    Negation,
    Node,
    Not,
    Number,
    Operation,
    children,
    nodes,
    spine,
)
from .formula_values import LARGEST_DOUBLE, Evaluator, NoValue

LARGEST_EXPONENT = 64
# Bits of an exact number that SymPy may be made to compute: 64 times the longest number that can be written, and more.
_MOST_BITS = 20_000
# A formula with more cases, or larger ones, is none that a theory could be derived for.
_MOST_BRANCHES, _LARGEST_CASES = 64, 5000


def refuse_constants(tree: Node, text: str) -> None:
    """Raise FormulaError for a part without a name that is no finite real number, or 0 where it divides.

    Exponents that are constant are at most 64 in magnitude.
    """
    constant = _constants(tree)
    evaluator = Evaluator({})
    for node in reversed(list(nodes(tree))):
        if isinstance(node, Operation) and node.operator == "**" and id(node.right) in constant:
            exponent = _value(node.right, evaluator, text)
            if abs(exponent) > LARGEST_EXPONENT:
                line = f"a constant exponent is at most {LARGEST_EXPONENT} in magnitude"
                raise FormulaError(f"{line}: write exp(n*log(u)) for u**n beyond", text, node.right.position)
        if isinstance(node, Operation) and node.operator == "/" and id(node.right) in constant:
            _refuse_zero(_value(node.right, evaluator, text), text, node)
        if id(node) in constant:
            _value(node, evaluator, text)


def _refuse_zero(divisor: Any, text: str, node: Node) -> None:
    if divisor == 0:
        raise FormulaError("division by 0", text, node.position)


def _constants(tree: Node) -> set[int]:
    """Return the identities of the nodes that contain no name."""
    found: set[int] = set()
    for node in reversed(list(nodes(tree))):
        parts = children(node) if isinstance(node, Negation | Operation) or _is_known_call(node) else ()
        if isinstance(node, Number) or node == Name(PI, 0) or (parts and all(id(part) in found for part in parts)):
            found.add(id(node))
    return found


def _is_known_call(node: Node) -> bool:
    """Whether a node calls a function of the language; of one that was added no value is known."""
    return isinstance(node, Call) and node.function in ARITY


def _value(node: Node, evaluator: Evaluator, text: str) -> Any:
    try:
        value, _ = evaluator.at(node, 0)
    except NoValue as none:
        raise FormulaError(f"no finite real number: {none.reason}", text, none.node.position) from None
    if value != 0 and abs(value) < evaluator.number(1 / LARGEST_DOUBLE) / 2**50:
        raise FormulaError("a constant below the smallest double, 5e-324", text, node.position)
    return value


class Builder:
    """Builds the expression of a tree over given symbols; raises FormulaError where it is no finite real one."""

    def __init__(self, text: str, symbols: Mapping[str, Symbol]) -> None:
        self.text = text
        self.symbols = dict(symbols)

    def built(self, tree: Node) -> Expr:
        """Return the SymPy expression of a tree; what SymPy cannot build, for whatever reason, is refused."""
        try:
            return self.expression(tree)
        except (FormulaError, RecursionError, MemoryError):
            raise
        except Exception as error:
            # SymPy raises errors of all kinds for what it cannot decide or finds meaningless.
            what = " ".join(str(error).split())[:80]
            raise FormulaError(f"SymPy cannot build this formula ({what})", self.text, tree.position) from None

    def expression(self, node: Node) -> Expr:
        """Return the SymPy expression of a value."""
        match node:
            case Number(value):
                return Rational(value.numerator, value.denominator)
            case Name(name):
                return sympy.pi if name == PI else self.symbols[name]
            case Negation(operand):
                return self._real(-self.expression(operand), node)
            case Operation("**", left, right):
                return self._power(self.expression(left), self.expression(right), node)
            case Operation():
                return self._chain(node)
            case Call(function, arguments):
                return self._call(node, function, [self.expression(a) for a in arguments])
            case Conditional(value, condition, otherwise):
                made = self._where(condition, self.expression(value), self.expression(otherwise))
                return self._real(made, node)
        raise AssertionError("a condition is no value")

    def _chain(self, node: Operation) -> Expr:
        first, chain = spine(node)
        total = self.expression(first)
        for operation in chain:
            right = self.expression(operation.right)
            match operation.operator:
                case "+":
                    total = total + right
                case "-":
                    total = total - right
                case "*":
                    total = total * right
                case _:
                    if right == 0:
                        raise FormulaError("division by 0", self.text, operation.position)
                    total = total * self._power(right, Integer(-1), operation)
            total = self._real(total, operation)
        return total

    def _real(self, made: Expr, node: Node) -> Expr:
        if isinstance(made, Piecewise) and operations(made, _LARGEST_CASES) > _LARGEST_CASES:
            raise self._too_many_cases(node)
        if made.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo, sympy.I) or (
            made.is_number and made.is_extended_real is False
        ):
            raise FormulaError("no finite real number", self.text, node.position)
        return made

    def _too_many_cases(self, node: Node) -> FormulaError:
        line = "the formula has too many cases: use fewer conditions, min, max and abs"
        return FormulaError(line, self.text, node.position)

    # Powers and functions ---------------------------------------------------------------------------------------------

    def _power(self, base: Expr, exponent: Expr, node: Node) -> Expr:
        if isinstance(base, Piecewise) and not exponent.has(Piecewise):
            return self._by_branch(base, lambda u: self._power(u, exponent, node), node)
        if base == 0 and exponent.is_negative:
            raise FormulaError("division by 0: a negative power of 0", self.text, node.position)
        for factor in Mul.make_args(base):
            inner, power = factor.as_base_exp()
            total = power * exponent
            if inner is sympy.E:
                self._refuse_exponential(total, node)
                continue
            bits = _bits(inner)
            for term in Add.make_args(total):
                coefficient = abs(term.as_coeff_Mul()[0])
                if isinstance(coefficient, Rational) and coefficient * bits > _MOST_BITS:
                    raise FormulaError("this power has a number with too many digits", self.text, node.position)
        return self._real(Pow(base, exponent), node)

    def _refuse_exponential(self, argument: Expr, node: Node) -> None:
        """Refuse e^(n log m) where m^n, which SymPy would make of it, has too many digits."""
        for term in Add.make_args(argument):
            numbers = term.atoms(sympy.log)
            if numbers:
                coefficient = abs(term.as_coeff_Mul()[0])
                bits = sum(_bits(each) for each in numbers)
                if not (isinstance(coefficient, Rational) and coefficient * bits <= _MOST_BITS):
                    raise FormulaError("this power has a number with too many digits", self.text, node.position)

    def _call(self, node: Node, function: str, arguments: list[Expr]) -> Expr:
        if function in ("min", "max"):
            chosen = arguments[0]
            for other in arguments[1:]:
                chosen = self._extreme(chosen, other, function, node)
            return chosen
        return self._applied(node, function, arguments[0])

    def _applied(self, node: Node, function: str, u: Expr) -> Expr:
        if function in _SWITCHING:
            u = self._lifted(u, node)
        if isinstance(u, Piecewise):
            # Where a branch is constant its slope is 0, whatever the slope of the function is there.
            return self._by_branch(u, lambda value: self._applied(node, function, value), node)
        if function in ("exp", "expm1", "sigmoid", "softplus", "sinh", "cosh", "tanh", "sech"):
            self._refuse_exponential(u, node)
        if function in ("sqrt", "cbrt"):
            root = Rational(1, 2 if function == "sqrt" else 3)
            if function == "sqrt":
                return self._power(u, root, node)
            low = -self._power(-u, root, node)
            return self._real(Piecewise((self._power(u, root, node), u >= 0), (low, True)), node)
        return self._real(_BUILT[function](u), node)

    def _extreme(self, u: Expr, v: Expr, function: str, node: Node) -> Expr:
        u, v = self._lifted(u, node), self._lifted(v, node)
        if isinstance(u, Piecewise):
            return self._by_branch(u, lambda value: self._extreme(value, v, function, node), node)
        if isinstance(v, Piecewise):
            return self._by_branch(v, lambda value: self._extreme(u, value, function, node), node)
        first = u >= v if function == "max" else u <= v
        return self._real(Piecewise((u, first), (v, True)), node)

    def _lifted(self, u: Expr, node: Node, most: int = _MOST_BRANCHES) -> Expr:
        """Write what has Piecewise inside as a Piecewise of expressions without: those can stand in a relation."""
        inside = u.atoms(Piecewise)
        if isinstance(u, Piecewise) or not inside:
            return u
        if most < 2:
            raise self._too_many_cases(node)
        cases = max(inside, key=lambda p: (operations(p, _LARGEST_CASES), sympy.default_sort_key(p)))
        return self._by_branch(
            cases,
            lambda value: self._lifted(self._real(u.xreplace({cases: value}), node), node, most // len(cases.args)),
            node,
        )

    def _by_branch(self, cases: Piecewise, made: Callable[[Expr], Expr], node: Node) -> Expr:
        return self._real(Piecewise(*((made(value), condition) for value, condition in cases.args)), node)

    # Conditions -------------------------------------------------------------------------------------------------------

    def _where(self, condition: Node, value: Expr, otherwise: Expr) -> Expr:
        """Return one value where a condition holds and another elsewhere, each branch under one relation."""
        match condition:
            case Not(operand):
                return self._where(operand, otherwise, value)
            case Junction(operator, operands):
                for operand in reversed(operands):
                    if operator == "and":
                        value = self._where(operand, value, otherwise)
                    else:
                        otherwise = self._where(operand, value, otherwise)
                    self._real(value, condition)
                return value if operator == "and" else otherwise
            case Comparison(operands, operators):
                sides = [self.expression(each) for each in operands]
                for left, operator, right in reversed(list(zip(sides, operators, sides[1:], strict=False))):
                    value = self._by_relation(left, operator, right, value, otherwise, condition)
                return value
        raise AssertionError("a value is no condition")

    def _by_relation(self, left: Expr, operator: str, right: Expr, value: Expr, otherwise: Expr, node: Node) -> Expr:
        left, right = self._lifted(left, node), self._lifted(right, node)
        if isinstance(left, Piecewise):
            return self._by_branch(left, lambda u: self._by_relation(u, operator, right, value, otherwise, node), node)
        if isinstance(right, Piecewise):
            return self._by_branch(right, lambda u: self._by_relation(left, operator, u, value, otherwise, node), node)
        made = Piecewise((value, _RELATIONS[operator](left, right)), (otherwise, True))
        return self._real(made, node)


def _bits(expression: Expr) -> int:
    """Return how many bits the numbers in an expression have together, apart from the exponent 1."""
    if not expression.args:
        if isinstance(expression, Rational):
            return max(int(abs(expression.p)).bit_length(), int(expression.q).bit_length())
        return 1
    return sum(map(_bits, expression.args))


_RELATIONS: dict[str, Callable[[Expr, Expr], Any]] = {
    "<": sympy.StrictLessThan,
    "<=": sympy.LessThan,
    ">": sympy.StrictGreaterThan,
    ">=": sympy.GreaterThan,
}


def _sign(u: Expr) -> Expr:
    return Piecewise((Integer(1), u > 0), (Integer(-1), u < 0), (Integer(0), True))


def _heaviside(u: Expr) -> Expr:
    return Piecewise((Integer(1), u > 0), (Integer(0), u < 0), (Rational(1, 2), True))


_SWITCHING = frozenset({"abs", "relu", "sign", "heaviside", "step", "cbrt"})
# The names of a formula's functions, and what each is in SymPy: nothing else can come of a name.
_BUILT: dict[str, Callable[[Expr], Expr]] = {
    "exp": sympy.exp,
    "expm1": lambda u: sympy.exp(u) - 1,
    "log": sympy.log,
    "log1p": lambda u: sympy.log(1 + u),
    "log2": lambda u: sympy.log(u) / sympy.log(2),
    "log10": lambda u: sympy.log(u) / sympy.log(10),
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "sech": lambda u: 1 / sympy.cosh(u),
    "asinh": sympy.asinh,
    "acosh": sympy.acosh,
    "atanh": sympy.atanh,
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "sigmoid": lambda u: 1 / (1 + sympy.exp(-u)),
    "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
    "relu": lambda u: Piecewise((u, u > 0), (Integer(0), True)),
    "abs": lambda u: Piecewise((u, u >= 0), (-u, True)),
    "sign": _sign,
    "heaviside": _heaviside,
    "step": lambda u: Piecewise((Integer(1), u >= 0), (Integer(0), True)),
}


def evaluated(expression: Any, numbers: Mapping[Symbol, Expr]) -> Any:
    """Return an expression, or a condition, with numbers for its symbols; of a Piecewise only the branch that holds.

    SymPy's own substitution also evaluates the branches that do not hold, where a root need not be real and a
    comparison with it is an error.

    >>> u = Symbol("u", real=True)
    >>> evaluated(Piecewise((1, u < 0), (sympy.sqrt(u), True)), {u: Integer(4)})
    2
    """
    known: dict[Any, Any] = dict(numbers)

    def value(e: Any) -> Any:
        if e not in known:
            if isinstance(e, Piecewise):
                known[e] = next((value(u) for u, condition in e.args if value(condition) == sympy.true), sympy.nan)
            else:
                known[e] = e.func(*map(value, e.args)) if e.args else e
        return known[e]

    return value(expression)


def operations(expression: Expr, most: int) -> int:
    """Return how many nodes an expression has, counting no further than `most` + 1.

    >>> operations(Symbol("x") ** 2 + 1, 100)
    5
    """
    waiting, count = [expression], 0
    while waiting and count <= most:
        count += 1
        waiting.extend(waiting.pop().args)
    return count
