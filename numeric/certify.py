"""Every fixed point of one population, each with a proof, or a statement of what is undecided.

With x = w r + I the fixed points are the zeros of h(x) = x - I - w F(x). Boxes that cover the line are cut until ball
arithmetic settles each: h has no zero there, or h is monotone, or convex or concave with a known sign at its extremum
(reference: theory, section 6.1). Parameters are exact rationals, and what finite precision cannot tell apart, an exact
multiple root from two or three near ones, is decided by an exact argument or called undecided.
"""

from collections.abc import Sequence
from fractions import Fraction

from ..symbolic.transfer import TransferFunction
from . import balls
from .cases import Case
from .certificate import Certificate, CertifiedPoint, Enclosure, certificate_of
from .certified_boxes import roots_in
from .certified_bracket import bracket
from .certified_directly import at_or_below_threshold, certified_directly
from .certified_pieces import certified_in_pieces
from .exact_population import ExactPopulation, exact_population
from .residual import RUNGS, side_of_threshold

__all__ = ["Certificate", "CertifiedPoint", "Enclosure", "certified_fixed_points"]


def certified_fixed_points(
    transfer: TransferFunction, shape: Sequence[Fraction], w: Fraction, I: Fraction, tau: Fraction
) -> Certificate:
    """Return every fixed point of tau r' = -r + F(w r + I), with proof, or what of it is undecided.

    `shape` are the transfer function's parameters in their order. All parameters are taken as the exact rationals
    they are; rates are dimensionless, eigenvalues in 1/ms where tau is in ms. The transfer function may be any
    elementary one that is smooth above its threshold, or between the places where its cases change; it need not be
    monotone or bounded.

    Raises MissingExtra without python-flint, ParameterError for a parameter out of bounds, and NullclineError for a
    wrong number of parameters and for a function that has no ball arithmetic.

    >>> from nullcline.symbolic import transfer
    >>> five, half = Fraction(5), Fraction(1, 2)
    >>> found = certified_fixed_points(transfer.sigmoid, [Fraction("1.2"), Fraction("2.8")], five, half, Fraction(1))
    >>> found.count, found.complete, [point.stability for point in found.points]
    (3, True, ['stable', 'unstable', 'stable'])
    >>> found.points[0].r
    (0.04153669901331764, 0.04153669901331765)
    """
    balls.flint()
    population = exact_population(transfer, shape, w, I, tau)
    if not transfer.has_closed_forms:
        return certified_in_pieces(population, transfer.inputs)
    direct = certified_directly(population)
    if direct is not None:
        return direct
    if side_of_threshold(population) is None:
        return Certificate((), False, None, None, None, str(Case.UNDECIDED), 0, RUNGS[-1])
    return _searched(population)


def _searched(population: ExactPopulation) -> Certificate:
    p = population
    box, interval = bracket(p)
    found = roots_in(p, [] if box is None else [box])
    points = [*at_or_below_threshold(p), *(point for _, point in found.points)]
    return certificate_of(points, boxes=found.boxes, precision=found.bits, interval=interval)
