"""The writers: that what is written says what was meant, and is well formed.

The first is shown by reading. The readers at the end of this file turn text, LaTeX and MathML back into numbers by the
rules of written mathematics alone; they know nothing of the layout tree, so a lost sign, bracket or factor gives
another number.
"""

import re
import xml.etree.ElementTree as ElementTree

import mpmath
import pytest
import sympy
import typst_reader
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from nullcline.symbolic.functions import expit, expm1, log1p, softplus
from nullcline.symbolic.notation import layout, name
from nullcline.symbolic.typeset import to_latex, to_mathml, to_spoken, to_text, to_typst
from nullcline.symbolic.typeset.typst import tight
from nullcline.symbolic.typeset.typst_lines import to_typst_lines
from spoken_reader import value_of_spoken
from sympy import Function, exp, log, sqrt

tau, a, theta, w, I_ext, r, r_star, x, y, t, c, n = sympy.symbols("tau a theta w I_ext r r* x y t c n")
w_EI, r_inf, gain, s = sympy.symbols("w_EI r_inf gain s")
F, dF = Function("F"), Function("F'")

# What is written is what was meant -----------------------------------------------------------------------------------

# Values without relation to each other, so that no two wrong readings agree by accident.
VALUES = {
    tau: "1.37", a: "0.83", theta: "2.41", w: "0.61", I_ext: "0.59", r: "0.29", r_star: "0.31",
    x: "1.93", y: "0.71", t: "1.13", c: "0.17", n: "2.3", w_EI: "1.61", r_inf: "0.47", gain: "1.21", s: "0.37",
}  # fmt: skip
SEEN = {
    "τ": tau, "a": a, "θ": theta, "w": w, "I_ext": I_ext, "r": r, "r^*": r_star, "x": x, "y": y, "t": t, "c": c, "n": n,
    "w_EI": w_EI, "r_∞": r_inf, "gain": gain, "s": s,
}  # fmt: skip
QUANTITIES = {seen: mpmath.mpf(VALUES[symbol]) for seen, symbol in SEEN.items()}
MEANINGS = {"F": lambda v: v / (3 + v**2), "F'": lambda v: 1 / (4 + v), "F_E'": lambda v: v + v**3}

# Mostly symbols: numbers alone would be worked out by SymPy and leave nothing to write.
numbers = st.sampled_from([sympy.sympify(each) for each in ("1", "-1", "2", "-3", "1/2", "-2/3", "0.25", "-1.5e-7")])
symbols = st.sampled_from(list(VALUES))
leaves = st.one_of(symbols, symbols, symbols, numbers, st.sampled_from([sympy.pi, sqrt(2), sympy.E]))
exponents = st.sampled_from(
    [2, 3, -1, -2, sympy.S.Half, -sympy.S.Half, sympy.Rational(3, 2), n, -n, 1 / n, n - 1, 1 - n]
)
calls = st.sampled_from(
    [
        *(exp, log, sqrt, sympy.tanh, sympy.sin, sympy.cosh, sympy.erf, sympy.atanh, sympy.Abs),
        *(expit, softplus, expm1, log1p, F, dF, Function("F_E'")),
        *(lambda v: sympy.tanh(v) ** 2, lambda v: F(v) ** 2, lambda v: exp(-v), lambda v: log(v) ** 3),
    ]
)
turns = st.sampled_from(
    [
        *(lambda v: -v, lambda v: 1 / v, lambda v: v / tau, lambda v: -v / a, lambda v: a * v, lambda v: v - 1),
        *(lambda v: sympy.Mul(-1, v, evaluate=False), lambda v: 1 - w * v, lambda v: (-x - v) / tau),
    ]
)


def _larger(inner):
    several = st.lists(inner, min_size=2, max_size=4)
    return st.one_of(
        several.map(lambda parts: sympy.Add(*parts)),
        several.map(lambda parts: sympy.Mul(*parts)),
        st.builds(lambda top, bottom: top / bottom, inner, inner),
        st.builds(sympy.Pow, inner, exponents),
        st.builds(lambda call, argument: call(argument), calls, inner),
        st.builds(lambda turn, argument: turn(argument), turns, inner),
    )


expressions = st.recursive(leaves, _larger, max_leaves=10)

