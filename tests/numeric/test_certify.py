"""Certified fixed points: each root proved, none missed, and "undecided" where no proof is to be had."""

import math
import sys
from dataclasses import FrozenInstanceError
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scenarios
import sympy
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf
from nullcline.numeric import Case, ball_programs, balls, certified_boxes, certified_search, refined_roots
from nullcline.numeric.certify import certified_fixed_points
from nullcline.numeric.residual import Place
from nullcline.symbolic import NullclineError, TransferFunction, transfer
from nullcline.symbolic.errors import MissingExtra
from nullcline.symbolic.parameter import positive, real
from nullcline.symbolic.transfer import Coordinate, formula_derivative, x
from sympy import Interval, Symbol, exp, log, oo, sin, sqrt

CASES = scenarios.golden()["fixed_point_cases"]

a, b = positive("a", 1.2, "gain", sample=(0.3, 3.0)), positive("b", 1.0, "scale", sample=(0.5, 2.0))
theta = real("theta", 2.8, "threshold", sample=(-2.0, 4.0))
z = Symbol("z", positive=True)
GOMPERTZ = TransferFunction(
    "gompertz",
    "Gompertz function",
    exp(-exp(-a.symbol * (x - theta.symbol))),
    (a, theta),
    Coordinate(
        z, theta.symbol - log(-log(z)) / a.symbol, exp(-exp(-a.symbol * (x - theta.symbol))), Interval.open(0, 1)
    ),
)


def of_ones_own(formula, **rest) -> TransferFunction:
    """A function of x and the scale b; the coordinate is x itself."""
    s = Symbol("s", real=True)
    given = {"coordinate": Coordinate(s, s, x, Interval(-oo, oo)), **rest}
    return TransferFunction("own", "a function of one's own", formula, (b,), **given)


ABOVE_0 = {"coordinate": Coordinate(z, z, x, Interval.open(0, oo)), "threshold": sympy.Integer(0)}
BUMP = of_ones_own(exp(-b.symbol * x**2))
SINE = of_ones_own(sin(b.symbol * x))
# h = (e^x - 2)^2, ^3, ^4 for w = b = 1, I = 0: a multiple root at ln 2, which is nothing that an exact argument tries.
FLAT = {n: of_ones_own(b.symbol * x - (exp(x) - 2) ** n) for n in (2, 3, 4)}


def certified(function, w, I, tau=1, **shape):
    """The certificate for parameters given as exact decimals or fractions."""
    values = [Fraction(shape[p.name]) for p in function.parameters]
    return certified_fixed_points(function, values, Fraction(w), Fraction(I), Fraction(tau))


def words(certificate):
    return [point.stability for point in certificate.points]


def exact(number: mpf) -> Fraction:
    """The fraction that a number of mpmath is."""
    return Fraction(*map(int, mpmath.libmp.to_rational(number._mpf_)))


def is_tight(ends) -> bool:
    """Whether two doubles are neighbours or the same: no enclosure by doubles can be narrower."""
    return ends[0] == ends[1] or math.nextafter(ends[0], math.inf) == ends[1]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_every_reference_value_lies_in_its_enclosure(case):
    found = certified(transfer.catalogue[scenarios.transfer_name(case)], **case["params"])
    assert found.complete
    assert found.interval is None
    if case["count"] is None:
        assert (found.points, found.count, found.continuum, found.note) == ((), None, True, Case.CONTINUUM)
        return
    assert found.count == found.largest_count == case["count"]
    assert words(found) == [p["stability"] for p in case["fixed_points"]]
    for point, reference in zip(found.points, case["fixed_points"], strict=True):
        assert point.status == "certified"
        assert point.multiplicity == reference["multiplicity"]
        for name in ("x", "r", "eigenvalue"):
            ends, value = getattr(point, name), Fraction(reference[name])
            printed = abs(value) / 10**39  # 40 digits
            assert ends[0] - printed <= value <= ends[1] + printed
            assert is_tight(ends)
            assert getattr(point, f"{name}_mid") == float(value)


def fold(side):
    """The input at a fold of the sigmoid a = 5/4, theta = 11/4 at w = 5 (reference: theory, section 3)."""
    a, theta, w = mpf(5) / 4, mpf(11) / 4, mpf(5)
    q, c = mpmath.sqrt(1 - 4 / (a * w)), 1 / (1 + mpmath.exp(a * theta))
    return theta + w * c - w / 2 + side * (w * q / 2 - 2 / a * mpmath.atanh(q))


