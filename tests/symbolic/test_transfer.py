"""A transfer function made by a user: what is welcome, what is refused, and the whole line that says so."""

from dataclasses import replace

import pytest
import sympy
from nullcline.symbolic import ModelError, NullclineError, RateModel, TransferFunction, transfer
from nullcline.symbolic.parameter import positive, real
from nullcline.symbolic.transfer import Coordinate, x
from sympy import Interval, Symbol, exp, log, oo

a, theta = positive("a", 1.2, "gain", sample=(0.3, 3.0)), real("theta", 2.8, "threshold", sample=(-2.0, 4.0))
b = Symbol("b", positive=True)
z = Symbol("z", positive=True)
u = a.symbol * (x - theta.symbol)
GOMPERTZ = TransferFunction(
    "gompertz",
    "Gompertz function",
    exp(-exp(-u)),
    [a, theta],
    Coordinate(z, theta.symbol - log(-log(z)) / a.symbol, exp(-exp(-u)), Interval.open(0, 1)),
)


def refused(call, kind=ModelError):
    with pytest.raises(kind) as refusal:
        call()
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_function_of_ones_own_is_welcome():
    assert GOMPERTZ.parameters == (a, theta)
    assert GOMPERTZ.range == Interval.open(0, 1)
    assert RateModel.single(GOMPERTZ).derive()["transfer"].equation.rhs == GOMPERTZ.formula


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=lambda f: f.name)
def test_the_catalogue_holds_to_its_own_rules(function):
    assert replace(function) == function
    c = function.coordinate
    assert sympy.simplify(c.z_of_x.subs(x, c.x) - c.z) == 0


NAMES = ["tau", "w", "I_ext", "r", "x", "t", "dt", "T", "r_init", "h", "y", "m", "rho", "lambda"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_means_something_else_is_refused(name):
    other = positive(name, 1.0, "something else", sample=(0.5, 2.0))
    assert refused(lambda: replace(GOMPERTZ, parameters=(a, theta, other))) == (
        f"transfer function 'gompertz' cannot have a parameter {name!r}, which means something else: rename it"
    )


COORDINATE = GOMPERTZ.coordinate
REFUSALS = [
    (
        {"parameters": (a, theta, a)},
        "transfer function 'gompertz' has two parameters 'a': rename one",
    ),
    (
        {"parameters": ("a", theta)},
        "the parameters of transfer function 'gompertz' must be Parameters, got 'a' (str): declare each as one",
    ),
    (
        {"parameters": a},
        "the parameters of transfer function 'gompertz' must be a tuple, got "
        "Parameter(a = 1.2, 0 < a) (Parameter): write (a, theta)",
    ),
    ({"name": ""}, "a transfer function's name must be text, got '' (str)"),
    (
        {"formula": exp(-b * exp(-u))},
        "the formula of transfer function 'gompertz' has the undeclared symbol b (known: x, a, theta): "
        "declare it as a Parameter",
    ),
    (
        {"formula": exp(-exp(-Symbol("x")))},
        "the formula of transfer function 'gompertz' has another symbol x than the one declared: "
        "use transfer.x, Parameter.symbol and the coordinate's z",
    ),
    (
        {"formula": "tanh(x)"},
        "the formula of transfer function 'gompertz' must be a SymPy expression, got 'tanh(x)' (str): "
        "write it in transfer.x and the parameters' symbols",
    ),
    (
        {"formula": a.symbol},
        "the formula of transfer function 'gompertz' does not contain the input: write it in transfer.x",
    ),
    (
        {"threshold": 0},
        "the threshold of transfer function 'gompertz' must be a SymPy expression, got 0 (int): "
        "write it in transfer.x and the parameters' symbols",
    ),
    (
        {"threshold": x},
        "the threshold of transfer function 'gompertz' has the undeclared symbol x (known: a, theta): "
        "declare it as a Parameter",
    ),
    (
        {"coordinate": x},
        "the coordinate of transfer function 'gompertz' must be a Coordinate with a Symbol z and an Interval, "
        "got x (Symbol): write Coordinate(z, x_of_z, z_of_x, Interval.open(0, oo))",
    ),
    (
        {"coordinate": replace(COORDINATE, z=a.symbol)},
        "the coordinate of transfer function 'gompertz' is called a, as another symbol is: rename it",
    ),
    (
        {"coordinate": replace(COORDINATE, x=b * z)},
        "the coordinate's x of transfer function 'gompertz' has the undeclared symbol b (known: z, a, theta): "
        "declare it as a Parameter",
    ),
    (
        {"coordinate": replace(COORDINATE, z_of_x=z)},
        "the coordinate's z_of_x of transfer function 'gompertz' has the undeclared symbol z (known: x, a, theta): "
        "declare it as a Parameter",
    ),
    (
        {"coordinate": replace(COORDINATE, z_of_x=exp(-u))},
        "the coordinate of transfer function 'gompertz' does not come back: x(0.25) is 2.5278, whose z_of_x is "
        "1.38629: make z_of_x the inverse of x",
    ),
    (
        {"coordinate": Coordinate(z, theta.symbol - z, theta.symbol - x, Interval.open(0, oo))},
        "the coordinate of transfer function 'gompertz' does not rise: choose z so that x(z) rises with it",
    ),
]


@pytest.mark.parametrize(("change", "line"), REFUSALS, ids=[line[:70] for _, line in REFUSALS])
def test_what_is_no_transfer_function_is_refused(change, line):
    assert refused(lambda: replace(GOMPERTZ, **change)) == line


def test_a_coordinate_without_numbers_is_taken_on_trust():
    formal = sympy.Function("g", real=True)
    assert replace(GOMPERTZ, coordinate=replace(COORDINATE, z_of_x=formal(x)))


@pytest.mark.parametrize(
    "domain", [Interval.open(-1, 1), Interval.open(0, oo), Interval.open(-oo, 0), Interval(-oo, oo)], ids=str
)
def test_a_coordinate_is_tried_on_every_kind_of_domain(domain):
    s = Symbol("s", real=True)
    right = Coordinate(s, theta.symbol + s, x - theta.symbol, domain)
    assert replace(GOMPERTZ, coordinate=right).coordinate == right
    wrong = replace(right, z_of_x=x + theta.symbol)
    assert "does not come back" in refused(lambda: replace(GOMPERTZ, coordinate=wrong))


@pytest.mark.parametrize(
    ("order", "shown"), [(3, "3 (int)"), (-1, "-1 (int)"), (1.0, "1.0 (float)"), (True, "True (bool)")]
)
def test_an_order_without_a_meaning_is_refused(order, shown):
    assert refused(lambda: transfer.tanh.at(x, order), NullclineError) == (
        f"the order of a derivative of tanh must be 0, 1 or 2, got {shown}: differentiate at(x, 2) for more"
    )


def test_a_text_is_never_evaluated():
    assert refused(lambda: transfer.tanh.at("x"), NullclineError) == (
        "tanh is taken at a SymPy expression or a number, got 'x' (str): write Symbol('x')"
    )