# One for each rule that moves a sign, a factor or a bracket.
TRICKY = [
    (-x - theta) / tau,
    -w * (-x - theta) / tau,
    (-x - theta) ** 3,
    a / (x * (y + c)),
    a / (x * y),
    1 / (tau * (1 - w * F(x))),
    (x - theta) * (y + c) / (a * w),
    x ** (-n),
    (x * y) ** n,
    (-x) ** n,
    (x**n) ** a,
    sympy.Pow(x**a, n, evaluate=False),
    exp(-a * x + a * theta),
    exp(-a * x * y + a * theta * y - 2 * a * y),
    exp(-t / tau) / tau,
    exp(-1) * x / (exp(-2) * y),
    exp(-(x - theta) / (2 * w)),
    exp(-a * (theta - x)),
    exp((x + y) / (a + c) / tau),
    exp(-x / (a * y)),
    sqrt(2) * x / 4,
    sqrt(2) * x / (2 * sqrt(sympy.pi) * y),
    sqrt(6) / (9 * y),
    sympy.Abs(theta - x) * sympy.Abs(x - y),
    sympy.Abs(x - sympy.Abs(y - theta)),
    sympy.Abs(tau * sympy.Abs(tau)),
    (theta - x) ** 2 * (theta - x),
    (theta - x) ** (-2),
    -expm1(-a * x) * expit(a * (x - theta)),
    expm1(x) * expm1(y),
    expm1(x) ** 2,
    expm1(x) / y - 1,
    log1p(-y / (1 - c)) / a,
    2 * log(x / (1 - c)) / a,
    a * log(x) * (y + c) / (2 * w),
    log(x) ** 2,
    sympy.tanh(x) ** 2 / 4,
    sympy.tanh(x) ** n,
    r_star**2 * w_EI**2,
    F(x) ** 2 / dF(y) ** 2,
    (1 + F(x) / tau) / (1 - x / y),
    (x / y) / (a / w + c),
    3 * 2**n,
    sympy.Rational(3, 2) ** n * 5,
    sympy.Float("1.5e-7") / y,
    x / sympy.Float("1.5e-7"),
    sympy.Float("2.5e-5") ** n,
    sympy.Rational(-1, 2) - c,
    1 / (-x - 1),
    -1 / (x - 1),
    a / (y * (s - 1)) / (s - 1) ** 2,
    (s - 1) * (1 - 2 * s),
    -1 / (s * (s - 1) ** 3),
    1 - 6 * x + 6 * x**2,
    x**2 - x**3,
    -r + F(w * r + I_ext),
    (-r + F(x)) * (-1 + w * dF(x)) / tau,
    (-1 - w * dF(x)) / tau + (-1 + w * dF(x)) / a,
    (-1 - w * dF(x)) * (-r - F(x)),
    r_inf + (r - r_inf) * exp(-t / tau),
    -w * r - w_EI * r_star + I_ext - theta,
    -w * r - theta,
    sympy.Mul(-1, x - theta, evaluate=False),
    sympy.Mul(-1, -x, evaluate=False),
    sympy.Add(x, sympy.Add(y, -c), evaluate=False),
    sympy.Mul(2, sympy.Mul(3, x, evaluate=False), evaluate=False),
    sympy.Mul(2, sympy.Rational(1, 3), x, evaluate=False),
    sympy.Mul(-2, -3, x, evaluate=False),
    sympy.Add(x, sympy.Mul(-1, sympy.Add(y, -c), evaluate=False), evaluate=False),
    x - expm1(y),
    sympy.Mul(x, sympy.Mul(a + y, -1, evaluate=False), evaluate=False),
]


def _meant(expr):
    """The value of an expression by SymPy, to 30 digits; None where it has none. Floats are written with six digits."""
    expr = expr.xreplace({number: sympy.Rational(f"{float(number):.6g}") for number in expr.atoms(sympy.Float)})
    known = expr.replace(
        lambda e: isinstance(e, sympy.core.function.AppliedUndef), lambda e: MEANINGS[e.func.__name__](e.args[0])
    )
    value = sympy.N(known.subs({symbol: sympy.Rational(value) for symbol, value in VALUES.items()}), 30)
    if not value.is_number or not value.is_finite:
        return None
    return mpmath.mpmathify(value)


def _read_back(output, expr):
    writer, read = {
        "text": (to_text, value_of_text),
        "latex": (to_latex, value_of_latex),
        "mathml": (to_mathml, value_of_mathml),
        "typst": (to_typst, value_of_typst),
        "spoken": (to_spoken, value_of_spoken),
    }[output]
    written = writer(layout(expr))
    return read(written, QUANTITIES, MEANINGS), written