@pytest.mark.parametrize("side", [1, -1], ids=["high", "low"])
@pytest.mark.parametrize("exponent", [3, 6, 9, 12, 15, 20, 25, 30, 35, 40])
def test_both_sides_of_a_fold_are_told_apart_at_every_distance(exponent, side):
    with mpmath.workdps(80):
        inside, outside = (exact(fold(side) + sign * side * mpf(10) ** -exponent) for sign in (-1, 1))
    three, one = (certified(transfer.sigmoid, 5, I, a="1.25", theta="2.75") for I in (inside, outside))
    assert (three.count, three.complete, one.count, one.complete) == (3, True, 1, True)
    assert words(three) == ["stable", "unstable", "stable"]
    assert all(is_tight(ends) for point in three.points for ends in (point.x, point.r, point.eigenvalue))
    # Theory 6.1: 53 bits down to 1e-12, 256 at 1e-40.
    assert three.precision <= (53 if exponent <= 12 else 128 if exponent <= 30 else 256)


@pytest.mark.parametrize("exponent", [6, 12, 20, 40, 80])
def test_both_sides_of_a_rational_fold_are_told_apart(exponent):
    # R = s = 1, n = 2, w = 25/16, I = 3/16: the two roots that meet belong to one irreducible cubic.
    shape, distance = {"R": 1, "s": 1, "n": 2}, Fraction(1, 10**exponent)
    inside, outside = (
        certified(transfer.naka_rushton, "25/16", Fraction(3, 16) + s * distance, **shape) for s in (-1, 1)
    )
    assert (inside.count, inside.complete, outside.count, outside.complete) == (3, True, 1, True)
    assert words(inside) == ["stable", "unstable", "stable"]


@pytest.mark.parametrize("exponent", [1, 5, 10, 20, 30, 40])
def test_near_a_cusp_the_count_is_that_of_the_closed_form(exponent):
    for sign, share, count in ((1, 0, 3), (1, 0.9, 3), (1, -0.9, 3), (1, 1.1, 1), (-1, 0, 1), (-1, 0.5, 1)):
        w = Fraction(16, 5) * (1 + sign * Fraction(1, 10**exponent))
        with mpmath.workdps(200):
            gain, weight = mpf(5) / 4, mpf(w.numerator) / w.denominator
            q = mpmath.sqrt(abs(1 - 4 / (gain * weight)))
            half_width = weight * q / 2 - 2 / gain * mpmath.atanh(q) if sign > 0 else weight * q**3
            I = exact(share * half_width)
        found = certified(transfer.sigmoid, w, I, a="5/4", theta=0)
        assert (found.count, found.complete) == (count, True)


@pytest.mark.parametrize("share", [-0.9, -0.5, 0.5, 0.9])
def test_fixed_points_within_one_double_are_in_order(share):
    # So near the cusp of a = 5/4, theta = 1, the three are less than 1e-19 apart (reference: theory, section 3).
    w = Fraction(16, 5) * (1 + Fraction(1, 10**40))
    with mpmath.workdps(200):
        gain, weight = mpf(5) / 4, mpf(w.numerator) / w.denominator
        q, c = mpmath.sqrt(1 - 4 / (gain * weight)), 1 / (1 + mpmath.exp(gain))
        I = exact(1 + weight * c - weight / 2 + share * (weight * q / 2 - 2 / gain * mpmath.atanh(q)))
    found = certified(transfer.sigmoid, w, I, a="5/4", theta=1)
    assert words(found) == ["stable", "unstable", "stable"]
    assert len({point.x for point in found.points}) < 3


EXACT = [
    (transfer.sigmoid, {"a": "5/4", "theta": 0, "w": "16/5", "I": 0}, [(0, 0, "stable-nonhyperbolic", 3)]),
    (transfer.tanh, {"a": 2, "theta": 0, "w": "1/2", "I": 0}, [(0, 0, "stable-nonhyperbolic", 3)]),
    (
        transfer.naka_rushton,
        {"R": 1, "n": 2, "s": 1, "w": "25/16", "I": "3/16"},
        [("1/2", "1/5", "half-stable", 2), ("3/4", "9/25", "stable", 1)],
    ),
    (transfer.power, {"k": "1/2", "n": 2, "theta": 0, "w": 1, "I": "1/2"}, [(1, "1/2", "half-stable", 2)]),
    # w k n = 1 and I = theta + 1 - 1/n: the fold at x = theta + 1, also for an exponent whose F'' is infinite.
    (transfer.power, {"k": "2/3", "n": "3/2", "theta": 2, "w": 1, "I": "7/3"}, [(3, "2/3", "half-stable", 2)]),
    (transfer.power, {"k": "1/3", "n": 3, "theta": 0, "w": 1, "I": "2/3"}, [(1, "1/3", "half-stable", 2)]),
    # h = (x - 1)^2 (x + 2)/3 above the threshold, where h'' = 0.
    (
        of_ones_own(x - b.symbol * x**3 / 6, **ABOVE_0),
        {"b": 1, "w": 2, "I": "-2/3"},
        [("-2/3", 0, "stable", 1), (1, "5/6", "half-stable", 2)],
    ),
    # h is a quintic, a quartic, a repelling cubic.
    (of_ones_own(x - b.symbol * x**5), {"b": 1, "w": 1, "I": 0}, [(0, 0, "stable-nonhyperbolic", 5)]),
    (of_ones_own(x - b.symbol * x**4), {"b": 1, "w": 1, "I": 0}, [(0, 0, "half-stable", 4)]),
    (of_ones_own(x + b.symbol * x**3), {"b": 1, "w": 1, "I": 0}, [(0, 0, "unstable", 3)]),
]


