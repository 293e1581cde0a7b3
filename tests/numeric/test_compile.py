"""The compiled functions against values with 40 digits, with bounds from conditioning."""

import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scenarios
import truth
from nullcline.numeric import compile_model, fixed_points
from nullcline.symbolic import NullclineError, ParameterError, RateModel, transfer
from nullcline.symbolic.functions import textbook
from nullcline.symbolic.transfer import formula_derivative

EPS = np.finfo(float).eps
TABLES = scenarios.golden()["function_tables"]
SIGMOID = RateModel.single()


def relative_error(value: float, exact: str) -> float:
    with mpmath.workdps(60):
        return float(abs(mpmath.mpf(value) - mpmath.mpf(exact)) / abs(mpmath.mpf(exact)))


@pytest.mark.parametrize("table", TABLES, ids=lambda t: f"a={t['params']['a']}")
@pytest.mark.parametrize("name", ["F", "dF", "d2F"])
def test_the_sigmoid_and_its_derivatives_are_right_to_the_conditioning_of_the_argument(table, name):
    a, theta = (float(table["params"][k]) for k in ("a", "theta"))
    function = getattr(compile_model(SIGMOID), name)
    for row in table["rows"]:
        x = float(Fraction(row["x"]))
        value = function(x, a, theta)
        if abs(float(row[name])) < 1e-300:
            # Subnormal or zero: no relative digits to ask for.
            assert abs(value - float(row[name])) < 1e-299
            continue
        # theory 1.1: u = a (x - theta) is rounded twice, |u| eps; the product of three factors costs a few eps more.
        u = a * (x - theta)
        assert relative_error(value, row[name]) <= (8 + 2 * abs(u)) * EPS, (x, value)


@pytest.mark.parametrize("table", scenarios.golden()["inverse_tables"], ids=lambda t: f"a={t['params']['a']}")
def test_the_inverse_is_right_to_its_condition_number(table):
    a, theta = (float(table["params"][k]) for k in ("a", "theta"))
    inverse = compile_model(SIGMOID).F_inverse
    for row in table["rows"]:
        y, exact = float(Fraction(row["y"])), row["x"]
        if float(exact) == 0:
            assert inverse(y, a, theta) == 0
            continue
        # Measured in theory 1.1: at most 2.6 times eps max(1, condition number); 4 leaves room for other libms.
        assert relative_error(inverse(y, a, theta), exact) <= 4 * EPS * max(1.0, float(row["rel_cond"]))


