"""A formula is looked at over the inputs that it is meant for: values, slopes, kinks and jumps."""

import math
import time

import mpmath
import pytest
import sympy
from formulas import PARAMETERS, TEXTS, THETA, VALUES, VERDICTS, A, declared, mutated, written_formulas
from hypothesis import given
from nullcline.symbolic import own_cache
from nullcline.symbolic.errors import FormulaError, ModelError
from nullcline.symbolic.formula import read_formula
from nullcline.symbolic.formula_check import Findings, check_formula
from nullcline.symbolic.formula_values import Evaluator
from nullcline.symbolic.parameter import Parameter
from nullcline.symbolic.transfer import x
from strategies import examples

# A spent budget raises an exception anywhere: in the tracer of coverage too, which then waits for its own lock.
pytestmark = pytest.mark.no_cover

ADVICE = "; write a condition, or state the inputs that the formula is meant for"


def check(text: str, *names: str, inputs: tuple[float, float] | None = None) -> Findings:
    return check_formula(read_formula(text, [*PARAMETERS, *declared(*names)]), inputs)


def refusal(text: str, *names: str, inputs: tuple[float, float] | None = None) -> FormulaError:
    with pytest.raises(FormulaError) as refused:
        check(text, *names, inputs=inputs)
    return refused.value


@pytest.mark.parametrize("name", [name for name, verdict in VERDICTS.items() if verdict == "accept"])
def test_a_right_formula_has_its_values_and_slopes(name: str):
    findings = check(TEXTS[name])
    assert findings.jumps == ()
    formula = read_formula(TEXTS[name], PARAMETERS)
    f = _REFERENCE[name]
    for i in range(100):
        point = -4 + 0.1 * i
        value, slope = Evaluator(VALUES).at(formula.tree, point)
        with mpmath.workdps(80):
            expected = f(mpmath.mpf(point))
            assert abs(value - expected) <= 1e-12 * abs(expected)
            if abs(point - VALUES["theta"]) > 1e-9:
                assert abs(slope - mpmath.diff(f, mpmath.mpf(point))) <= 1e-12 * (1 + abs(slope))


_a, _theta = mpmath.mpf(VALUES["a"]), mpmath.mpf(VALUES["theta"])
_REFERENCE = {
    "v-atan": lambda x: mpmath.atan(_a * (x - _theta)),
    "v-erf": lambda x: (1 + mpmath.erf(_a * (x - _theta))) / 2,
    "v-exppow": lambda x: 1 / mpmath.exp(-_a * (x - _theta)),
    "v-gauss": lambda x: mpmath.exp(-((x - _theta) ** 2) / 2),
    "v-relu2": lambda x: max(x - _theta, mpmath.mpf(0)),
    "v-tanh2": lambda x: (1 + mpmath.tanh(_a * (x - _theta) / 2)) / 2,
    "v-ws": lambda x: x * _a,
}

REFUSED = {
    "sqrt(x)": ("no value at x = -100: square root of a negative number (-100)", 0),
    "x/x + x": ("no value at x = 0: division by 0", 1),
    "sin(x)/x": ("no value at x = 0: division by 0", 6),
    "1/(x - 1.2345)": ("no value at x = 1.2345: division by 0", 1),
    "1/(x - 1.2345)**2": ("no value at x = 1.2345: division by 0", 1),
    "(x**2 - 2)**-1": ("no value at x = -1.41421: division by 0", 10),
    "exp(log(x))": ("no value at x = -100: logarithm of a negative number (-100)", 4),
    "exp(20*x)/2": ("no value at x = 35.6784: beyond the largest double, 1.8e308", 0),
    "tan(x)": ("no value at x = -98.9602: the function has a pole there", 0),
    "cbrt(x - 1)": ("F' is infinite at x = 1", 0),
    "relu(x - theta)**0.5": ("F' is infinite at x = 2.8", 15),
    "x*log(x) if x > 0 else 0": ("F' is infinite at x = 0", 9),
    "(x - theta)**a": ("no value at x = -100: a negative number (-102.8) to a power that need not be whole", 11),
}


@pytest.mark.parametrize("text", REFUSED)
def test_where_there_is_no_finite_value_or_slope_is_told(text: str):
    refused = refusal(text)
    line, position = REFUSED[text]
    assert (refused.reason, refused.position) == (line + ADVICE, position)


FOUND = {
    "1/(1 + exp(-a*(x - theta)))": ((), ()),
    "exp(-exp(-a*(x - theta)))": ((), ()),
    "abs(x)": ((0.0,), ()),
    "sqrt(x**2)": ((0.0,), ()),
    "sqrt(x**2 + 1e-6)": ((), ()),
    "max(x - theta, 0)": ((2.8,), ()),
    "max(x - theta, 0)**2": ((), ()),
    "min(relu(x), 5)": ((0.0, 5.0), ()),
    "sign(x - theta)": ((), (2.8,)),
    "heaviside(x) + step(x - 1)*x": ((), (0.0, 1.0)),
    "x**2 if x < 1 else 2*x - 1": ((), ()),
    "x if x < 1 else 2*x - 1": ((1.0,), ()),
    "x if x < 1 else 2*x": ((), (1.0,)),
    "1/(1 if x > 0.3 else -1) + x": ((), (0.3,)),
    "relu(tanh(x))": ((0.0,), ()),
}


