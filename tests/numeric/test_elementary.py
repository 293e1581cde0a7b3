"""The elementary functions that generated code calls: arrays, Python numbers and compiled loops, against balls."""

import math

import flint
import numpy as np
import pytest
from flint import arb
from nullcline.numeric import elementary, elementary_plain
from nullcline.numeric.accelerator import is_available

# Units in the last place: "about one" of the truth, and one for the C library of another machine.
BOUND = 3.0
LOOSER = {"erfc": 8.0}
LARGEST, TINY = np.finfo(float).max, np.finfo(float).tiny


@pytest.fixture(autouse=True)
def precision():
    kept = flint.ctx.prec
    flint.ctx.prec = 400
    yield
    flint.ctx.prec = kept


def truth(name, u):
    u = arb(u)
    return {
        "exp": u.exp,
        "expm1": u.expm1,
        "expit": lambda: 1 / (1 + (-u).exp()),
        "sech": lambda: 1 / u.cosh(),
        "tanhc": lambda: u.tanh() / u if u != 0 else arb(1),
        "gaussian": lambda: (-u * u).exp(),
        "softplus": lambda: u.exp().log1p(),
        "log": u.log,
        "log1p": u.log1p,
        "tanh": u.tanh,
        "sinh": u.sinh,
        "cosh": u.cosh,
        "sin": u.sin,
        "cos": u.cos,
        "tan": u.tan,
        "atan": u.atan,
        "asin": u.asin,
        "acos": u.acos,
        "asinh": u.asinh,
        "acosh": u.acosh,
        "atanh": u.atanh,
        "sqrt": u.sqrt,
        "erf": u.erf,
        "erfc": u.erfc,
    }[name]()


REALS = [s * v for v in (*10.0 ** np.arange(-18, 3, 0.37), *np.linspace(0.1, 40, 41), 700.0, 709.0) for s in (1, -1)]
POSITIVE = [v for v in REALS if v > 0] + [TINY, 5e-324, 1e300, LARGEST]
WITHIN = [math.tanh(v) for v in REALS if abs(v) < 18]
INPUTS = dict.fromkeys(
    ("exp", "expit", "sech", "gaussian", "softplus", "tanh", "sinh", "cosh", "sin", "cos", "tan", "atan", "asinh"),
    REALS,
) | {
    "log": POSITIVE,
    "sqrt": POSITIVE,
    "log1p": [*POSITIVE, *WITHIN],
    "asin": WITHIN,
    "acos": WITHIN,
    "atanh": WITHIN,
    "acosh": [1 + v for v in POSITIVE],
    "erfc": [v for v in REALS if v < 26],
    # Compiled, it is for falling exponentials only: that is what the stable forms need it for.
    "expm1": [v for v in REALS if v <= 0],
    "tanhc": [*REALS, 0.0, 5e-324, -5e-324, 1e-310, TINY, 1e300],
}


def error(name, u, value):
    """The error in units in the last place; infinite where a number is one and should not be, or the other way."""
    exact = truth(name, u)
    nearest = float(exact.mid())
    if math.isinf(nearest) or math.isinf(value):
        return 0.0 if value == nearest else math.inf
    if abs(nearest) < TINY:
        return 0.0 if abs(value - nearest) <= TINY else math.inf
    return float(abs(arb(value) - exact).mid()) / np.spacing(abs(nearest))


@pytest.mark.parametrize("name", INPUTS)
def test_arrays_of_numbers(name):
    u = np.array(INPUTS[name])
    with np.errstate(all="raise", under="ignore"):
        values = getattr(elementary, name)(u)
    for at, value in zip(u.tolist(), values.tolist(), strict=True):
        assert error(name, at, value) <= LOOSER.get(name, BOUND), at


@pytest.mark.parametrize("name", [n for n in INPUTS if hasattr(elementary_plain, n)])
def test_single_numbers_where_only_the_absolute_error_counts(name):
    for u in INPUTS[name]:
        value = getattr(elementary_plain, name)(u)
        exact = float(truth(name, u).mid())
        assert value == exact or abs(value - exact) <= 8 * np.finfo(float).eps * max(1.0, abs(exact)), u