def test_the_inverse_is_nan_outside_the_open_range():
    f = compile_model(SIGMOID)
    low, high = (float(v) for v in scenarios.golden()["inverse_tables"][0]["domain"])
    outside = np.array([-1.0, low - 1e-12, high + 1e-12, 1.0, np.inf, -np.inf, np.nan])
    assert np.isnan(f.F_inverse(outside, a=1.25, theta=2.75)).all()
    inside = np.array([low + 1e-12, 0.0, high - 1e-12])
    assert np.isfinite(f.F_inverse(inside, a=1.25, theta=2.75)).all()


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=lambda f: f.name)
def test_every_transfer_function_agrees_with_its_formula_at_60_digits(function):
    f = compile_model(RateModel.single(function))
    shape = {p.name: p.default for p in function.parameters}
    symbols = [function.variable, *(p.symbol for p in function.parameters)]
    edge = (
        -np.inf
        if function.threshold is None
        else float(function.threshold.subs({p.symbol: p.default for p in function.parameters}))
    )
    for order, name in enumerate(("F", "dF", "d2F")):
        import sympy

        exact = sympy.lambdify(
            symbols, textbook(formula_derivative(function, order)) if order else function.formula, "mpmath"
        )
        for x in (-3.25, -0.5, 0.015625, 0.5, 1.25, 2.75, 3.5, 6.0):
            value = getattr(f, name)(x, **shape)
            with mpmath.workdps(60):
                true = exact(x, *(mpmath.mpf(v) for v in shape.values())) if x > edge else mpmath.mpf(0)
                # Absolute, in units of the function's scale: differences of error functions cancel near F = 0.
                assert abs(value - true) <= 64 * EPS * (1 + abs(true)), (name, x)


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=lambda f: f.name)
def test_no_finite_input_gives_a_warning_or_a_nan(function):
    f = compile_model(RateModel.single(function))
    x = np.concatenate([s * 10.0 ** np.arange(-320, 150.0, 7) for s in (1, -1)] + [[0.0]])
    if function.bounded:
        x = np.concatenate([x, [1e308, -1e308, np.finfo(float).max]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scale in (1e-3, 1.0, 1e3):
            shape = {p.name: p.default * (scale if p.name != "n" else 1) for p in function.parameters}
            for name in ("F", "dF", "d2F"):
                assert not np.isnan(getattr(f, name)(x[x != shape.get("theta", 0.0)], **shape)).any()
            f.F_inverse(np.linspace(-3, 3, 101), **shape)


# The bounds of docs/accuracy.md, in units in the last place, for F, F' and F''.
BOUNDS = {"sigmoid": (8, 8, 16), "tanh": (8, 8, 16), "relu": (2, 0, 0), "softplus": (4, 5, 10), "erf": (16, 8, 10)}
# Inputs without all their digits, and parameters that bring F'' back among the normal numbers.
SMALL = [s * x for x in (5e-324, 1.371e-320, 3.7e-315, 2.1e-310, 2.3e-308, 1e-300) for s in (1, -1)]
STEEP = {
    "sigmoid": [(26327.3496181944, 0.0), (555138.5, 0.0), (1e6, 0.0), (1.2, 0.0)],
    "tanh": [(26327.3496181944, 0.0), (555138.5, 0.0), (1e6, 0.0), (1.2, 0.0)],
    "relu": [(1e6, 0.0), (1.2, -1.0)],
    "softplus": [(1e6, 1e6, 0.0), (1e6, 1e-6, 0.0), (1.2, 2.0, 0.0)],
    "erf": [(0.0, 1e-6), (0.0, 3.3e-3), (0.0, 0.5)],
}


@pytest.mark.parametrize("name", STEEP)
def test_no_input_is_too_small_for_a_true_value_that_is_not(name):
    # theory 1.1: u = a (x - theta) loses its digits below 2.2e-308, where F'' ~ a^2 u still has all of them.
    f, reached = compile_model(RateModel.single(transfer.catalogue[name])), 0
    for shape in STEEP[name]:
        for x in SMALL:
            if name == "relu" and x <= shape[-1]:
                continue
            for order, kernel in enumerate((f.F, f.dF, f.d2F)):
                exact = truth.exact(name, x, shape, order)
                if abs(float(exact.mid())) >= np.finfo(float).tiny:
                    reached += 1
                    assert truth.error_in_ulp(kernel(x, *shape), exact) <= BOUNDS[name][order], (order, x, shape)
    assert reached >= 12


def test_a_steep_sigmoid_does_not_overflow():
    f = compile_model(SIGMOID)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f.F(2.0, a=800, theta=1) == 1.0
        assert 0 < f.F(0.5, a=800, theta=1) < 1e-170
        assert f.F_inverse(0.5, a=800, theta=1) == pytest.approx(1.0, rel=1e-15)
        # theory 1.1: beyond a theta = 709 through logarithms
        assert f.F_inverse(1e-300, a=800, theta=1) == pytest.approx((np.log(1e-300) + 800) / 800, rel=1e-13)
        assert np.isnan(f.F_inverse(-1e-300, a=800, theta=1))


def test_relu_has_no_derivative_at_its_kink():
    f = compile_model(RateModel.single(transfer.relu))
    assert np.isnan(f.dF(1.0, a=2, theta=1))
    assert f.dF(np.array([0.5, 1.5]), a=2, theta=1).tolist() == [0.0, 2.0]
    assert f.F(1.0, a=2, theta=1) == 0.0


def test_parameters_go_by_position_and_by_name_in_catalogue_order():
    for function in transfer.catalogue.values():
        f = compile_model(RateModel.single(function))
        named = {p.name: p.default * 1.25 for p in function.parameters}
        assert f.F(3.1, *named.values()) == f.F(3.1, **named)


def test_scalars_give_floats_and_arrays_arrays():
    f = compile_model(SIGMOID)
    assert type(f.F(1)) is float
    assert type(f.drdt(0.2, w=5)) is float
    assert f.F(np.ones((2, 1)), a=[1.0, 2.0, 3.0]).shape == (2, 3)
    assert f.eigenvalue(np.linspace(0, 1, 4), w=5).shape == (4,)
    assert f.eigenvalue(0.2, w=[0.0, 0.0]).shape == (2,)


def test_drdt_and_eigenvalue_are_those_of_the_equation():
    f = compile_model(SIGMOID)
    r, p = 0.3, {"tau": 2.0, "a": 1.1, "theta": 2.5, "w": 4.0, "I_ext": 0.7}
    x = p["w"] * r + p["I_ext"]
    assert f.drdt(r, **p) == pytest.approx((-r + f.F(x, 1.1, 2.5)) / 2, rel=1e-15)
    assert f.eigenvalue(r, **p) == pytest.approx((-1 + 4 * f.dF(x, 1.1, 2.5)) / 2, rel=1e-15)


def test_the_jacobian_is_the_derivative_of_drdt():
    f = compile_model(RateModel.wilson_cowan())
    r = np.array([0.31, 0.17])
    step = 1e-5
    for j in range(2):
        e = np.eye(2)[j] * step
        slope = (f.drdt(r + e, I_ext_E=0.5) - f.drdt(r - e, I_ext_E=0.5)) / (2 * step)
        # central difference: step^2 |F'''| w^3/6 < 1e-7 here
        assert np.abs(slope - f.jacobian(r, I_ext_E=0.5)[:, j]).max() < 1e-7
    assert f.jacobian(np.zeros((3, 4, 2))).shape == (3, 4, 2, 2)
    assert f.eigenvalues(np.zeros((3, 2))).shape == (3, 2)
    assert len(f.populations) == 2


def test_feedforward_solution_starts_at_r_init_and_ends_at_F():
    f = compile_model(SIGMOID)
    r = f.feedforward_solution([0.0, 1.0, 1e4], 0.2, I_ext=2.0, tau=3.0)
    assert r[0] == 0.2
    assert r[2] == f.F(2.0)
    assert r[1] == pytest.approx(f.F(2.0) + (0.2 - f.F(2.0)) * np.exp(-1 / 3), rel=1e-15)
    assert f.feedforward_solution([0.0, 1.0], np.zeros(5)).shape == (5, 2)


def test_no_name_of_the_user_reaches_generated_code():
    from dataclasses import replace

    import sympy

    own = transfer.sigmoid.parameters[0]
    hostile = sympy.Symbol("__import__('os')", positive=True)
    formula = transfer.sigmoid.formula.subs(own.symbol, hostile)
    c = transfer.sigmoid.coordinate
    function = replace(
        transfer.sigmoid,
        name="mine",
        formula=formula,
        parameters=(replace(own, symbol=hostile), transfer.sigmoid.parameters[1]),
        coordinate=replace(c, x=c.x.subs(own.symbol, hostile), z_of_x=c.z_of_x.subs(own.symbol, hostile)),
    )
    assert compile_model(RateModel.single(function)).F(1.0, 1.2, 2.8) == pytest.approx(compile_model(SIGMOID).F(1.0))


def test_refusals_say_what_and_where():
    f = compile_model(SIGMOID)
    wc = compile_model(RateModel.wilson_cowan())
    for call, line in [
        (lambda: f.F(1.0, a=-1), "a must be positive, got -1.0"),
        (lambda: f.F(1.0, b=1), "unknown parameter 'b' (known: a, theta)"),
        (lambda: f.F(1.0, 1, 2, 3), "3 parameters given, the transfer function has 2 (a, theta)"),
        (lambda: f.F(1.0, 1.2, a=1), "a is given twice"),
        (lambda: f.F("1"), "x must be a number, got '1' (str)"),
        (lambda: wc.F(1.0), "model 'wilson-cowan' has 2 populations: use populations[i].F"),
        (lambda: wc.eigenvalue(0.1), "model 'wilson-cowan' has 2 populations: use eigenvalues(r, ...)"),
        (lambda: wc.drdt([1, 2, 3]), "r must have a last axis of 2 populations, got shape (3,)"),
        (lambda: f.feedforward_solution([0, 1], 0.2, w=5), "the feedforward solution holds for w = 0, got w=5.0"),
    ]:
        with pytest.raises(NullclineError) as refusal:
            call()
        assert str(refusal.value) == line
    assert issubclass(ParameterError, NullclineError)


@pytest.mark.parametrize(
    ("y", "theta", "s"), [(1e-20, 5.0, 0.5), (1e-9, 3.0, 0.5), (0.3, 1.0, 0.5), (0.97, 1.0, 0.5), (-1e-20, -5.0, 0.5)]
)
def test_the_inverse_of_erf_keeps_its_digits_in_the_tails(y, theta, s):
    found = compile_model(RateModel.single(transfer.erf)).F_inverse(y, theta, s)
    with mpmath.workdps(60):
        share = y + mpmath.erfc(mpmath.mpf(theta) / (mpmath.sqrt(2) * s)) / 2
        true = theta - mpmath.sqrt(2) * s * mpmath.erfinv(1 - 2 * share)
    # The threshold and the distance from it are each rounded, a few times; the result is their difference.
    assert abs(found - true) <= 8 * np.finfo(float).eps * (abs(theta) + abs(theta - true))


# Where a closed form loses its way: next to the end of the range, far below rounding of the threshold, at a cusp of
# magnitudes. Each y is F of some input, and the inverse has to come back to within the roundings of F and of x.
AWAY = [
    (transfer.tanh, 0.1760537046084036, (93.7402665178457, -0.9704106578463618)),
    (transfer.sigmoid, 704.8335404170646, (0.048337365225421494, -1099.6615863238987)),
    (transfer.erf, 2.0522361857113495e-278, (2.4405932364379694, 889549.66651730775)),
    (transfer.softplus, 1.0184568503338253e306, (10.975655858192688, 7.598083793740113e-06, -3.7041246785052566)),
    (transfer.power, 1e154, (0.5, 2.0, 0.0)),
]


@pytest.mark.parametrize(("function", "x", "shape"), AWAY, ids=lambda v: getattr(v, "name", None))
def test_the_inverse_finds_its_way_where_no_closed_form_does(function, x, shape):
    f = compile_model(RateModel.single(function))
    y = f.F(x, *shape)
    back = f.F_inverse(y, *shape)
    assert abs(f.F(back, *shape) - y) <= 4 * np.spacing(y) + f.dF(back, *shape) * np.spacing(abs(back))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "erf"])
