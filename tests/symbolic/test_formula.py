"""Formulas given as text: what is read, that it is read right, and what is refused with which words."""

import time
from contextlib import suppress
from fractions import Fraction

import mpmath
import pytest
import sympy
from formulas import PARAMETERS, TEXTS, VALUES, VERDICTS, declared, mutated, soup, written_formulas
from hypothesis import assume, example, given
from nullcline.symbolic.errors import FormulaError, ModelError
from nullcline.symbolic.formula import Formula, read_formula
from nullcline.symbolic.formula_expression import evaluated
from nullcline.symbolic.formula_names import ARITY, FUNCTIONS
from nullcline.symbolic.formula_tree import Number, nodes, written
from nullcline.symbolic.formula_values import NoValue, evaluate
from nullcline.symbolic.transfer import x
from strategies import examples

# A spent budget raises an exception anywhere: in the tracer of coverage too, which then waits for its own lock.
pytestmark = pytest.mark.no_cover

a, theta = (p.symbol for p in PARAMETERS)


def read(text: str, *names: str) -> Formula:
    return read_formula(text, [*PARAMETERS, *declared(*names)])


def refused(text: str, *names: str) -> FormulaError:
    with pytest.raises(FormulaError) as refusal:
        read(text, *names)
    lines = str(refusal.value).split("\n")
    assert len(lines) in (1, 3)
    assert len(lines[0]) < 400
    assert all(line.isprintable() for line in lines)
    return refusal.value


# What is read ---------------------------------------------------------------------------------------------------------

READ = {
    "1/(1 + exp(-a*(x - theta)))": 1 / (1 + sympy.exp(-a * (x - theta))),
    "0.1*x": x / 10,
    ".5*x + 5.": x / 2 + 5,
    "1.5e-3*x": sympy.Rational(3, 2000) * x,
    "x^2": x**2,
    "-x**2": -(x**2),
    "(-x)**2": x**2,
    "2**3**2*x": 512 * x,
    "x**-1*x**2*2**-1": x / 2,
    "x - 1 - 2": x - 3,
    "x/2/4": x / 8,
    "2*-x": -2 * x,
    "+x": x,
    "--x": x,
    "pi*x": sympy.pi * x,
    "exp(-a*(x - theta))**-1": sympy.exp(a * (x - theta)),
    "ln(1 + x**2)": sympy.log(1 + x**2),
    "sigmoid(x)": 1 / (1 + sympy.exp(-x)),
    "softplus(x)": sympy.log(1 + sympy.exp(x)),
    "expm1(x)": sympy.exp(x) - 1,
    "max(x, 0)": sympy.Piecewise((x, x >= 0), (0, True)),
    "Min(x, 1)": sympy.Piecewise((x, x <= 1), (1, True)),
    "relu(x)": sympy.Piecewise((x, x > 0), (0, True)),
    "Abs(x)": sympy.Piecewise((x, x >= 0), (-x, True)),
    "sign(x)": sympy.Piecewise((1, x > 0), (-1, x < 0), (0, True)),
    "relu(x)**2": sympy.Piecewise((x**2, x > 0), (0, True)),
    "x if x > 0 else 0": sympy.Piecewise((x, x > 0), (0, True)),
    "1 if not x > 0 else x": sympy.Piecewise((x, x > 0), (1, True)),
    "  x\t*\n a ": a * x,
}


@pytest.mark.parametrize("text", READ)
def test_a_formula_is_read_as_it_is_meant(text: str):
    assert read(text).expression == READ[text]


@pytest.mark.parametrize("name", [name for name, verdict in VERDICTS.items() if verdict == "accept"])
def test_what_an_honest_user_writes_is_read(name: str):
    assert read(TEXTS[name]).tree == read(TEXTS[name]).tree


@pytest.mark.parametrize(
    "name",
    [
        "beta",
        "gamma",
        "S",
        "N",
        "E",
        "I",
        "lambda_",
        "Q",
        "zeta",
        "e",
        "oo",
        "nan",
        "Symbol",
        "re",
        "im",
        "C",
        "O",
        "True_",
        "n",
    ],
)
def test_a_declared_name_means_nothing_else(name: str):
    made = read(f"{name}*tanh(x)", name)
    assert made.expression == sympy.Symbol(name, real=True) * sympy.tanh(x)


def test_decimals_are_exact():
    (number,) = (node for node in nodes(read("0.1*x").tree) if isinstance(node, Number))
    assert number.value == Fraction(1, 10)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_value_and_its_slope_in_sympy_and_in_the_tree(name: str):
    name_of = FUNCTIONS[name]
    argument = "x, 1" if ARITY[name_of] is None else "x + 1" if name_of == "acosh" else "x/4"
    made = read(f"{name}({argument})")
    value = sympy.N(made.expression.subs(x, sympy.Rational(3, 2)), 40)
    assert abs(evaluate(made.tree, {}, 1.5) - mpmath.mpf(str(value))) < 1e-15