@pytest.mark.parametrize("output", ["text", "latex", "mathml", "typst", "spoken"])
@pytest.mark.parametrize("expr", TRICKY, ids=str)
def test_no_rule_changes_the_value(output, expr):
    with mpmath.workdps(40):
        meant = _meant(expr)
        read, written = _read_back(output, expr)
        # 30 digits of evaluation; what is lost to cancellation in these small expressions stays far below 1e-12.
        assert abs(read - meant) <= 1e-12 * max(1, abs(meant)), written


@given(expr=expressions)
@settings(deadline=None, max_examples=300)
def test_what_is_written_has_the_value_that_was_meant(expr):
    assume(not expr.is_Atom and expr.count_ops() < 60 and not expr.has(sympy.zoo, sympy.nan, sympy.oo))
    with mpmath.workdps(40):
        meant = _meant(expr)
        assume(meant is not None and 1e-8 < abs(meant) < 1e8)
        for output in ("text", "latex", "mathml", "typst", "spoken"):
            read, written = _read_back(output, expr)
            assert abs(read - meant) <= 1e-12 * max(1, abs(meant)), written


def test_a_formula_in_pieces_is_the_formula():
    for expr in TRICKY:
        pieces = [piece for line in to_typst_lines(layout(expr)) for piece in line.pieces]
        written = tight(part for piece in pieces for part in (piece.sign, piece.body))
        with mpmath.workdps(40):
            assert value_of_typst(written, QUANTITIES, MEANINGS) == value_of_typst(
                to_typst(layout(expr)), QUANTITIES, MEANINGS
            )


def test_the_readers_refuse_what_can_be_read_in_two_ways():
    for doubtful in ("1/a x", "a/b/c"):
        with pytest.raises(ambiguous):
            value_of_text(doubtful, {**QUANTITIES, "b": mpmath.mpf(2)}, MEANINGS)
    assert value_of_text("1/(a x)", QUANTITIES, MEANINGS) != value_of_text("(1/a) x", QUANTITIES, MEANINGS)


# Form ----------------------------------------------------------------------------------------------------------------

PLAIN_MATHML = {
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "mfrac",
    "msqrt",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "munderover",
    "mtable",
    "mtr",
    "mtd",
}
SAMPLES = [
    sympy.Eq(F(x), sympy.Piecewise((a * (x - theta), x > theta), (0, True))),
    sympy.Eq(sympy.Matrix([x, y]), sympy.Matrix([a / tau, F(x)])),
    sympy.ImmutableMatrix([[a / tau, -w_EI], [1, F(x)]]),
    sympy.Integral(F(x), (x, 0, r)) / tau,
    sympy.Integral(F(x), x),
    sympy.Sum(x**n, (n, 1, sympy.oo)),
    sympy.Product(x + n, (n, 1, 3)),
    sympy.Limit(F(x), x, 0),
    sympy.Derivative(F(x), x),
    sympy.Derivative(Function("g")(x, y), (x, 2), y),
    sympy.Contains(r, sympy.Interval.open(-c, 1 - c)),
    sympy.And(sympy.Eq(x, 0), y > 0),
    sympy.Union(sympy.Interval(0, 1), sympy.Interval(2, 3)),
    sympy.LambertW(x, -1) + sympy.floor(y) + sympy.Float("1e-9"),
    sympy.Transpose(sympy.MatrixSymbol("W", 2, 2)) * sympy.MatrixSymbol("r", 2, 1),
    sympy.SeqFormula(n, (n, 0, 3)),
]


def _check_latex(written):
    bare = re.sub(r"\\\\|\\[{}]", "", written)
    depth = 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        assert depth >= 0, written
    assert depth == 0, written
    assert bare.count(r"\left") - bare.count(r"\leftarrow") - bare.count(r"\Leftrightarrow") == bare.count(r"\right"), (
        written
    )
    assert re.findall(r"\\begin{(\w+)}", bare) == re.findall(r"\\end{(\w+)}", bare)[::-1]


def _check_mathml(written):
    root = ElementTree.fromstring(written)
    arity = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "msubsup": 3, "munderover": 3, "math": 1}
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        assert tag in PLAIN_MATHML
        assert len(element) == arity.get(tag, len(element)), written
        assert set(element.attrib) <= {
            "display",
            "displaystyle",
            "mathvariant",
            "form",
            "fence",
            "separator",
            "stretchy",
            "lspace",
            "rspace",
            "width",
            "style",
        }
        assert element.get("mathvariant", "normal") == "normal"