def test_the_inverse_is_undecided_only_within_the_bound_of_F_from_an_end(name):
    # The ends are F(-oo) and F(oo) as they are computed, each to the bound of F.
    f, bound = compile_model(RateModel.single(transfer.catalogue[name])), BOUNDS[name][0]
    random = np.random.default_rng(11)
    shapes = [(1e6, 4.909974533164299e-06), (1e-6, 4.701702695763963)]
    shapes += [(10 ** random.uniform(-3, 3), random.normal() * 10 ** random.uniform(-3, 1)) for _ in range(60)]
    for shape in shapes:
        shape = tuple(map(float, shape[::-1] if name == "erf" else shape))
        for far in (-1e100, 1e100):
            end = float(truth.exact(name, far, shape, 0).mid())
            if abs(end) < 1e-290:
                continue
            away = (bound + 1) * np.spacing(abs(end)) * np.sign(far)
            assert np.isnan(f.F_inverse(end + away, *shape)), (shape, far)
            assert np.isfinite(f.F_inverse(end - away, *shape)), (shape, far)


def test_a_jump_between_neighbouring_doubles_leaves_the_nearest():
    f = compile_model(RateModel.single(transfer.relu))
    assert f.F_inverse(0.01, a=1e6, theta=1e12) == 1e12
    assert f.F_inverse(120.0, a=1e6, theta=1e12) == np.nextafter(1e12, np.inf)


