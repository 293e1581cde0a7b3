"""Readers of written formulas: text, LaTeX and MathML back to numbers, by the rules of written mathematics alone.

They know nothing of how the formulas were written: a lost sign, bracket or factor gives another number.
"""

import re
import xml.etree.ElementTree as ElementTree
from functools import cache

import mpmath


class ambiguous(ValueError):
    """What is written can be read in two ways, or not at all."""


FUNCTIONS = {
    "abs": abs,
    "ln": mpmath.log, "exp": mpmath.exp, "tanh": mpmath.tanh, "sin": mpmath.sin, "cosh": mpmath.cosh, "erf": mpmath.erf,
    "artanh": mpmath.atanh, "arcosh": mpmath.acosh, "σ": lambda v: 1 / (1 + mpmath.exp(-v)),
    "softplus": lambda v: mpmath.log(1 + mpmath.exp(v)),
    "cos": mpmath.cos, "sinh": mpmath.sinh, "tan": mpmath.tan, "sign": mpmath.sign, "sgn": mpmath.sign, "Re": mpmath.re,
    "Im": mpmath.im, "arg": mpmath.arg, "max": max, "min": min, "erfinv": mpmath.erfinv,
}  # fmt: skip
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "varepsilon": "ε", "theta": "θ", "kappa": "κ", "lambda": "λ",
    "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "varphi": "φ", "omega": "ω", "infty": "∞",
}  # fmt: skip
CONSTANTS = {"π": mpmath.pi, "e": mpmath.e, "i": mpmath.mpc(0, 1)}
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


def value_of_text(text, quantities, functions):
    return _Parser(_text_tokens(text), quantities, functions).all()


def value_of_latex(text, quantities, functions):
    return _Parser(_latex_tokens(text), quantities, functions).all()


def value_of_mathml(text, quantities, functions):
    return _Parser(_mathml_tokens(ElementTree.fromstring(text)), quantities, functions).all()


def value_of_tokens(tokens, quantities, functions):
    return _Parser(tokens, quantities, functions).all()


# Tokens: ("number", digits) ("name", name) ("sign", sign) ("frac", above, below) ("root", inside) ("sup", inside);
# names carry their subscripts, stars and primes: "I_ext", "r^*", "F'".


def _named(tokens):
    """Join subscripts, stars and primes to the name before them."""
    joined = []
    for token in tokens:
        kind, *rest = token
        if kind == "sub":
            joined[-1] = ("name", joined[-1][1] + "_" + "".join(part[1] for part in rest[0]))
        elif kind == "sup" and rest[0] in ([("sign", "*")], [("sign", "∗")]):
            joined[-1] = ("name", joined[-1][1] + "^*")
        elif kind == "prime":
            joined[-1] = ("name", joined[-1][1] + "'")
        else:
            joined.append(token)
    return joined


_TEXT_NAME = r"[A-Za-zα-ω]+(?:_(?:∞|[A-Za-z]+|\{[^{}]*\})|[₀₁₂₃₄₅₆₇₈₉₊₋]+)?\*?"
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")


def _named_in_text(piece):
    """A name of text as LaTeX has it: r₀* is r_0^*, I_{ext,E} is I_ext,E."""
    lowered = re.sub("[₀-₉₊₋]+", lambda found: "_" + found.group().translate(_SUBSCRIPTS), piece)
    return re.sub("[{}]", "", lowered).replace("*", "^*").replace("′", "'").replace("″", "''")