@pytest.mark.parametrize(("function", "given", "points"), EXACT, ids=lambda v: getattr(v, "name", None))
def test_an_exact_multiple_root_is_certified_with_its_multiplicity(function, given, points):
    found = certified(function, **given)
    assert (found.count, found.complete) == (len(points), True)
    for point, (at, rate, stability, multiplicity) in zip(found.points, points, strict=True):
        assert (point.stability, point.multiplicity, point.status) == (stability, multiplicity, "certified")
        assert all(low <= Fraction(at) <= high for low, high in [point.x])
        assert all(low <= Fraction(rate) <= high for low, high in [point.r])
        assert is_tight(point.x)
        assert is_tight(point.r)
        if multiplicity > 1:
            assert point.eigenvalue == (0.0, 0.0)


def test_a_double_root_that_is_not_rational_is_certified_where_algebra_can():
    # n = 3, I = -s/4, w R = 9 s/4: the numerator of h is (x^2 - s x - s^2/2)^2.
    found = certified(transfer.naka_rushton, "9/4", "-1/4", R=1, n=3, s=1)
    assert [(p.stability, p.multiplicity) for p in found.points] == [("stable", 1), ("half-stable", 2)]
    low, high = found.points[1].x
    assert 2 * Fraction(low) ** 2 - 2 * Fraction(low) - 1 < 0 < 2 * Fraction(high) ** 2 - 2 * Fraction(high) - 1
    assert is_tight((low, high))
    # e^(x - sqrt 2) = x - sqrt 2 + 1: the centre of the exponential is tried.
    own = of_ones_own(exp(b.symbol * (x - sqrt(2))) + sqrt(2))
    (point,) = certified(own, 1, -1, b=1).points
    assert (point.stability, point.multiplicity) == ("half-stable", 2)
    assert Fraction(point.x[0]) ** 2 < 2 < Fraction(point.x[1]) ** 2


@pytest.mark.parametrize(("order", "count"), [(2, 2), (3, 3), (4, 4)])
def test_a_multiple_root_without_an_exact_argument_stays_undecided_in_bounded_boxes(order, count):
    found = certified(FLAT[order], 1, 0, b=1)
    assert (found.count, found.complete, found.largest_count, found.precision) == (None, False, count, 512)
    assert found.boxes < 400
    (point,) = found.points
    assert (point.status, point.stability, point.multiplicity) == ("undecided", "undecided", None)
    assert point.largest_count == count
    with mpmath.workdps(30):
        assert mpf(point.x[0]) < mpmath.log(2) < mpf(point.x[1])
    assert is_tight(point.x)
    assert found.note.startswith(f"not decided: at most {count} fixed points between the inputs 0.693147180559945")
    if order > 2:
        assert point.extremum_bound is None
        return
    # A double fixed point exists for some I this near, here for I itself; further away there are two or none.
    assert 0 < point.extremum_bound < 1e-150
    assert certified(FLAT[2], 1, Fraction(1, 10**140), b=1).count == 2
    assert certified(FLAT[2], 1, Fraction(-1, 10**140), b=1).count == 0


def test_signs_alone_do_not_certify_a_triple_root(monkeypatch):
    given = {"a": "5/4", "theta": 0, "w": "16/5", "I": 0}
    (point,) = certified(transfer.sigmoid, **given).points
    assert point.multiplicity == 3
    with monkeypatch.context() as fault:
        # Without the exact argument: opposite signs at the ends, and yet nothing is claimed.
        fault.setattr(certified_boxes, "exact_points", lambda *_: None)
        open_ends = certified(transfer.sigmoid, **given)
        (point,) = open_ends.points
        assert (open_ends.count, open_ends.largest_count, point.status) == (None, 3, "undecided")
        with mpmath.workdps(200):
            ends = [mpf(2) * end for end in point.x]
            signs = [mpmath.sign(v - mpf(16) / 5 * (1 / (1 + mpmath.exp(-5 * v / 4)) - 0.5)) for v in ends]
        assert signs == [-1, 1]

    def rising(over):
        return certified_search._Kept(over.h, over.a, over.b, 1, 1, balls.ball(1))

    with monkeypatch.context() as fault:
        # The planted fault: signs are believed, h' is not looked at. It would certify a simple root.
        fault.setattr(certified_search, "_kept_on", rising)
        fault.setattr(refined_roots, "enclosure", lambda h, a, b: a.t.union(b.t))
        (point,) = certified(transfer.sigmoid, **given).points
        assert (point.status, point.multiplicity, point.stability) == ("certified", 1, "stable")
    with monkeypatch.context() as fault:
        # Half of that fault is caught by the other proof: interval Newton does not contract at a multiple root.
        fault.setattr(certified_search, "_kept_on", rising)
        assert certified(transfer.sigmoid, **given).count is None


