"""Certified fixed points against brute force, the search in doubles, and h itself in ball arithmetic."""

from fractions import Fraction

import flint
import numpy as np
from flint import arb
from hypothesis import assume, event, given
from hypothesis import strategies as st
from nullcline.numeric import compile_model, fixed_points
from nullcline.numeric.certify import certified_fixed_points
from nullcline.symbolic import RateModel, transfer
from properties.roots import BITS, Problem, widened
from strategies import examples, near_a_fold, single_models


def problems():
    """Any function of the catalogue, sigmoids near a fold among them."""
    return st.one_of(single_models(), single_models(), near_a_fold().map(lambda p: (transfer.sigmoid, p)))


def certified(function, p):
    """The certificate of the exact numbers that the doubles are."""
    shape = [Fraction(p[q.name]) for q in function.parameters]
    return certified_fixed_points(function, shape, Fraction(p["w"]), Fraction(p["I_ext"]), Fraction(p["tau"]))


@examples(80)
@given(one=problems())
def test_each_enclosure_holds_a_change_of_sign_of_h(one):
    function, p = one
    found, problem = certified(function, p), Problem.of(function, p)
    for point in found.points:
        if point.status != "certified" or point.multiplicity != 1 or point.x_mid <= problem.edge:
            continue
        low, high = (problem.sign(arb(end)) if np.isfinite(end) else 0 for end in point.x)
        rising = 1 if point.stability == "stable" else -1
        # An end may be the root itself.
        assert low in (-rising, 0)
        assert high in (rising, 0)
        with flint.ctx.workprec(BITS):
            place = arb((point.x[0] + point.x[1]) / 2, abs(point.x[1] - point.x[0]))
            if not place > problem.edge:
                continue
            # The enclosures of r and of the eigenvalue meet what F and F' say over that of x.
            assert problem.F(place)[0].overlaps(arb(point.r[0]).union(arb(point.r[1])))
            assert problem.eigenvalue(place).overlaps(arb(point.eigenvalue[0]).union(arb(point.eigenvalue[1])))


@examples(80)
@given(one=problems())
def test_doubles_find_the_certified_points_within_their_conditioning(one):
    function, p = one
    proved, found, problem = (
        certified(function, p),
        fixed_points(RateModel.single(function), **p),
        Problem.of(function, p),
    )
    assume(proved.complete and found.complete)
    assert found.count == (-1 if proved.continuum else proved.count)
    assert found.stability.tolist() == [point.stability for point in proved.points]
    for x, point in zip(found.x, proved.points, strict=True):
        with flint.ctx.workprec(BITS):
            place = None if point.multiplicity != 1 or x <= problem.edge else widened(problem, float(x))
            if place is None:
                event("not a simple root away from folds")
                continue
            assert place.overlaps(arb(point.x[0]).union(arb(point.x[1])))


@examples(60)
@given(one=problems(), reach=st.floats(1.0, 100.0), offset=st.floats(0.0, 1.0))
def test_a_fine_grid_sees_the_parity_of_the_certified_points(one, reach, offset):
    """Between two inputs at which the sign of h is certain, the count is odd if h changes sign and even if not.

    At 1000 places the sign is taken from doubles where h exceeds its rounding by far (2^-40 of its terms), and is not
    taken elsewhere: no count of the grid is a guess.
    """
    function, p = one
    proved = certified(function, p)
    assume(proved.complete and not proved.continuum)
    F = compile_model(RateModel.single(function)).F
    x = p["I_ext"] + reach * (np.linspace(-1, 1, 1000) + offset / 500)
    back = p["w"] * F(x, **{q.name: p[q.name] for q in function.parameters}) + p["I_ext"]
    certain = np.abs(x - back) > 2.0**-40 * (np.abs(x) + np.abs(back) + abs(p["I_ext"]))
    x, signs = x[certain], np.sign(x - back)[certain]
    simple = [point for point in proved.points if point.stability != "nonsmooth"]
    assume(len(simple) == len(proved.points))
    if len(x) < 2:
        return
    ends = np.array([point.x for point in simple]).reshape(-1, 2)
    gaps = np.searchsorted(x, ends)
    assert (gaps[:, 0] == gaps[:, 1]).all()
    multiplicity = np.array([point.multiplicity for point in simple], dtype=int)
    inside = np.bincount(gaps[:, 0], weights=multiplicity, minlength=len(x) + 1)[1:-1]
    np.testing.assert_array_equal(inside % 2 == 1, signs[1:] != signs[:-1])