def _text_tokens(text):
    superscripts = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    pattern = re.compile(
        rf"(?P<scientific>\d+(?:\.\d+)?×10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)|(?P<number>\d+(?:\.\d+)?)|(?P<name>{_TEXT_NAME}[′″]?)"
        r"|(?P<sup>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)|(?P<hat>\^)|(?P<root>√)|(?P<sign>[-+·/(){}\[\]|,])|(?P<space> )"
    )
    tokens, position = [], 0
    while position < len(text):
        found = pattern.match(text, position)
        if found is None:
            raise ambiguous(text[position:])
        position, kind, piece = found.end(), found.lastgroup, found.group()
        if kind == "scientific":
            mantissa, power = piece.split("×10")
            tokens.append(("number", f"{mantissa}e{power.translate(superscripts)}"))
        elif kind == "number":
            tokens.append(("number", piece))
        elif kind == "name":
            tokens.append(("name", _named_in_text(piece)))
        elif kind == "sup":
            digits = piece.translate(superscripts)
            tokens.append(
                ("sup", [("sign", "-"), ("number", digits[1:])] if digits[0] == "-" else [("number", digits)])
            )
        elif kind in ("hat", "root"):
            if text[position] == "(":
                end = _matching(text, position)
                inside, position = text[position + 1 : end], end + 1
            else:
                inside = re.match(rf"\d+|{_TEXT_NAME}", text[position:]).group()
                position += len(inside)
            tokens.append(("sup" if kind == "hat" else "root", _text_tokens(inside)))
        elif kind == "sign":
            tokens.append(("sign", piece))
    return tokens


def _matching(text, start):
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] in OPEN) - (text[position] in CLOSE)
        if depth == 0:
            return position
    raise ambiguous(text)


@cache
def _latex_tokens(text):
    tokens, position = [], 0

    def argument():
        nonlocal position
        while text[position] == " ":
            position += 1
        if text[position] != "{":
            position += 1
            return text[position - 1]
        depth, start = 0, position
        while True:
            escaped = text[position - 1] == "\\"
            depth += (text[position] == "{" and not escaped) - (text[position] == "}" and not escaped)
            position += 1
            if depth == 0:
                return text[start + 1 : position - 1]

    while position < len(text):
        found = re.compile(r"\\([A-Za-z]+|.)|\d+(?:\.\d+)?|.").match(text, position)
        piece, command, position = found.group(), found.group(1), found.end()
        if command in ("frac", "tfrac"):
            tokens.append(("frac", _latex_tokens(argument()), _latex_tokens(argument())))
        elif command == "sqrt":
            tokens.append(("root", _latex_tokens(argument())))
        elif command in ("mathrm", "operatorname"):
            tokens.append(("name", argument()))
        elif command in ("lvert", "rvert"):
            tokens.append(("sign", "|"))
        elif command == "cdot":
            tokens.append(("sign", "·"))
        elif command == "times":
            tokens.append(("sign", "×"))
        elif command in ("{", "}"):
            tokens.append(("sign", command))
        elif command in ("left", "right", ",", "!", "displaystyle"):
            pass
        elif command:
            tokens.append(("name", GREEK.get(command, command)))
        elif piece in "^_":
            tokens.append(("sup" if piece == "^" else "sub", _latex_tokens(argument())))
        elif piece == "'":
            tokens.append(("prime",))
        elif piece[0].isdigit():
            tokens.append(("number", piece))
        elif piece.isalpha():
            tokens.append(("name", piece))
        elif piece != " ":
            tokens.append(("sign", piece))
    return _named(tokens)


def _mathml_tokens(element):
    tag = element.tag.rpartition("}")[2]
    children = list(element)
    inside = [_mathml_tokens(child) for child in children]
    if tag == "mi":
        return [("name", element.text)]
    if tag == "mn":
        return [("number", element.text)]
    if tag == "mo":
        if element.text in ("\u2061", "\u2062"):
            return []
        return [("prime",)] if element.text == "′" else [("sign", "-" if element.text == "−" else element.text)]
    if tag == "mspace":
        return []
    if tag == "mfrac":
        return [("frac", *inside)]
    if tag == "msqrt":
        return [("root", [token for part in inside for token in part])]
    if tag == "msup":
        return _named([*inside[0], *([("prime",)] if inside[1] == [("prime",)] else [("sup", inside[1])])])
    if tag == "msub":
        return _named([*inside[0], ("sub", inside[1])])
    if tag == "msubsup":
        return _named(
            [*inside[0], ("sub", inside[1]), *([("prime",)] if inside[2] == [("prime",)] else [("sup", inside[2])])]
        )
    if tag in ("math", "mrow"):
        return _named([token for part in inside for token in part])
    raise ambiguous(tag)