def test_an_enclosure_holds_the_root_wherever_the_refinement_starts(monkeypatch):
    for function, w, I, shape in (
        (transfer.sigmoid, 5, "1/2", {"a": "1.2", "theta": "2.8"}),
        (transfer.sigmoid, 3, "1/2", {"a": 50, "theta": 1}),
        (SINE, 10, "1/3", {"b": 1}),
    ):
        true = [p.x for p in certified(function, w, I, **shape).points]
        with monkeypatch.context() as fault:
            for share in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98):
                start = lambda h, a, b, share=share: (a.t + (b.t - a.t) * share).mid()  # noqa: E731
                fault.setattr(refined_roots, "_nearly_root", start)
                # Wide, or undecided, but never beside the root.
                for point, (low, high) in zip(certified(function, w, I, **shape).points, true, strict=True):
                    assert point.x[0] <= low
                    assert high <= point.x[1]


def test_a_root_at_the_centre_falls_on_no_cut(monkeypatch):
    given = {"a": 2, "theta": 0, "w": 3, "I": 0}
    found = certified(transfer.sigmoid, **given)
    assert (found.count, found.complete, found.points[1].x) == (3, True, (0.0, 0.0))
    monkeypatch.setattr(certified_search, "CUTS", (0.5,))
    assert not certified(transfer.sigmoid, **given).complete


def test_neighbouring_undecided_boxes_are_one():
    places = [Place(balls.ball(k), [], 1) for k in range(4)]
    boxes = [(places[2], places[3]), (places[0], places[1]), (places[1], places[2])]
    assert certified_search._joined(boxes) == ((places[0], places[3]),)
    assert certified_search._joined(boxes[:2]) == (boxes[1], boxes[0])


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "erf", "naka_rushton"])
def test_without_input_the_root_at_0_is_exact(name):
    function = transfer.catalogue[name]
    shape = {p.name: Fraction(str(p.default)) for p in function.parameters}
    for w in (-5, 1, 5):
        found = certified(function, w, 0, **shape)
        assert found.complete
        zero = [p for p in found.points if p.x[0] <= 0 <= p.x[1]]
        assert [(p.x, p.r) for p in zero] == [((0.0, 0.0), (0.0, 0.0))]


RELU = [
    # a w < 1, > 1, = 1 with I below, at and above theta (reference: theory, section 3.1); tau = 2.
    ("1/2", "-1", ["stable"], ""),
    ("1/2", "1", ["nonsmooth"], Case.KINK),
    ("1/2", "3", ["stable"], ""),
    ("3", "-1", ["stable", "unstable"], ""),
    ("3", "1", ["nonsmooth"], Case.KINK),
    ("3", "3", [], Case.NONE),
    ("1", "-1", ["stable"], ""),
    ("1", "3", [], Case.NONE),
    ("-3", "-1", ["stable"], ""),
    ("-3", "1", ["nonsmooth"], Case.KINK),
    ("-3", "3", ["stable"], ""),
    ("0", "1", ["stable"], ""),
]


@pytest.mark.parametrize(("w", "I", "stability", "note"), RELU)
def test_relu_is_solved_in_rationals_in_each_of_its_cases(w, I, stability, note):
    found = certified(transfer.relu, w, I, tau=2, a=1, theta=1)
    assert (words(found), found.note, found.complete, found.boxes) == (stability, note, True, 0)
    w, I = Fraction(w), Fraction(I)
    for point in found.points:
        if point.stability == "nonsmooth":
            below, above = point.one_sided_eigenvalues
            assert (point.x, point.r, point.multiplicity) == ((1.0, 1.0), (0.0, 0.0), None)
            assert math.isnan(point.eigenvalue_mid)
            assert below == (-0.5, -0.5)
            assert above[0] <= (w - 1) / 2 <= above[1]
            assert point.one_sided_mid == (-0.5, float((w - 1) / 2))
        elif point.x_mid > 1:
            assert point.r[0] <= (I - 1) / (1 - w) <= point.r[1]
            assert point.eigenvalue[0] <= (w - 1) / 2 <= point.eigenvalue[1]
        else:
            assert (point.x_mid, point.r, point.eigenvalue) == (float(I), (0.0, 0.0), (-0.5, -0.5))


