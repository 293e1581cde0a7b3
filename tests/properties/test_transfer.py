"""F, F' and F'' of the catalogue, against ball arithmetic and against what theory says of their shape."""

import numpy as np
import pytest
import truth
from flint import arb
from hypothesis import assume, given
from hypothesis import strategies as st
from nullcline.numeric import compile_model
from nullcline.symbolic import RateModel, transfer
from properties.bounds import SECOND_ORDER, TINY, TRANSFER, U
from strategies import dyadics, examples, magnitudes, model_inputs, reals, single_models, transfer_functions

NAMES = ("F", "dF", "d2F")
CENTRED = ("sigmoid", "tanh", "erf")


def compiled(function):
    return compile_model(RateModel.single(function))


def edge_of(function, shape):
    """Where F starts to respond."""
    return {"relu": shape.get("theta"), "power": shape.get("theta"), "naka_rushton": 0.0}.get(function.name, -np.inf)


def bound_of(function, shape, x, order, size):
    """Bound the error of F, F' or F'', of a given size, by the count of its roundings."""
    roundings = TRANSFER[function.name][order]
    if function.name == "naka_rushton" and order == 2:
        # n - 1 - (n + 1) q below s, (n - 1) q - (n + 1) above it: the difference of two terms, which vanishes at the
        # inflection; q carries 6 roundings, n +- 1, the product and the sums 4.
        n, s = shape["n"], shape["s"]
        q = (min(x, s) / max(x, s)) ** n
        one, other = (n - 1, (n + 1) * q) if x <= s else ((n - 1) * q, n + 1)
        roundings += 10 * (one + other) / max(abs(one - other), 1e-300)
    return SECOND_ORDER * roundings * U * size + TINY


@st.composite
def evaluations(draw):
    function, shape = draw(transfer_functions())
    return function, shape, draw(model_inputs(shape))


@pytest.mark.parametrize("order", [0, 1, 2], ids=NAMES)
@examples(250)
@given(at=evaluations())
def test_a_transfer_function_and_its_derivatives_are_right_to_their_roundings(order, at):
    function, shape, x = at
    value = getattr(compiled(function), NAMES[order])(x, **shape)
    if x <= edge_of(function, shape):
        assert x < edge_of(function, shape) or np.isnan(value) or value == 0
        assert value == 0 or x == edge_of(function, shape)
        return
    exact = truth.exact(function.name, x, tuple(shape.values()), order)
    size = float(abs(exact).upper())
    assume(size < 1e300)
    assert abs(arb(value) - exact) <= bound_of(function, shape, x, order, size)


@st.composite
def mirrored(draw):
    """A function with a centre, and an input on each side of it, exactly as far away."""
    function = transfer.catalogue[draw(st.sampled_from(CENTRED))]
    shape = {p.name: draw(magnitudes(1e-2, 1e2)) for p in function.parameters} | {"theta": draw(dyadics(50))}
    return function, shape, draw(dyadics(50))


@examples(100)
@given(at=mirrored())
def test_F_is_odd_about_its_centre(at):
    # theory 1: F(theta + d) - F(theta) is odd in d.
    function, shape, d = at
    F, theta = compiled(function).F, shape["theta"]
    right, left, middle = (F(x, **shape) for x in (theta + d, theta - d, theta))
    slack = TRANSFER[function.name][0] * (abs(right) + abs(left) + 2 * abs(middle))
    # The test's own sums are of at most four terms of these sizes.
    assert abs(right + left - 2 * middle) <= SECOND_ORDER * U * (slack + 3 * (abs(right) + abs(left) + 2 * abs(middle)))


@examples(100)
@given(at=mirrored())
def test_the_slope_is_even_and_the_bend_odd_about_the_centre_bit_for_bit(at):
    # Rounding to nearest knows no sign, and the forms are made of odd and even functions of x - theta.
    function, shape, d = at
    f, theta = compiled(function), shape["theta"]
    assert f.dF(theta + d, **shape) == f.dF(theta - d, **shape)
    assert f.d2F(theta + d, **shape) == -f.d2F(theta - d, **shape)


@examples(100)
@given(at=mirrored())
def test_with_its_centre_at_0_F_is_odd_bit_for_bit(at):
    function, shape, x = at
    F = compiled(function).F
    shape = shape | {"theta": 0.0}
    assert F(-x, **shape) == -F(x, **shape)
    assert F(0.0, **shape) == 0.0


@st.composite
def pairs_of_inputs(draw):
    function, shape = draw(transfer_functions())
    one, other = draw(model_inputs(shape)), draw(model_inputs(shape))
    return function, shape, min(one, other), max(one, other)