class _Parser:
    """Sums of products of powers; a slash or a product to be read in two ways is refused."""

    closing = False  # whether the next | ends an absolute value

    def __init__(self, tokens, quantities, functions):
        self.tokens, self.position = tokens, 0
        self.quantities, self.functions = quantities, {**FUNCTIONS, **functions}

    def inner(self, tokens):
        return _Parser(tokens, self.quantities, self.functions).all()

    def peek(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else ("end",)

    def take(self):
        self.position += 1
        return self.tokens[self.position - 1]

    def all(self):
        value = self.sum()
        if self.peek() != ("end",):
            raise ambiguous(self.tokens[self.position :])
        return value

    def sum(self):
        negative = self.peek() == ("sign", "-")
        if negative:
            self.take()
        value = -self.product() if negative else self.product()
        while self.peek() in (("sign", "+"), ("sign", "-")):
            sign = self.take()[1]
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self):
        value, divided = self.factor(), False
        while True:
            kind, *rest = token = self.peek()
            if token in (("sign", "/"), ("sign", "·"), ("sign", "×")):
                self.take()
                factor = self.factor()
            elif kind in ("number", "name", "frac", "root") or (kind == "sign" and self.opens(rest[0])):
                if kind == "number":
                    raise ambiguous("a number after a factor")
                factor = self.factor()
            else:
                return value
            if divided:
                raise ambiguous("a factor after a slash")
            divided = token == ("sign", "/")
            value = value / factor if divided else value * factor

    def opens(self, sign):
        return sign in OPEN or (sign == "|" and not self.closing)

    def factor(self):
        value = self.atom()
        if self.peek()[0] == "sup":
            value = mpmath.power(value, self.inner(self.take()[1]))
            if self.peek()[0] == "sup":
                raise ambiguous("a power of a power")
        return value

    def atom(self):
        kind, *rest = self.take()
        if kind == "number":
            return mpmath.mpf(rest[0])
        if kind == "frac":
            return self.inner(rest[0]) / self.inner(rest[1])
        if kind == "root":
            return mpmath.sqrt(self.inner(rest[0]))
        if kind == "sign" and rest[0] in OPEN:
            return self.until(OPEN[rest[0]])
        if kind == "sign" and rest[0] == "|":
            return abs(self.until("|"))
        if kind == "name":
            return self.named(rest[0])
        raise ambiguous((kind, *rest))

    def until(self, close):
        outer, self.closing = self.closing, close == "|"
        value = self.sum()
        self.closing = outer
        if self.peek() != ("sign", close):
            raise ambiguous(f"no {close}")
        self.take()
        return value

    def arguments(self):
        outer, self.closing = self.closing, False
        values = [self.sum()]
        while self.peek() == ("sign", ","):
            self.take()
            values.append(self.sum())
        self.closing = outer
        if self.take() != ("sign", ")"):
            raise ambiguous("no end of the arguments")
        return values

    def named(self, name):
        following = self.peek()
        after = self.tokens[self.position + 1] if self.position + 1 < len(self.tokens) else ("end",)
        if name in self.functions and name not in self.quantities:
            power = self.inner(self.take()[1]) if following[0] == "sup" and after == ("sign", "(") else 1
            if self.peek() != ("sign", "("):
                raise ambiguous(f"{name} without argument")
            self.take()
            return self.functions[name](*self.arguments()) ** power
        if name in self.quantities:
            return self.quantities[name]
        if name in CONSTANTS:
            return mpmath.mpmathify(CONSTANTS[name])
        raise ambiguous(name)