def test_relu_is_decided_where_doubles_round_a_w_to_1():
    # The double 0.1 is above 1/10: a w > 1.
    found = certified(transfer.relu, 10, -1, a=Fraction(0.1), theta=0)
    assert words(found) == ["stable", "unstable"]
    assert certified(transfer.relu, 10, 0, a="1/10", theta=0).continuum


def test_at_a_smooth_threshold_the_fixed_point_is_stable_and_the_search_starts_past_it():
    for n, count in (("3/2", 2), ("6/5", 2), (2, 2), (3, 2)):
        found = certified(transfer.power, 3, 1, k="1/2", n=n, theta=1)
        assert (found.count, found.complete, words(found)) == (count, True, ["stable", "unstable"])
        assert (found.points[0].x, found.points[0].eigenvalue) == ((1.0, 1.0), (-1.0, -1.0))


def test_a_smooth_function_with_a_kink_names_it():
    half = of_ones_own(sympy.tanh(b.symbol * x), **ABOVE_0)
    found = certified(half, 2, 0, b=1)
    assert (words(found), found.note) == (["nonsmooth", "stable"], Case.KINK)
    assert found.points[0].one_sided_mid == (-1.0, 1.0)
    # F(0) is log 2 - log 2, which balls do not know to be 0: the side of the threshold decides.
    rising = of_ones_own(log(2 + b.symbol * x) - log(2), **ABOVE_0)
    for I in (Fraction(-1, 10**50), Fraction(1, 10**50)):
        assert words(certified(rising, 1, I, b=1)) == ["stable"]
    root = of_ones_own(b.symbol * sqrt(x), **ABOVE_0)
    assert words(certified(root, 1, "-1/10", b=1)) == ["stable", "unstable", "stable"]


def test_a_threshold_need_not_be_rational():
    edge = {
        "coordinate": Coordinate(z, z + sqrt(2), x - sqrt(2), Interval.open(0, oo)),
        "threshold": sqrt(2),
    }
    own = of_ones_own(sympy.tanh(b.symbol * (x - sqrt(2))), **edge)
    assert words(certified(own, 2, "1.2", b=3)) == ["stable", "unstable", "stable"]
    assert words(certified(own, 2, "1.5", b=3)) == ["stable"]
    with mpmath.workdps(400):
        near = exact(mpmath.sqrt(2))
    # Nearer to the threshold than 512 bits tell.
    assert (certified(own, 2, near, b=3).count, certified(own, 2, near, b=3).note) == (None, Case.UNDECIDED)


def test_convex_functions_without_bound_are_searched_on_the_whole_line():
    # softplus, theta = 1: one below a w = 1, one or none at it, two or none above (reference: theory, section 3.1).
    shape = {"a": "1/2", "b": 2, "theta": 1}
    for w, I, count in (("1.9", 5, 1), (2, "0.999", 1), (2, 1, 0), (2, "1.001", 0), (3, -2, 2), (3, 2, 0), (-3, 2, 1)):
        found = certified(transfer.softplus, w, I, **shape)
        assert (found.count, found.complete, found.interval) == (count, True, None)
        assert found.note == ("" if count else Case.NONE)
    # Nearer to the limit than any double: I = theta - 1e-30.
    assert certified(transfer.softplus, 2, 1 - Fraction(1, 10**30), **shape).count == 1


def test_a_fixed_point_beyond_the_doubles_is_proved_and_said_to_be_there():
    found = certified(transfer.power, "0.45", "0.01", k=2, n="1.0001", theta=0)
    assert (found.count, found.complete, found.note) == (2, True, Case.BEYOND)
    assert found.points[1].x == (sys.float_info.max, math.inf)


def test_without_recurrence_there_is_one_fixed_point():
    for function in (transfer.sigmoid, transfer.softplus, GOMPERTZ):
        shape = {p.name: Fraction(str(p.default)) for p in function.parameters}
        (point,) = certified(function, 0, "1/2", tau=4, **shape).points
        assert (point.x, point.eigenvalue, point.stability) == ((0.5, 0.5), (-0.25, -0.25), "stable")
        with mpmath.workdps(40):
            response = sympy.lambdify(
                x, function.formula.subs({p.symbol: sympy.nsimplify(p.default) for p in function.parameters}), "mpmath"
            )(mpf(1) / 2)
            assert point.r[0] <= response <= point.r[1]
        assert is_tight(point.r)


def logistic(u):
    return 1 / (1 + mpmath.exp(-u))