def test_an_inverse_without_an_input_among_the_doubles_is_nan():
    f = compile_model(RateModel.single(transfer.power))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(f.F_inverse(1.7e308, k=0.5, n=2.0, theta=0.0))
        assert np.isnan(f.F_inverse([-1.0, 0.0, np.inf, np.nan], k=0.5, n=2.0, theta=0.0)).all()


# Values that the door accepts, and products of which leave the doubles.
EXTREME = [
    ("naka_rushton", {"R": 1.0, "s": 1e-300, "n": 2.0}),
    ("naka_rushton", {"R": 1e300, "s": 1e6, "n": 2.0}),
    ("erf", {"theta": 1e300, "s": 0.5}),
    ("erf", {"theta": 0.0, "s": 1e-80}),
    ("power", {"k": 0.5, "n": 1e300, "theta": 0.0}),
    ("sigmoid", {"a": 1e300, "theta": 1e300}),
    ("tanh", {"a": 1e154, "theta": -1e154}),
    ("softplus", {"a": 1e300, "b": 1e300, "theta": 1e300}),
    ("relu", {"a": 1e300, "theta": -1e300}),
]


@pytest.mark.parametrize(("name", "shape"), EXTREME)
def test_what_lies_beyond_the_promise_is_told_by_the_value_and_by_no_warning(name, shape):
    model = RateModel.single(transfer.catalogue[name])
    f, xs = compile_model(model), [1.0, -1.0, 0.0, 1e290, -1e290, 1e-300]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for function in (f.F, f.dF, f.d2F, f.F_inverse, f.drdt, f.eigenvalue):
            for x in (xs, *xs):
                function(x, **shape)
        f.feedforward_solution([0.0, 1.0], 0.2, **shape, I_ext=1e10)
        for w in (1.0, -1e300, 1e300, 0.0):
            for I in (1.0, 2.0, 1e300):
                found = fixed_points(model, w=w, I_ext=I, workers=2, **shape)
                assert not found.complete or np.isfinite(found.r).all()
                fixed_points(model, w=[w, 0.5], I_ext=[[I], [1.0]], workers=2, **shape)


def test_within_the_promise_no_warning_is_hidden():
    f = compile_model(SIGMOID)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        f.dF(1e20, a=1.0, theta=0.0)
    with np.errstate(all="raise"):
        f.dF(1e20, a=1e300, theta=0.0)