@pytest.mark.parametrize("expr", SAMPLES, ids=str)
def test_latex_is_balanced_and_mathml_is_mathml_core(expr):
    _check_latex(to_latex(layout(expr)))
    _check_mathml(to_mathml(layout(expr)))
    assert "\n" not in to_text(layout(expr))


@given(expr=expressions)
@settings(deadline=None, max_examples=50)
def test_any_expression_is_well_formed(expr):
    _check_latex(to_latex(layout(expr)))
    _check_mathml(to_mathml(layout(expr)))


@given(st.text(min_size=1, max_size=32))
@example("<script>alert(1)</script>")
@example("a&b\"'")
@example("\\input{x}$%_^~#")
@example("\x00\x1b")
def test_no_name_can_break_out_of_the_markup(spelled):
    node = name(spelled)
    root = ElementTree.fromstring(to_mathml(node))
    assert all(element.tag.rpartition("}")[2] in PLAIN_MATHML for element in root.iter())
    written = to_latex(node)
    assert not re.search(r"\\(?:input|write|def|catcode|include)", written)
    _check_latex(written.replace(r"\textbackslash{}", ""))


def test_in_a_line_of_text_mathml_is_not_displayed():
    opening = '<math xmlns="http://www.w3.org/1998/Math/MathML"'
    assert to_mathml(name("tau"), display=False) == f"{opening}><mi>τ</mi></math>"
    assert to_mathml(name("tau")) == f'{opening} display="block"><mi>τ</mi></math>'


def test_mathml_marks_function_application_and_products():
    written = to_mathml(layout(w * F(x)))
    assert written.count("\u2062") == 1
    assert written.count("\u2061") == 1


# Readers of written formulas -----------------------------------------------------------------------------------------


class ambiguous(ValueError):
    """What is written can be read in two ways, or not at all."""


FUNCTIONS = {
    "abs": abs,
    "ln": mpmath.log, "exp": mpmath.exp, "tanh": mpmath.tanh, "sin": mpmath.sin, "cosh": mpmath.cosh, "erf": mpmath.erf,
    "artanh": mpmath.atanh, "arcosh": mpmath.acosh, "σ": lambda v: 1 / (1 + mpmath.exp(-v)),
    "softplus": lambda v: mpmath.log(1 + mpmath.exp(v)),
    "cos": mpmath.cos, "sinh": mpmath.sinh, "tan": mpmath.tan, "sign": mpmath.sign, "sgn": mpmath.sign, "Re": mpmath.re,
    "Im": mpmath.im, "arg": mpmath.arg,
}  # fmt: skip
CONSTANTS = {"π": mpmath.pi, "e": mpmath.e, "i": mpmath.mpc(0, 1)}
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


def value_of_text(text, quantities, functions):
    return _Parser(_text_tokens(text), quantities, functions).all()


def value_of_latex(text, quantities, functions):
    return _Parser(_latex_tokens(text), quantities, functions).all()


def value_of_mathml(text, quantities, functions):
    return _Parser(_mathml_tokens(ElementTree.fromstring(text)), quantities, functions).all()


def value_of_typst(text, quantities, functions):
    return _Parser(typst_reader.tokens(text), quantities, functions).all()


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


def _text_tokens(text):
    superscripts = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    pattern = re.compile(
        r"(?P<scientific>\d+(?:\.\d+)?×10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-zα-ω]+(?:_(?:∞|[A-Za-z]+))?\*?′?)"
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
            tokens.append(("name", piece.replace("*", "^*").replace("′", "'")))
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
                inside = re.match(r"\d+|[A-Za-zα-ω]+(?:_(?:∞|[A-Za-z]+))?\*?", text[position:]).group()
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


def _latex_tokens(text):
    greek = {"tau": "τ", "theta": "θ", "sigma": "σ", "pi": "π", "infty": "∞"}
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
        elif command in ("left", "right", ",", "!"):
            pass
        elif command:
            tokens.append(("name", greek.get(command, command)))
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

    def named(self, name):
        following = self.peek()
        after = self.tokens[self.position + 1] if self.position + 1 < len(self.tokens) else ("end",)
        if name in self.functions and name not in self.quantities:
            power = self.inner(self.take()[1]) if following[0] == "sup" and after == ("sign", "(") else 1
            if self.peek() != ("sign", "("):
                raise ambiguous(f"{name} without argument")
            self.take()
            return self.functions[name](self.until(")")) ** power
        if name in self.quantities:
            return self.quantities[name]
        if name in CONSTANTS:
            return mpmath.mpmathify(CONSTANTS[name])
        raise ambiguous(name)