# Written once more, by hand and after the textbook, so that the two routes share nothing.
TEXTBOOK = {
    "sigmoid": lambda v, a, theta: logistic(a * (v - theta)) - logistic(-a * theta),
    "tanh": lambda v, a, theta: mpmath.tanh(a * (v - theta)) + mpmath.tanh(a * theta),
    "relu": lambda v, a, theta: a * max(mpf(0), v - theta),
    "softplus": lambda v, a, b, theta: a / b * mpmath.log1p(mpmath.exp(b * (v - theta))),
    "erf": lambda v, theta, s: (
        (mpmath.erf((v - theta) / s / mpmath.sqrt(2)) + mpmath.erf(theta / s / mpmath.sqrt(2))) / 2
    ),
    "power": lambda v, k, n, theta: k * max(mpf(0), v - theta) ** n,
    "naka_rushton": lambda v, R, s, n: R * max(mpf(0), v) ** n / (max(mpf(0), v) ** n + s**n),
    "gompertz": lambda v, a, theta: mpmath.exp(-mpmath.exp(-a * (v - theta))),
    "bump": lambda v, b: mpmath.exp(-b * v**2),
    "sine": lambda v, b: mpmath.sin(b * v),
}


def drawn(function, random):
    """Parameters within their ranges, with one to three decimals so that special values come up too."""
    shape = {}
    for p in function.parameters:
        value = Fraction(str(round(random.uniform(*p.sample), random.integers(1, 4))))
        shape[p.name] = max(value, Fraction(str(p.sample[0]))) if p.minimum > -math.inf else value
    w, I = (Fraction(str(round(random.uniform(*ends), random.integers(0, 4)))) for ends in ((-6, 10), (-4, 4)))
    return shape, w, I


@pytest.mark.parametrize(
    ("name", "function"), [*transfer.catalogue.items(), ("gompertz", GOMPERTZ), ("bump", BUMP), ("sine", SINE)]
)
def test_a_dense_scan_of_signs_sees_the_certified_roots_and_no_other(name, function):
    random = np.random.default_rng([ord(c) for c in name])
    for _ in range(40):
        shape, w, I = drawn(function, random)
        found = certified(function, w, I, **shape)
        if found.continuum:
            continue
        assert found.complete
        with mpmath.workdps(20):
            values = [mpf(v.numerator) / v.denominator for v in (shape[p.name] for p in function.parameters)]
            W, J = (mpf(v.numerator) / v.denominator for v in (w, I))

            def h(v, values=values, W=W, J=J):
                return v - J - W * TEXTBOOK[name](v, *values)

            # 20 digits for roots that doubles cannot tell from the cells' ends: no cell ends there.
            places = [mpf(k) / 8 + mpf("0.0123456789012345678") for k in range(-144, 145)]
            signs = [mpmath.sign(h(v)) for v in places]
        for left, right, before, after in zip(places, places[1:], signs, signs[1:], strict=False):
            inside = [p for p in found.points if left < p.x_mid < right]
            changes = sum(1 for p in inside if p.stability != "half-stable")
            assert (changes % 2 == 1) == (before != after), (shape, w, I, left)


@pytest.mark.parametrize(
    ("name", "function"), [*transfer.catalogue.items(), ("gompertz", GOMPERTZ), ("bump", BUMP), ("sine", SINE)]
)
def test_h_changes_its_sign_within_each_enclosure(name, function):
    random = np.random.default_rng([7, *(ord(c) for c in name)])
    for _ in range(25):
        shape, w, I = drawn(function, random)
        for point in certified(function, w, I, **shape).points:
            if point.stability not in ("stable", "unstable") or max(map(abs, point.x)) > 1e6:
                continue
            assert all(is_tight(ends) for ends in (point.x, point.eigenvalue))
            with mpmath.workdps(60):
                values = [mpf(v.numerator) / v.denominator for v in (shape[p.name] for p in function.parameters)]
                low, high = (
                    mpf(end)
                    - mpf(I.numerator) / I.denominator
                    - mpf(w.numerator) / w.denominator * TEXTBOOK[name](mpf(end), *values)
                    for end in point.x
                )
            rising = 1 if point.stability == "stable" else -1
            assert low * rising <= 0 <= high * rising


@given(st.floats(0.1, 10), st.floats(-5, 5), st.floats(-20, 20), st.floats(-10, 10))
def test_for_any_doubles_the_count_is_that_of_the_closed_form(a, theta, w, I):
    found = certified(transfer.sigmoid, w, I, a=a, theta=theta)
    assert found.complete
    with mpmath.workdps(60):
        a, theta, w, I = map(mpf, (a, theta, w, I))
        if a * w <= 4:
            expected = 1
        else:
            q, c = mpmath.sqrt(1 - 4 / (a * w)), 1 / (1 + mpmath.exp(a * theta))
            gap = abs(I - (theta + w * c - w / 2)) - (w * q / 2 - 2 / a * mpmath.atanh(q))
            expected = 3 if gap < 0 else 1
    assert found.count == expected