@examples(150)
@given(at=pairs_of_inputs())
def test_F_rises_by_no_more_than_its_largest_slope(at):
    # Every F of the catalogue is increasing, and the mean value theorem bounds its rise; a bound or None.
    function, shape, left, right = at
    largest = {
        "sigmoid": lambda: shape["a"] / 4,
        "tanh": lambda: shape["a"],
        "relu": lambda: shape["a"],
        "softplus": lambda: shape["a"],
        "erf": lambda: 1 / (np.sqrt(2 * np.pi) * shape["s"]),
    }.get(function.name, lambda: np.inf)()
    low, high = (compiled(function).F(x, **shape) for x in (left, right))
    slack = SECOND_ORDER * U * TRANSFER[function.name][0] * (abs(low) + abs(high)) + TINY
    assert high - low >= -slack
    assert left == right or high - low <= largest * (right - left) * (1 + 8 * U) + slack


@examples(200)
@given(at=evaluations())
def test_the_inverse_comes_back_within_the_rounding_of_F(at):
    """The inverse's last step is Newton's on F as it is computed, and is kept only if it brings F nearer.

    So when it stops, |F(x) - y| is at most what one more step would leave: the error of F twice, the rounding of x
    times F', and what is of second order in what the closed form left, which four steps have squared four times.
    """
    function, shape, x = at
    assume(x > edge_of(function, shape))
    f = compiled(function)
    y = f.F(x, **shape)
    back = f.F_inverse(y, **shape)
    # Where F is within rounding of an end of its range, no input is known.
    assume(np.isfinite(back) and back > edge_of(function, shape) and 1e-250 < abs(y) < 1e250)
    again = truth.exact(function.name, back, tuple(shape.values()), 0)
    slope = truth.exact(function.name, back, tuple(shape.values()), 1)
    bound = 2 * TRANSFER[function.name][0] * U * abs(y) + 2 * U * abs(back) * float(abs(slope).upper())
    assert abs(again - arb(y)) <= SECOND_ORDER * bound + TINY


@st.composite
def rows_of_inputs(draw):
    function, shape = draw(transfer_functions())
    return function, shape, draw(st.lists(model_inputs(shape), min_size=1, max_size=40))


@pytest.mark.parametrize("name", ["F", "dF", "d2F", "F_inverse"])
@examples(60)
@given(at=rows_of_inputs())
def test_an_array_of_inputs_equals_a_loop_over_them(name, at):
    # Bit for bit, also next to one that over- or underflows and is taken on another route.
    function, shape, xs = at
    f = compiled(function)
    arguments = [f.F(x, **shape) for x in xs] if name == "F_inverse" else xs
    together = getattr(f, name)(np.array(arguments), **shape)
    assert together.shape == (len(xs),)
    np.testing.assert_array_equal(together, [getattr(f, name)(x, **shape) for x in arguments])
    # Where each has parameters of its own they are the same numbers.
    each = {parameter: np.full(len(xs), value) for parameter, value in shape.items()}
    np.testing.assert_array_equal(together, getattr(f, name)(np.array(arguments), **each))


@pytest.mark.parametrize("name", ["F", "dF", "d2F", "F_inverse"])
@pytest.mark.parametrize("n", [1.5, 2.0, 2.5, 3.0, 4.0])
@pytest.mark.parametrize("function", [transfer.power, transfer.naka_rushton], ids=lambda f: f.name)
def test_a_number_equals_an_array_of_one_bit_for_bit(function, n, name):
    # Exponents n - 1 and n - 2 that are 2, 1/2 or -1: NumPy's power squares where one serves all.
    kernel = getattr(compiled(function), name)
    for x in (0.1, 0.2719, 0.407, 0.91, *np.linspace(0.01, 0.99, 50).tolist()):
        alone, (one,) = kernel(x, n=n), kernel([x], n=n)
        (other, _), (_, another) = kernel([x, 1e-300], n=n), kernel([0.5, x], n=[1.7, n])
        assert alone == one == other == another


@st.composite
def models_and_rates(draw):
    function, parameters = draw(single_models())
    return function, parameters, draw(st.lists(reals(2.0), min_size=1, max_size=20))


@examples(60)
@given(at=models_and_rates())
def test_the_models_functions_of_many_rates_equal_a_loop_over_them(at):
    function, parameters, rates = at
    f = compiled(function)
    for name in ("drdt", "eigenvalue"):
        together = getattr(f, name)(rates, **parameters)
        np.testing.assert_array_equal(together, [getattr(f, name)(r, **parameters) for r in rates])
    # Here one input serves all rates.
    still = parameters | {"w": 0.0}
    times = [0.0, parameters["tau"]]
    alone = [f.feedforward_solution(times, r, **still).tolist() for r in rates]
    assert f.feedforward_solution(times, rates, **still).tolist() == alone
