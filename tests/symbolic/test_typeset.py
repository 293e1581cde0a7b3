"""The writers: that what is written says what was meant, and is well formed.

The first is shown by reading. The readers in `formula_readers` turn text, LaTeX and MathML back into numbers by the
rules of written mathematics alone; they know nothing of the layout tree, so a lost sign, bracket or factor gives
another number.
"""

import re
import xml.etree.ElementTree as ElementTree

import mpmath
import pytest
import sympy
from formula_readers import ambiguous, value_of_latex, value_of_mathml, value_of_text
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from nullcline.symbolic.functions import expit, expm1, log1p, softplus
from nullcline.symbolic.notation import layout, name
from nullcline.symbolic.typeset import to_latex, to_mathml, to_spoken, to_text, to_typst
from nullcline.symbolic.typeset.typst import tight
from nullcline.symbolic.typeset.typst_lines import to_typst_lines
from spoken_reader import value_of_spoken
from sympy import Function, exp, log, sqrt
from typst_reader import value_of_typst

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
