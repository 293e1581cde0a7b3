"""Formulas of one's own: any smooth one or one in cases, rising or not, by the functions that all models go through."""

import math
import warnings

import mpmath
import numpy as np
import pytest
import routes
import sympy
from hypothesis import given
from hypothesis import strategies as st
from nullcline.numeric import NullclineWarning, balls, compile_model, fixed_points, simulate
from nullcline.symbolic import MissingExtra, ModelError, NoClosedForm, Population, RateModel, transfer
from nullcline.symbolic.transfer import TransferFunction, x
from own_formulas import CATALOGUE, GAIN, THRESHOLD, WRITTEN, a, theta, with_nothing_known, written
from strategies import examples, single_models

PLACES = [-1e200, -1e3, -3.0, 0.0, 1.5, 2.7999, 2.8001, 3.1, 3.7, 20.0, 1e200]
VALUES = {"a": 1.2, "theta": 2.8}


def truth(name, order, at):
    """F or F' by SymPy at 60 digits; None where that is not one finite number."""
    expression = sympy.diff(WRITTEN[name].rewrite(sympy.Piecewise), x, order)
    numbers = {a: sympy.Rational(VALUES["a"]), theta: sympy.Rational(VALUES["theta"]), x: sympy.Rational(at)}
    value = sympy.N(expression.subs(numbers), 60)
    return mpmath.mpf(str(value)) if value.is_Float or value.is_Integer or value.is_Rational else None


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("name", WRITTEN)
def test_the_functions_are_right_to_a_few_ulp_wherever_they_are_doubles(name, order):
    f = compile_model(RateModel.single(written(name)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = (f.F, f.dF)[order](np.array(PLACES), **VALUES)
    for at, value in zip(PLACES, got, strict=True):
        exact = truth(name, order, at)
        if exact is None or abs(exact) > 1e308:
            assert exact is None or abs(value) == math.inf
        elif name == "wave" and abs(at) > 1e10:
            # The sine of what a (x - theta) rounds to: the input itself is known to 1e184 there.
            assert abs(value) <= VALUES["a"]
        elif abs(exact) < 1e-300:
            assert abs(value) < 1e-299
        elif abs(at) > 1e100:
            # Beyond, nothing is compensated: a power magnifies the rounding of its exponent by ln |x|.
            assert abs(value - exact) <= 1e-12 * abs(exact)
        else:
            # The catalogue's largest bound for F and F'.
            assert abs(value - exact) <= 16 * math.ulp(float(exact)), (at, value, exact)


@pytest.mark.parametrize("name", ["clipped", "distance", "step"])
def test_the_slope_at_a_kink_is_nan(name):
    f = compile_model(RateModel.single(written(name)))
    assert math.isnan(f.dF(2.8, **VALUES))
    assert not math.isnan(f.F(2.8, **VALUES))


def test_a_smooth_joint_has_a_slope_and_no_curvature():
    f = compile_model(RateModel.single(written("square")))
    assert f.dF(2.8, **VALUES) == 0
    assert math.isnan(f.d2F(2.8, **VALUES))


def test_what_is_not_known_is_refused_by_name():
    f = compile_model(RateModel.single(written("bump")))
    with pytest.raises(NoClosedForm) as refusal:
        f.F_inverse(0.5)
    assert str(refusal.value) == (
        "transfer function 'bump' is not known to rise or fall throughout, and has no inverse: "
        "solve F(x) = y between two inputs, by scipy.optimize.brentq"
    )
    with pytest.raises(NoClosedForm) as refusal:
        written("bump").range  # noqa: B018
    assert str(refusal.value) == (
        "the range of transfer function 'bump' is not known in closed form: "
        "fixed_points and simulate find what follows from it numerically"
    )


@pytest.mark.parametrize("name", transfer.catalogue)
@examples(40)
@given(data=st.data())
def test_a_formula_of_which_nothing_is_known_has_the_catalogues_fixed_points(name, data):
    function, parameters = data.draw(single_models((name,)))
    known = fixed_points(RateModel.single(function), certify=True, **parameters)
    found = fixed_points(RateModel.single(CATALOGUE[name]), **parameters)
    if not (known.complete and found.complete):
        # Near a threshold a search may leave open what a closed form decides; never does it say something else.
        assert found.certified.largest_count is None or found.certified.largest_count >= known.count
        return
    assert found.count == known.count
    if known.count > 0:
        # Both are proved, so that the enclosures of one point have the true value in common.
        for ours, theirs in zip(found.certified.x_enclosure, known.certified.x_enclosure, strict=True):
            assert ours[0] <= theirs[1]
            assert theirs[0] <= ours[1]
        smooth = np.asarray(known.stability) != "nonsmooth"
        assert (np.asarray(found.stability) == np.asarray(known.stability))[smooth].all()


CORNER = sympy.Max(x - 1, 0)


@pytest.mark.parametrize(
    ("formula", "w", "I_ext", "rates", "stabilities"),
    [
        # h = (x - 1)(x - 2)(x - 3), and with two of the roots made one.
        (x - (x - 1) * (x - 2) * (x - 3), 1, 0, [1, 2, 3], ["stable", "unstable", "stable"]),
        (x - (x - 1) ** 2 * (x - 2), 1, 0, [1, 2], ["half-stable", "stable"]),
        # On the corner itself, where the slopes differ; and beside it.
        (CORNER, 2, 1, [0], ["nonsmooth"]),
        (CORNER, 2, sympy.Rational(1, 2), [0, sympy.Rational(1, 2)], ["stable", "unstable"]),
        # A jump from 0 to 1 at x = 1: a fixed point on either side of it, on one side, or none.
        (sympy.Piecewise((0, x < 1), (1, True)), 1, sympy.Rational(1, 2), [0, 1], ["stable", "stable"]),
        (sympy.Piecewise((0, x < 1), (1, True)), 1, 2, [1], ["stable"]),
        (sympy.Piecewise((0, x < 1), (1, True)), -2, 2, [], []),
        # Joined so smoothly that nothing is felt: the root lies on the joint.
        (sympy.Piecewise((x**3, x < 0), (x**2 * x, True)), sympy.Rational(1, 2), 0, None, None),
    ],
)
def test_roots_known_beforehand_are_found_with_what_they_are(formula, w, I_ext, rates, stabilities):
    model = RateModel.single(TransferFunction("known", "given formula", sympy.sympify(formula), ()))
    found = fixed_points(model, w=float(w), I_ext=float(I_ext))
    assert found.complete
    if rates is not None:
        assert found.r.tolist() == [float(r) for r in rates]
        assert found.stability.tolist() == stabilities
    else:
        root_two = 2**0.5
        assert found.stability.tolist() == ["unstable", "stable", "unstable"]
        np.testing.assert_allclose(found.x, [-root_two, 0, root_two], rtol=4e-16, atol=0)


def test_the_sides_of_a_kink_are_given():
    found = fixed_points(RateModel.single(TransferFunction("corner", "given formula", CORNER, ())), w=2.0, I_ext=1.0)
    assert found.sides == {(0,): (-1.0, 1.0)}


def test_a_jump_over_the_line_is_told_from_a_rate_that_grows():
    jump = TransferFunction("jump", "given formula", sympy.Piecewise((0, x < 1), (1, True)), ())
    found = fixed_points(RateModel.single(jump), w=-2.0, I_ext=2.0)
    assert (found.count, str(found.case)) == (0, "no fixed point where F jumps over the line of r, at x = 1")


def test_a_continuum_is_named():
    line = TransferFunction("line", "given formula", sympy.Max(x, -1) + 0, ())
    found = fixed_points(RateModel.single(line), w=1.0, I_ext=0.0)
    assert (found.count, found.complete) == (-1, True)


def test_the_search_keeps_to_the_inputs_that_the_formula_is_meant_for():
    wave = TransferFunction("wave", "given formula", 5 * sympy.sin(x), (), inputs=(-4.0, 4.0))
    found = fixed_points(RateModel.single(wave), w=1.0, I_ext=0.0)
    # x = 5 sin x: 0 and +-2.596, and two pairs beyond.
    assert (found.count, found.complete) == (3, True)
    assert str(found.case) == "every fixed point among the inputs from -4 to 4, for which F is meant"
    everywhere = TransferFunction("wave", "given formula", 5 * sympy.sin(x), ())
    assert fixed_points(RateModel.single(everywhere), w=1.0, I_ext=0.0).count == 3
    assert fixed_points(RateModel.single(everywhere), w=2.0, I_ext=0.0).count == 7


def f_of(formula, inputs=None):
    return RateModel.single(TransferFunction("f", "given formula", formula, (), inputs=inputs))


@pytest.mark.parametrize("formula", [sympy.sqrt(x), 1 + (x - 1) / 2, sympy.exp((x - 1) / 3), sympy.Max(x, 1)])
@pytest.mark.parametrize("inputs", [(1.0, 1.75), (0.25, 1.0), (0.5, 1.5)])
def test_a_fixed_point_at_a_stated_end_is_listed_once(formula, inputs):
    # Each is 1 at x = 1, which w = 1 and I = 0 make a fixed point.
    found = fixed_points(f_of(formula, inputs), w=1.0, I_ext=0.0)
    if formula == sympy.Max(x, 1) and inputs[1] > 1:
        assert found.count == -1
    else:
        assert (found.complete, found.r.tolist().count(1.0)) == (True, 1)


def test_an_input_that_f_is_not_meant_for_has_no_fixed_point_without_recurrence():
    found = fixed_points(f_of(sympy.sqrt(x), (0.25, 4.0)), w=0.0, I_ext=-1.0)
    assert (found.count, found.complete) == (0, True)
    assert str(found.case) == "no fixed point among the inputs from 0.25 to 4, for which F is meant"


@pytest.mark.parametrize(("sign", "told"), [(1, "grows"), (-1, "falls")])
def test_it_is_said_where_the_rate_goes_that_has_no_fixed_point(sign, told):
    # dr/dt = -r + r +- (1 + r^2).
    found = fixed_points(f_of(x + sign * (1 + x**2)), w=1.0, I_ext=0.0)
    assert (found.count, str(found.case)) == (0, f"no fixed point: the rate {told} without bound")


def test_a_parabola_may_say_where_cases_change_and_a_wave_may_not():
    """SymPy finds two of the places at which sin x passes 1/2: the others would be taken for one smooth piece."""
    window = f_of(sympy.Piecewise((1, x**2 < 4), (0, True)))
    assert window.populations[0].transfer.switches == (-2, 2)
    assert fixed_points(window, w=1.0, I_ext=0.5).r.tolist() == [1.0]
    rising = f_of(sympy.Piecewise((0, sympy.exp(x) + x < 1), (1, True)))
    assert rising.populations[0].transfer.switches == (0,)
    with pytest.raises(ModelError, match=r"^nullcline cannot tell at which inputs "):
        f_of(sympy.Piecewise((1, sympy.sin(x) > sympy.Rational(1, 2)), (x, True)))


@pytest.mark.parametrize("inputs", [(1.0, 1.0), (2.0, 1.0), (0.0, math.inf), ("0", "1", "2"), 3.0])
def test_inputs_that_are_no_range_are_refused(inputs):
    with pytest.raises(
        ModelError, match=r"^the inputs of transfer function 'f' must be two numbers, the lower one first"
    ):
        TransferFunction("f", "given formula", x, (), inputs=inputs)


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("name", WRITTEN)
def test_both_routes_of_a_simulation_agree_and_end_at_a_fixed_point(name, route):
    model = RateModel.single(written(name))
    with routes.by(route), warnings.catch_warnings():
        warnings.simplefilter("ignore", NullclineWarning)
        run = simulate(model, w=-1.5, I_ext=3.5, T=60.0, dt=0.01, r_init=0.2, store="last")
        members = simulate(model, w=-1.5, I_ext=3.5, T=60.0, dt=0.01, r_init=[0.2, 0.3], store="last")
    found = fixed_points(model, w=-1.5, I_ext=3.5)
    stable = found.r[np.asarray(found.stability) == "stable"]
    if stable.size == 1 and name not in ("cubic", "wave"):
        # exp(-60) and a rounding of each step that the decay forgets.
        assert abs(run.r[-1] - stable[0]) <= 1e-14
    # A step rounds some U of rates of order one, and forgets a hundredth of what was: 8 U/0.01 at most is left.
    np.testing.assert_allclose(members.r[0, -1], run.r[-1], rtol=0, atol=8 * 2.0**-53 / 0.01)


@pytest.mark.parametrize("names", [("tanh", "erf"), ("relu", "sigmoid")])
def test_a_network_of_formulas_has_the_fixed_points_of_the_catalogues(names):
    weights = ((3.0, 2.0), (2.5, 0.5))

    def network(given):
        populations = (Population.named("E", given[names[0]], sign=1), Population.named("I", given[names[1]], sign=-1))
        return RateModel.network(populations, weights)

    known = fixed_points(network(transfer.catalogue), I_ext_E=1.5, I_ext_I=1.0)
    found = fixed_points(network(CATALOGUE), I_ext_E=1.5, I_ext_I=1.0)
    assert found.count == known.count > 0
    # Each is refined until rounding stops it: some ulp of rates of order one, magnified by the weights.
    np.testing.assert_allclose(found.r, known.r, rtol=0, atol=1e-13)
    assert found.stability.tolist() == known.stability.tolist()


def test_formulas_of_several_populations_may_be_constant_where_they_meet():
    clipped = Population.named("E", written("clipped"), sign=1), Population.named("I", written("clipped"), sign=-1)
    found = fixed_points(RateModel.network(clipped, ((2.0, 1.0), (2.0, 0.5))), I_ext_E=3.0, I_ext_I=2.5)
    assert (found.r.tolist(), found.complete) == ([[1.0, 1.0]], True)


def test_a_formula_in_too_many_cases_is_refused():
    many = sympy.Add(*(sympy.Abs(x - k) for k in range(12)))
    with pytest.raises(ModelError, match=r"^the formula has too many cases within cases"):
        TransferFunction("many", "given formula", many, ())


def test_a_condition_that_cannot_be_solved_is_refused():
    formula = sympy.Piecewise((0, x + sympy.exp(x) * sympy.sin(x) > theta), (1 + x, True))
    with pytest.raises(ModelError, match=r"^nullcline cannot tell at which inputs "):
        TransferFunction("tangled", "given formula", formula, (written("bump").parameters[1],))


def test_nothing_known_means_just_that():
    given_ = with_nothing_known(transfer.relu)
    assert not given_.has_closed_forms
    assert given_.switches == given_.kinks == (theta,)


def test_what_rises_or_falls_throughout_has_an_inverse():
    given_ = {"a": np.array([0.5, 1.2, 3.0])[:, None], "theta": 2.8}
    y = np.linspace(-1.5, 1.5, 31)
    rising = compile_model(RateModel.single(written("arctangent")))
    # The tangent magnifies what y is off by 1 + tan^2, and x is that over a, plus theta: some roundings of each.
    expected = 2.8 + np.tan(y) / given_["a"]
    slack = 8 * 2.0**-53 * (1 + np.tan(y) ** 2) / given_["a"] + 8 * 2.0**-53 * (np.abs(expected) + 2.8)
    assert (np.abs(rising.F_inverse(y, **given_) - expected) <= slack).all()
    falling = compile_model(
        RateModel.single(TransferFunction("f", "given formula", -WRITTEN["arctangent"], (GAIN, THRESHOLD)))
    )
    assert (np.abs(falling.F_inverse(-y, **given_) - expected) <= slack).all()
    clipped = compile_model(RateModel.single(written("clipped")))
    assert clipped.F_inverse(0.6, **VALUES) == pytest.approx(3.3, rel=1e-15)
    assert np.isnan(clipped.F_inverse([-0.1, 1.0, 2.0], **VALUES)).all()


def test_a_run_without_what_searches_says_so(monkeypatch):
    def missing():
        raise MissingExtra("python-flint is missing", extra="certify")

    monkeypatch.setattr(balls, "flint", missing)
    run = simulate(RateModel.single(written("bump")), w=5.0, I_ext=0.5, T=20.0)
    assert (
        "Where the run tends to is not known: fixed points of a formula of one's own need python-flint (pip install "
        in (" ".join(run.audit.notes))
    )
    with pytest.raises(MissingExtra):
        fixed_points(run.model, w=5.0)


def test_the_step_is_not_said_to_be_safe_where_f_falls():
    """For w >= 0 a rising F has no limit below 2 tau; a falling one has: 2 tau/(1 - w F') = 0.46 ms here."""
    run = simulate(RateModel.single(written("bump")), w=5.0, I_ext=0.5, T=20.0, dt=0.1)
    (slope,) = fixed_points(run.model, w=5.0, I_ext=0.5).eigenvalue
    assert run.audit.stability_limit == pytest.approx(-2 / slope, rel=4e-16)
    assert run.audit.stability_limit < 2
    many = simulate(RateModel.single(written("bump")), w=5.0, I_ext=0.5, T=20.0, dt=0.1, a=np.linspace(0.5, 2, 50))
    assert math.isnan(many.audit.stability_limit)