@pytest.mark.skipif(not is_available(), reason="needs the compiler")
@pytest.mark.parametrize("name", [*INPUTS])
def test_compiled_loops(name):
    from nullcline.numeric import elementary_compiled
    from numba import njit

    function = getattr(elementary_compiled, name)

    @njit(error_model="numpy")
    def each(u):
        values = np.empty_like(u)
        for i in range(u.size):
            values[i] = function(u[i])
        return values

    u = np.array(INPUTS[name])
    for at, value in zip(u.tolist(), each(u).tolist(), strict=True):
        assert error(name, at, value) <= LOOSER.get(name, BOUND), at


@pytest.mark.skipif(not is_available(), reason="needs the compiler")
def test_what_loops_over_members_call_is_right_to_an_ulp_of_the_largest():
    from nullcline.numeric import elementary_compiled
    from numba import njit

    for name, exact in (("quick_exp", "exp"), ("quick_expit", "expit"), ("prompt_expit", "expit")):
        function = getattr(elementary_compiled, name)
        compiled = njit(error_model="numpy")(lambda u, function=function: function(u))
        for u in REALS:
            if name != "quick_exp" or abs(u) < 708:
                value, true = compiled(u), float(truth(exact, u).mid())
                assert abs(value - true) <= 4 * np.finfo(float).eps * max(1.0, abs(true)), (name, u)


@pytest.mark.skipif(not is_available(), reason="needs the compiler")
def test_a_compiled_loop_may_call_all_that_an_array_function_may():
    from nullcline.numeric import elementary_compiled

    # Inverses of error functions have no compiled form: loops that need them are not compiled.
    missing = set(elementary.namespace()) - set(elementary_compiled.namespace())
    assert missing <= {"erfinv", "erfcinv", "log1p_scaled", "Any", "Array", "NDArray", "functools", "special", "np"} | {
        "namespace",
        "rough_namespace",
    }


@pytest.mark.parametrize("module", ["arrays", "compiled"])
def test_sums_and_products_know_what_rounding_took(module):
    if module == "compiled":
        if not is_available():
            pytest.skip("needs the compiler")
        from nullcline.numeric import elementary_compiled as functions
    else:
        functions = elementary
    from fractions import Fraction

    random = np.random.default_rng(7)
    for a, b in (random.normal(size=(200, 2)) * 10.0 ** random.integers(-30, 30, (200, 2))).tolist():
        assert Fraction(float(functions.sum_error(a, b, a + b))) == Fraction(a) + Fraction(b) - Fraction(a + b)
        assert Fraction(float(functions.product_error(a, b, a * b))) == Fraction(a) * Fraction(b) - Fraction(a * b)


def test_powers_overflow_and_vanish_in_silence():
    with np.errstate(all="raise", under="ignore"):
        assert elementary.power(np.array([1e200, 1e-200, 0.0, 4.0]), 2.0).tolist() == [math.inf, 0.0, 0.0, 16.0]
        assert elementary.power(np.array([1e154]), 2.0) == pytest.approx(1e308)
        assert elementary.times(np.array([1e200, -1e200]), np.array([1e200, 1e200])).tolist() == [math.inf, -math.inf]
        assert elementary.times(np.array([math.inf, 3.0]), np.array([2.0, 0.0])).tolist() == [math.inf, 0.0]
        assert elementary.magnified(np.array([1e308, 1.0]), np.array([10.0, 2.0])).tolist() == [math.inf, 2.0]


def test_a_scaled_logarithm_survives_an_exponent_that_overflows():
    # theory 1.1: ln(1 + u (1 + e^v)) through logarithms beyond v = 700.
    for u, v in ((1e-300, 710.0), (0.3, 900.0), (-1e-320, 705.0), (0.0, 800.0), (0.25, 3.0), (-0.01, 2.0)):
        flint.ctx.prec = 4000
        true = float((1 + arb(u) * (1 + arb(v).exp())).log().mid())
        assert float(elementary.log1p_scaled(np.asarray(u), np.asarray(v))) == pytest.approx(
            true, rel=1e-13, abs=1e-300
        )