def test_a_function_that_is_not_monotone_may_have_any_number_of_fixed_points():
    three = certified(BUMP, -5, 3, b=1)
    assert (words(three), three.complete) == (["stable", "unstable", "stable"], True)
    seven = certified(SINE, 10, 0, b=1)
    assert (seven.count, seven.complete, seven.points[3].x) == (7, True, (0.0, 0.0))
    # Symmetric under x -> -x, as sin is.
    assert [p.x_mid for p in seven.points] == [-p.x_mid for p in reversed(seven.points)]


def test_a_rational_function_needs_no_argument_of_growth():
    # x (1 - x)/(1 + x^4) with w = 3: x = 0 and x^2 + x - 1 times a quadratic without real roots.
    found = certified(of_ones_own(b.symbol * x * (1 - x) / (1 + x**4)), 3, 0, b=1)
    assert (found.count, found.complete) == (3, True)
    golden = [(-1 - 5**0.5) / 2, 0.0, (-1 + 5**0.5) / 2]
    assert [p.x_mid for p in found.points] == pytest.approx(golden, abs=1e-15)


def test_where_nothing_is_known_far_out_only_an_interval_is_searched_and_said():
    found = certified(of_ones_own(x * sin(b.symbol * x)), "1/2", 0, b=1)
    assert (found.count, found.complete, found.interval) == (1, False, (-1000.0, 1000.0))
    assert found.note == "only inputs from -1000 to 1000 were searched: how h goes on beyond is not known"


def test_the_search_ends_however_many_roots_there_are():
    found = certified(SINE, 10_000, 0, b=1)
    assert (found.count, found.complete) == (None, False)
    assert found.boxes == 4000
    assert found.note.startswith("not decided: ")


def test_what_no_precision_tells_from_an_exact_root_is_not_called_one():
    # h = (x - 1/2)^2 + e^-5000 - e^-6000 has no root; 512 bits see a double one at 1/2, and so would careless algebra.
    ghost = of_ones_own(b.symbol * x - (x - sympy.Rational(1, 2)) ** 2 - exp(-5000) + exp(-6000))
    found = certified(ghost, 1, 0, b=1)
    assert (found.count, found.largest_count, found.points[0].status) == (None, 2, "undecided")
    # h(1/2) is e^-500000: the root is next to 1/2 and not at it. SymPy's own simplify would want the last digit.
    found = certified(transfer.sigmoid, 3, "1/2", a=10**6, theta=1)
    assert (found.count, found.complete) == (3, True)
    assert found.points[0].x[0] < found.points[0].x[1]


def test_exact_arguments_are_not_tried_where_numbers_would_grow_without_end():
    assert certified(transfer.power, 1, "1/2", k="1/2", n=10**9, theta=0).complete


def enclosing(expression: sympy.Expr, parameters, values, low: float, high: float, inside: list[float]) -> None:
    """Hold the ball and the span of an expression over an interval against its values at 50 digits."""
    program = ball_programs.compiled((expression,), x, parameters)
    with balls.precision(53):
        computed = program.bound([balls.ball(v) for v in values])
        ends = balls.Span(balls.ball(Fraction(low)), balls.ball(Fraction(high)))
        (as_ball,), (as_span,) = computed.at(ends.lo.union(ends.hi), 0), computed.over(ends, 0)
    plain = sympy.lambdify((x, *parameters), expression, "mpmath")
    for place in inside:
        with mpmath.workdps(50):
            true = plain(*(mpf(v.numerator) / v.denominator for v in (Fraction(place), *values)))
            true = balls.flint().arb(str(true), "1e-45")
        assert as_ball.overlaps(true) or not as_ball.is_finite()
        assert as_span.lo <= true.upper()
        assert true.lower() <= as_span.hi


@pytest.mark.parametrize("function", [*transfer.catalogue.values(), GOMPERTZ, BUMP], ids=lambda f: f.name)
def test_derivatives_on_a_box_enclose_the_true_values(function):
    random = np.random.default_rng(11)
    symbols = tuple(p.symbol for p in function.parameters)
    values = [Fraction("6/5") if p.name == "n" else Fraction(str(p.default)) for p in function.parameters]
    edge = -3.0
    if function.threshold is not None:
        edge = float(function.threshold.subs(dict(zip(symbols, values, strict=True))))
    for order in range(4):
        expression = function.formula if order == 0 else formula_derivative(function, order)
        for _ in range(6):
            low = edge + random.uniform(0.01, 4)
            high = low + 10 ** random.uniform(-12, 1)
            enclosing(expression, symbols, values, low, high, [low, random.uniform(low, high), high])
        # From the threshold itself on, where a derivative may have no bound.
        enclosing(expression, symbols, values, edge, edge + 1.5, [edge + 1e-9, edge + 0.5, edge + 1.5])