@given(written_formulas())
@examples(300)
def test_a_printed_tree_reads_back_equal(text: str):
    try:
        made = read(text)
    except FormulaError:
        assume(False)
    assert read(written(made.tree)).tree == made.tree
    assert read(written(made.tree)).expression == made.expression


@given(written_formulas())
@example("((x + x) if x < cbrt(x) else x)")
@example("(x + ((x + x) if (erfc(12.75) + x) <= x else x))")
@example("(x if x < (((1 if x < 0 else x) - (2)**0.5))**0.5 else x)")
@examples(300)
def test_the_tree_and_the_expression_have_one_value(text: str):
    try:
        made = read(text)
    except FormulaError:
        assume(False)
    for point in (-1.75, 0.3125, 2.8, 6.5):
        # What cancels beyond 50 digits (a comparison of x with x + 1e-72) does not beyond 200.
        assert any(agree(made, point, digits) for digits in (50, 200)), (text, point)


def agree(made: Formula, point: float, digits: int) -> bool:
    """Say whether the tree and the expression have one value at a point, or the tree has none."""
    try:
        value = evaluate(made.tree, VALUES, point, digits=digits)
    except NoValue:
        return True
    numbers = {p.symbol: sympy.Float(p.default, digits + 20) for p in PARAMETERS} | {x: sympy.Float(point, digits + 20)}
    same = evaluated(made.expression, numbers).evalf(digits + 10)
    with mpmath.workdps(digits + 10):
        # The working precision leaves 15 digits for what cancels.
        return bool(abs(mpmath.mpf(same) - value) <= mpmath.mpf(10) ** (5 - digits) * (1 + abs(value)))


# What is refused ------------------------------------------------------------------------------------------------------

LINES = {
    "": "there is no formula: write one in x, such as 1/(1 + exp(-x))",
    " \n": "there is no formula: write one in x, such as 1/(1 + exp(-x))",
    "2x": "a sign is missing before 'x': write 2*x for the product",
    "(x)(x)": "a sign is missing before '(': write (...)*(x) for the product",
    "x theta": "a sign is missing before 'theta': write x*theta for the product",
    "a(x - theta)": "'a' is a parameter, not a function: write a*(x - theta)",
    "x(x - 1)": "'x' is the input, not a function: write x*(x - 1)",
    "tanh x": "'tanh' is a function: write tanh(x)",
    "tanh": "'tanh' is a function: write tanh(...)",
    "e^(-x)": "'e' is not known: e is no constant here: write exp(u) for e to the power u",
    "1/(1+exp(-a*(x-thet)))": "unknown name 'thet'; did you mean 'theta'? (known: x, a, theta)",
    "tanhh(x)": None,
    "exp(x, 2)": "exp takes one argument, got 2",
    "exp()": "exp takes one argument, got none",
    "max(x)": "max takes two or more arguments, got 1",
    "floor(x)": "'floor' is not known: floor has infinitely many jumps: write step(x - c) for one jump at c",
    "(x": "this parenthesis is not closed",
    "x)": "this parenthesis was not opened",
    "x +": "a value is missing before the end",
    "x > 0": "a comparison is no number: write 1 if x > 0 else 0, or step(x)",
    "(x > 0)*x": "a comparison is no number: write 1 if x > 0 else 0, or step(x)",
    "x if x else 1": "a condition compares values, as in x > 0",
    "x if x > 0": "'else' and a value for the other case are missing before the end",
    "x == 1": "'==' is no sign of a formula: values are compared by < <= > >=",
    "x\u0430": "<U+0430> (cyrillic small letter a) is no character of a formula",
    "x\x1b": "<U+001B> (a control character) is no character of a formula",
    "x*θ": "<U+03B8> (greek small letter theta) is no character of a formula: write theta",
    "x²": "<U+00B2> (superscript two) is no character of a formula: write 2",
    "x.y": "'.' is no sign of a formula: a point stands only in a number (write exp(x), not np.exp(x))",
    "1_000*x": "a number has no underscores: write the digits together",
    "1e999*x": "1e999 is beyond the largest double, 1.8e308",
    "1e-999*x": "1e-999 is below the smallest double, 5e-324",
    "9**9**9": "a constant exponent is at most 64 in magnitude: write exp(n*log(u)) for u**n beyond",
    "(10**64)**64*x": "no finite real number: beyond the largest double, 1.8e308",
    "x/(2 - 2)": "division by 0",
    "sqrt(-1)*x": "no finite real number: square root of a negative number (-1)",
    "log(0)*x": "no finite real number: logarithm of 0",
    "a + theta": "the formula does not contain the input: write it in x",
    "a + x - x": "the formula does not depend on the input: x cancels out of it",
    "1" * 41 + "*x": "a number has at most 40 characters, this one has 41: a double holds 17 digits",
    "x+" * 1000 + "x": "a formula has at most 2,000 characters, this one has 2,001: shorten it",
    "x+" * 999 + "x": "a formula has at most 400 numbers, names and operations: shorten it",
    "(" * 41 + "x" + ")" * 41: "a formula is nested at most 40 deep: shorten it",
    "__import__": "'__import__' is no name: 1 to 32 letters, digits and underscores, the first a letter",
}