@pytest.mark.parametrize("text", FOUND)
def test_kinks_and_jumps_are_found(text: str):
    found = check(text)
    kinks, jumps = FOUND[text]
    assert found.kinks == pytest.approx(kinks, abs=1e-15)
    assert found.jumps == pytest.approx(jumps, abs=1e-15)
    assert (found.warning is None) == (not jumps)


def test_many_jumps_are_counted():
    found = check("sign(sin(x))")
    assert len(found.jumps) == 32
    assert found.jumps[0] == pytest.approx(-31 * math.pi)
    assert found.warning == (
        "the formula jumps at x = -97.3894, -94.2478, -91.1062, -87.9646, -84.823 and 27 more places: "
        "there is no slope, and a fixed point may sit in the jump"
    )


def test_the_inputs_may_be_stated():
    assert check("sqrt(x)", inputs=(1, 10)).inputs == (1.0, 10.0)
    assert check("tan(x)", inputs=(-1.5, 1.5)).kinks == ()
    assert refusal("sqrt(x)", inputs=(0, 10)).reason == "F' is infinite at x = 0" + ADVICE
    for wrong in ((1, 0), (0, math.inf), (0, math.nan), (0,), 3, "01", (True, 2), ("0", "1")):
        with pytest.raises(ModelError, match="inputs must be two"):
            check("x", inputs=wrong)


def test_the_ends_of_the_parameters_ranges_are_tried():
    s = Parameter("s", sympy.Symbol("s", real=True), 1.0, "", minimum=0.0, maximum=3.0)
    with pytest.raises(FormulaError, match="no value at x = -100 with s = 0: division by 0"):
        check_formula(read_formula("tanh(x/s)", [s]))
    n = Parameter("n", sympy.Symbol("n", positive=True), 2.0, "", minimum=0.5, maximum=3.0)
    with pytest.raises(FormulaError, match=r"F' is infinite at x = 0 with n = 0\.5"):
        check_formula(read_formula("relu(x)**n", [n]))


def test_a_wrong_derivative_is_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(own_cache, "folder", lambda: None)
    made = sympy.diff
    formula = read_formula("tanh(a*x) + x**2", PARAMETERS)
    for wrong in (
        lambda e, x: -made(e, x),
        lambda e, x: made(e, x) + sympy.Rational(1, 10**12),
        lambda e, x: 1 / (x - x),
    ):
        monkeypatch.setattr(sympy, "diff", wrong)
        with pytest.raises(FormulaError, match="F' could not be confirmed at x = "):
            check_formula(formula)


def test_large_derivatives_are_refused():
    for name in ("t-diff_blowup",):
        assert refusal(TEXTS[name]).reason == "F'' has more than 5,000 operations: write a simpler formula"
    assert refusal("tanh(" * 38 + "x" + ")" * 38).reason.startswith("F'' has more than 5,000 operations")


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_entry_is_answered_in_time(name: str):
    start = time.process_time()
    accepted = True
    try:
        check(TEXTS[name])
    except FormulaError:
        accepted = False
    assert time.process_time() - start < 5
    assert VERDICTS[name] == "either" or accepted == (VERDICTS[name] == "accept")


@given(written_formulas() | mutated())
@examples(150)
def test_any_text_is_answered_in_time(text: str):
    start = time.process_time()
    try:
        formula = read_formula(text, [A, THETA])
        found = check_formula(formula)
    except FormulaError:
        pass
    else:
        # What was accepted has a value wherever it is asked.
        for i in range(-50, 51):
            value, _ = Evaluator(VALUES).at(formula.tree, i * 1.9 + 0.123)
            assert mpmath.isfinite(value)
        assert all(math.isfinite(place) for place in found.kinks + found.jumps)
    assert time.process_time() - start < 5


def test_the_slope_is_that_of_the_expression():
    formula = read_formula("log1p(exp(a*x))*erf(x) + atan(x)/cosh(x/5)", PARAMETERS)
    check_formula(formula)
    slope = sympy.diff(formula.expression, x)
    numbers = {p.symbol: sympy.Rational(p.default) for p in PARAMETERS}
    own = Evaluator(VALUES).at(formula.tree, 0.75)[1]
    assert abs(own - mpmath.mpf(str(slope.subs(numbers).subs(x, sympy.Rational(3, 4)).evalf(40)))) < 1e-14


@pytest.mark.parametrize("text", ["erf(x)", "-0.2*erf(x)", "tanh(5*x)", "atan(x)", "erfc(x) + erf(2*x)", "exp(-x**2)"])
def test_a_function_that_is_its_limit_far_out_is_no_contradiction(text):
    """At x = -80 the slope of erf is e^-6400: a difference quotient with 800 digits is 0, or rounding."""
    assert check_formula(read_formula(text, [])).kinks == ()