p_real = Symbol("p", real=True)
MONOTONE = (
    sympy.sinh,
    sympy.tanh,
    sympy.asinh,
    sympy.atan,
    sympy.asin,
    sympy.atanh,
    sympy.acosh,
    sympy.erf,
    sympy.erfc,
)
OTHERS = (sin, sympy.cos, sympy.tan, sympy.cosh, sympy.sech)
POWERS = (1 / x, x**2, x**3, x**-2, x**-3, 1 / (1 + x**2) ** 3, x**p_real, 2**x, sqrt(x), exp(-x), log(x))
ELEMENTARY = [*POWERS, *(f(x) for f in (*MONOTONE, *OTHERS))]


@pytest.mark.parametrize("expression", ELEMENTARY, ids=str)
def test_elementary_functions_on_a_box_enclose_the_true_values(expression):
    random = np.random.default_rng(12)
    allowed = {"log": (0, 5), "sqrt": (0, 5), "x**p": (0, 5), "asin": (-1, 1), "atanh": (-1, 1), "acosh": (1, 5)}
    start, stop = allowed.get(str(expression).split("(")[0], (-2, 3))
    parameters = (p_real,) if expression.has(p_real) else ()
    for exponent in (Fraction(6, 5), Fraction(-6, 5)) if parameters else (None,):
        values = [exponent] if parameters else []
        for _ in range(12):
            low, high = sorted(random.uniform(start, stop, 2))
            places = [low, high, *random.uniform(low, high, 3)]
            enclosing(expression, parameters, values, low, high, [v for v in places if v != 0])


def test_a_double_in_a_formula_is_the_number_it_is():
    # Three times the double 0.1 is above 3/10 by less than doubles show: h = -(3 * 0.1 - 3/10) x^2 - I.
    own = of_ones_own(x + 0.1 * b.symbol * x**2 - sympy.Rational(3, 10) * x**2)
    (point,) = certified(own, 1, 0, b=3).points
    assert (point.multiplicity, point.stability, point.x) == (2, "half-stable", (0.0, 0.0))
    assert certified(own, 1, Fraction(1, 10**30), b=3).count == 0
    assert certified(own, 1, Fraction(-1, 10**30), b=3).count == 2


def test_a_half_line_is_enclosed_too():
    infinity = balls.line().hi
    with balls.precision(53):
        program = ball_programs.compiled(
            (transfer.sigmoid.formula,), x, tuple(p.symbol for p in transfer.sigmoid.parameters)
        )
        (everywhere,) = program.bound([balls.ball(1), balls.ball(0)]).over(balls.line(), 0)
        (right,) = program.bound([balls.ball(1), balls.ball(0)]).over(balls.Span(balls.ball(0), infinity), 0)
    assert [float(v) for v in (everywhere.lo, everywhere.hi)] == [-0.5, 0.5]
    assert [float(v) for v in (right.lo, right.hi)] == pytest.approx([0.0, 0.5], abs=1e-15)


def test_a_function_without_ball_arithmetic_is_refused():
    with pytest.raises(NullclineError) as refusal:
        certified(of_ones_own(b.symbol * sympy.besselj(0, x)), 1, 0, b=1)
    line = str(refusal.value)
    assert line.startswith("certify=True has no ball arithmetic for 'besselj', which is in the transfer function: ")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("shape", "tau", "line"),
    [
        ([1], 1, "sigmoid has 2 parameters (a, theta), got 1 values: give one for each"),
        ([0, 1], 1, "a must be positive, got 0.0"),
        ([1, 1], 0, "tau must be positive, got 0.0 ms"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(shape, tau, line):
    with pytest.raises(NullclineError) as refusal:
        certified_fixed_points(transfer.sigmoid, shape, Fraction(5), Fraction(0), tau)
    assert str(refusal.value) == line


def test_bounds_are_those_of_the_exact_numbers():
    # The double nearest to this exponent is 1, which is not allowed.
    assert certified(transfer.power, -1, 1, k=1, n=1 + Fraction(1, 10**30), theta=0).complete


def test_without_python_flint_the_refusal_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    balls.flint.cache_clear()
    try:
        with pytest.raises(MissingExtra) as refusal:
            certified(transfer.sigmoid, 5, 0, a=1, theta=0)
    finally:
        balls.flint.cache_clear()
    assert (
        str(refusal.value) == "certify=True, and fixed points of a formula of one's own, need python-flint: "
        "pip install 'nullcline[certify]'"
    )
    assert refusal.value.extra == "certify"


def test_a_certificate_is_a_frozen_value():
    found = certified(transfer.sigmoid, 5, "1/2", a="1.2", theta="2.8")
    assert found == certified(transfer.sigmoid, 5, "1/2", a="1.2", theta="2.8")
    with pytest.raises(FrozenInstanceError):
        found.count = 4
    with pytest.raises(FrozenInstanceError):
        found.points[0].status = "undecided"
