"""The grammar of formulas: from tokens to a tree. Nothing is run, and no name is looked up in SymPy.

conditional = disjunction [ "if" disjunction "else" conditional ]
disjunction = conjunction { "or" conjunction }        conjunction = negation { "and" negation }
negation    = "not" negation | comparison             comparison  = sum { ("<" | "<=" | ">" | ">=") sum }
sum         = product { ("+" | "-") product }         product     = signed { ("*" | "/") signed }
signed      = ("-" | "+") signed | power              power       = atom [ ("**" | "^") signed ]
atom        = number | name | function "(" conditional { "," conditional } ")" | "(" conditional ")"
"""

from collections.abc import Callable, Iterable
from keyword import iskeyword

from .errors import FormulaError, nearest, unknown_name
from .formula_names import ARITY, FUNCTIONS, INSTEAD, WORDS
from .formula_tokens import Token, tokens, value
from .formula_tree import (
    CONDITIONS,
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
)

DEEPEST, MOST_NODES = 40, 400
_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER = range(1, 9)
_TIGHTNESS = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("<", "<=", ">", ">="), _COMPARISON),
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "**": _POWER,
    "^": _POWER,
}


def parsed(text: str, known: Iterable[str], functions: Iterable[str] = ()) -> Node:
    """Return a formula's tree, in which every name is one of `known`, or pi.

    `functions` are names of further functions of one argument.

    Raises FormulaError for what the grammar does not have, with the place and what to write instead.

    >>> parsed("2*x", ["x"])
    Operation(operator='*', left=Number(value=Fraction(2, 1), position=0, written='2'), \
right=Name(name='x', position=2), position=1)
    """
    return _Parser(text, known, functions).formula()


class UnknownName(FormulaError):
    """A name was used that is not declared; `name` is it."""

    def __init__(self, reason: str, text: str, position: int, name: str) -> None:
        super().__init__(reason, text, position)
        self.name = name