@pytest.mark.parametrize("text", LINES, ids=[repr(text)[:30] for text in LINES])
def test_a_refusal_says_this(text: str):
    line = LINES[text]
    if line is not None:
        assert refused(text).reason == line
    else:
        assert refused(text).reason.startswith("unknown function 'tanhh'; did you mean 'tanh'? (known: exp, ")


def test_the_caret_stands_below_the_place():
    assert str(refused("1/(1 + exp(-a(x - theta)))")) == (
        "'a' is a parameter, not a function: write a*(x - theta)\n    1/(1 + exp(-a(x - theta)))\n                 ^"
    )
    assert str(refused("x +\n  2x")).split("\n")[1:] == ["      2x", "       ^"]
    # What is escaped, and what is wider than other characters, moves it.
    assert str(refused("x*\x1b")).split("\n")[1:] == ["    x*<U+001B>", "      ^"]
    shown, caret = str(refused("x" + " " * 500 + "2x" + " " * 500)).split("\n")[1:]
    assert shown.index("2x") == caret.index("^")
    assert len(shown) < 120


@pytest.mark.parametrize(
    "name", ["x", "pi", "if", "and", "exp", "ln", "lambda", "in", "None", "_a", "1a", "ä", "a" * 33, ""]
)
def test_a_parameter_cannot_have_every_name(name: str):
    with pytest.raises(FormulaError, match=r"^the parameter name "):
        read_formula("x", declared(name))


def test_a_formula_is_text():
    for value in (None, 1, b"x", ["x"], sympy.Symbol("x")):
        with pytest.raises(FormulaError, match="a formula must be text, got"):
            read_formula(value, [])
    with pytest.raises(ModelError, match="'a' is declared twice"):
        read_formula("x", declared("a", "a"))


BOMBS = [
    "exp(x + 1e40*log(2))",
    "exp(1e40*log(2*x))",
    "exp(1e30*log(1 + 1e-30) + x)",
    "2**(x + 1e9)/2**x",
    "(2**(1000*x))**(1000/x)",
    "(x - x + 9)**(x - x + 60)" + "**(x - x + 60)" * 3,
    "(" * 20 + "2*x" + ")**64" * 20,
    "max(" + ", ".join(f"x**{i}" for i in range(30)) + ")",
    "abs(" + "*".join(f"abs(x - {i})" for i in range(40)) + ")",
    "1 if " + " or ".join(f"{i} < x < {i + 1}" for i in range(60)) + " else 0*x",
    "sin(" * 39 + "1e300*x" + ")" * 39,
    "exp(" * 39 + "x" + ")" * 39,
    "x**" * 38 + "x",
    "*".join(["1.234567890123456789012345678901234567"] * 40) + "*x",
    "0e999999999999999999999*x",
]


@pytest.mark.parametrize("text", BOMBS, ids=[text[:30] for text in BOMBS])
def test_what_would_explode_is_read_or_refused_in_no_time(text: str):
    start = time.process_time()
    with suppress(FormulaError):
        read(text)
    assert time.process_time() - start < 5


@given(soup | mutated())
@example("x**2**2**2**2**2**2**2")
@examples(600)
def test_no_text_does_anything_but_be_read_or_refused(text: str):
    start = time.process_time()
    refusal = None
    try:
        assert read(text).expression.free_symbols <= {x, a, theta}
    except FormulaError as error:
        refusal = error
    assert time.process_time() - start < 5
    if refusal is not None:
        assert all(line.isprintable() for line in str(refusal).split("\n"))
        assert refusal.position is None or 0 <= refusal.position <= len(text)


# What the tree knows that SymPy forgets -------------------------------------------------------------------------------

HIDDEN = {
    "x**2/x": (0, "division by 0", 4),
    "sqrt(x)**2": (-1, "square root of a negative number (-1)", 0),
    "exp(log(x))": (0, "logarithm of 0", 4),
    "1/(1/x)": (0, "division by 0", 4),
}


@pytest.mark.parametrize("text", HIDDEN)
def test_the_tree_has_no_value_where_what_is_written_has_none(text: str):
    made = read(text)
    point, reason, position = HIDDEN[text]
    with pytest.raises(NoValue) as none:
        evaluate(made.tree, VALUES, point)
    assert none.value.reason == reason
    assert none.value.node.position == position


def test_a_value_beyond_the_doubles_is_named():
    with pytest.raises(NoValue, match="beyond the largest double") as none:
        evaluate(read("1 + exp(x)").tree, {}, 710)
    assert none.value.node.position == 4
    # On the way to a value it does not matter.
    assert evaluate(read("1/(1 + exp(exp(x)))").tree, {}, 1e6) == 0