class _Parser:
    def __init__(self, text: str, known: Iterable[str], functions: Iterable[str] = ()) -> None:
        self.text = text
        self.known = list(known)
        self.functions = list(functions)
        self.tokens = tokens(text)
        self.index = 0
        self.depth = 0
        self.made = 0

    def formula(self) -> Node:
        if self.next.kind == "end":
            raise self.refusal("there is no formula: write one in x, such as 1/(1 + exp(-x))", self.next)
        tree = self.number(self.conditional())
        if self.next.kind != "end":
            raise self.unexpected()
        return tree

    # The rules --------------------------------------------------------------------------------------------------------

    def conditional(self) -> Node:
        first = self.joined(_OR)
        word = self.accepted("if")
        if not word:
            return first
        condition = self.joined(_OR)
        if not isinstance(condition, CONDITIONS):
            raise FormulaError("a condition compares values, as in x > 0", self.text, condition.position)
        if not self.accepted("else"):
            raise self.refusal(f"'else' and a value for the other case are missing before {self.next}", self.next)
        otherwise = self.deeper(self.conditional)
        return self.node(Conditional(self.number(first), condition, self.number(otherwise), word.position))

    def joined(self, level: int) -> Node:
        """Read what is joined by signs that bind at least as tightly as `level` says."""
        left = self.signed()
        while (own := self.tightness()) >= level:
            sign = self.next
            if own in (_OR, _AND):
                left = self.junction(left, sign, own)
            elif own == _COMPARISON:
                left = self.comparison(left)
            else:
                self.index += 1
                # Powers group to the right, and their exponents may have a sign: 2**-x**2 is 2**(-(x**2)).
                right = self.deeper(lambda: self.joined(_SIGN)) if own == _POWER else self.joined(own + 1)
                operator = "**" if own == _POWER else sign.text
                left = self.node(Operation(operator, self.number(left), self.number(right), sign.position))
        return left

    def junction(self, left: Node, word: Token, level: int) -> Node:
        operands = [left]
        while self.accepted(word.text):
            operands.append(self.joined(level + 1))
        for each in operands:
            if not isinstance(each, CONDITIONS):
                line = f"'{word.text}' joins comparisons, as in x > 0 {word.text} x < 1"
                raise FormulaError(line, self.text, each.position)
        return self.node(Junction(word.text, tuple(operands), word.position))

    def comparison(self, left: Node) -> Node:
        operands, operators, position = [left], [], self.next.position
        while sign := self.accepted("<", "<=", ">", ">="):
            operators.append(sign.text)
            operands.append(self.joined(_SUM))
        return self.node(Comparison(tuple(map(self.number, operands)), tuple(operators), position))

    def signed(self) -> Node:
        sign = self.accepted("-", "+", "not")
        if not sign:
            return self.atom()
        operand = self.deeper(lambda: self.joined(_NOT if sign.text == "not" else _SIGN))
        if sign.text == "not":
            if not isinstance(operand, CONDITIONS):
                raise FormulaError("'not' stands before a comparison, as in not x > 0", self.text, operand.position)
            return self.node(Not(operand, sign.position))
        return self.node(Negation(self.number(operand), sign.position)) if sign.text == "-" else self.number(operand)

    def atom(self) -> Node:
        token = self.next
        if token.kind == "number":
            self.index += 1
            made: Node = self.node(Number(value(token, self.text), token.position, token.text))
        elif token.kind == "name" and token.text not in WORDS:
            self.index += 1
            made = self.named(token)
        elif self.accepted("("):
            made = self.deeper(self.conditional)
            self.closed(token)
        else:
            raise self.unexpected()
        self.refuse_juxtaposition(token, made)
        return made

    def named(self, token: Token) -> Node:
        name = token.text
        called = self.next.text == "("
        if name in self.known or name == PI:
            if called:
                kind = "the input" if name == "x" else "a number" if name == PI else "a parameter"
                line = f"{name!r} is {kind}, not a function: write {name}*{self.parenthesis()}"
                raise self.refusal(line, self.next)
            return self.node(Name(name, token.position))
        if name in FUNCTIONS or name in self.functions:
            if not called:
                raise self.refusal(f"{name!r} is a function: write {name}({self.argument()})", token)
            return self.call(token)
        if iskeyword(name) and name not in INSTEAD:
            raise self.refusal(f"{name!r} means nothing in a formula", token)
        if name in INSTEAD:
            raise UnknownName(f"{name!r} is not known: {INSTEAD[name]}", self.text, token.position, name)
        if (called and nearest(name, list(FUNCTIONS)) is not None) or (called and nearest(name, self.known) is None):
            raise self.refusal(unknown_name("function", name, list(ARITY), also=tuple(FUNCTIONS)), token)
        line = unknown_name("name", name, self.known, also=tuple(FUNCTIONS))
        raise UnknownName(line, self.text, token.position, name)

    def call(self, token: Token) -> Node:
        function = token.text if token.text in self.functions else FUNCTIONS[token.text]
        opened = self.next
        self.index += 1
        arguments: list[Node] = []
        if self.next.text != ")":
            arguments.append(self.number(self.deeper(self.conditional)))
            while self.accepted(","):
                arguments.append(self.number(self.deeper(self.conditional)))
        self.closed(opened)
        arity = 1 if token.text in self.functions else ARITY[function]
        if len(arguments) != arity if arity is not None else len(arguments) < 2:
            wanted = "two or more arguments" if arity is None else "one argument"
            raise self.refusal(f"{token.text} takes {wanted}, got {len(arguments) or 'none'}", token)
        return self.node(Call(function, tuple(arguments), token.position))

    # What the rules share ---------------------------------------------------------------------------------------------

    @property
    def next(self) -> Token:
        return self.tokens[self.index]

    def tightness(self) -> int:
        """Return how tightly the next sign joins; 0 if it joins nothing."""
        return _TIGHTNESS.get(self.next.text, 0)

    def accepted(self, *texts: str) -> Token | None:
        token = self.next
        if token.kind in ("end", "number") or token.text not in texts:
            return None
        self.index += 1
        return token

    def closed(self, opened: Token) -> None:
        if not self.accepted(")"):
            if self.next.kind != "end":
                raise self.unexpected()
            raise self.refusal("this parenthesis is not closed", opened)

    def node(self, made: Node) -> Node:
        self.made += 1
        if self.made > MOST_NODES:
            line = f"a formula has at most {MOST_NODES} numbers, names and operations"
            raise FormulaError(f"{line}: shorten it", self.text, made.position)
        return made

    def deeper(self, rule: Callable[[], Node]) -> Node:
        if self.depth == DEEPEST:
            raise self.refusal(f"a formula is nested at most {DEEPEST} deep: shorten it", self.next)
        self.depth += 1
        made = rule()
        self.depth -= 1
        return made

    def number(self, node: Node) -> Node:
        if isinstance(node, CONDITIONS):
            line = "a comparison is no number: write 1 if x > 0 else 0, or step(x)"
            raise FormulaError(line, self.text, node.position)
        return node

    def refuse_juxtaposition(self, first: Token, made: Node) -> None:
        """Refuse 2x, x(x - 1) and (x)(x): a product is written out."""
        token = self.next
        if not (token.kind == "number" or token.text == "(" or (token.kind == "name" and token.text not in WORDS)):
            return
        left = "(...)" if first.text == "(" else f"{first.text}(...)" if isinstance(made, Call) else first.text
        right = self.parenthesis() if token.text == "(" else token.text
        if right in FUNCTIONS:
            right = f"{right}(...)"
        if isinstance(made, Number) and token.text[0] in "eE" and first.position + len(first.text) == token.position:
            extra = f", or {first.text}e5 for a power of ten" if token.text in "eE" else ""
            raise self.refusal(f"a sign is missing before {token}: write {left}*{right}{extra}", token)
        raise self.refusal(f"a sign is missing before {token}: write {left}*{right} for the product", token)

    def parenthesis(self) -> str:
        """Return the parenthesis that opens here as it is written, if it is short."""
        depth, start = 0, self.next.position
        for token in self.tokens[self.index :]:
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0 and token.kind != "end":
                written = " ".join(self.text[start : token.position + 1].split())
                return written if len(written) <= 40 else "(...)"
        return "(...)"

    def argument(self) -> str:
        """Return what seems to be meant as the argument of a function without parentheses."""
        token = self.next
        return token.text if token.kind == "number" or token.text in self.known else "..."

    def unexpected(self) -> FormulaError:
        token = self.next
        before = self.tokens[self.index - 1] if self.index else None
        if token.text == ")" and (before is None or (before.text not in ("(", ",") and _ends_a_value(before))):
            return self.refusal("this parenthesis was not opened", token)
        if token.text == "," and before is not None and _ends_a_value(before):
            return self.refusal("a comma stands only between the arguments of a function, and 1.5 has a point", token)
        if token.text == "else":
            return self.refusal("'else' without an 'if': write A if x > 0 else B", token)
        return self.refusal(f"a value is missing before {token}", token)

    def refusal(self, reason: str, token: Token) -> FormulaError:
        return FormulaError(reason, self.text, token.position)


def _ends_a_value(token: Token) -> bool:
    return token.kind == "number" or token.text == ")" or (token.kind == "name" and token.text not in WORDS)
