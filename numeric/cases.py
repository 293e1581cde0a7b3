"""What is special about a list of fixed points, and the words that their stability is said in."""

from enum import StrEnum


class Case(StrEnum):
    """What is special about a list of fixed points; the value is the sentence."""

    REGULAR = "every fixed point is simple"
    DOUBLE = "two fixed points have met (fold)"
    TRIPLE = "three fixed points have met (cusp)"
    KINK = "a fixed point lies at the kink of F: its eigenvalue differs on the two sides"
    CONTINUUM = "a half-line of fixed points: every rate from 0 on"
    NONE = "no fixed point: the rate grows without bound"
    BEYOND = "a fixed point lies beyond the largest double"
    OUTSIDE = "not decided: a number lies outside the range in which the search is valid (magnitudes up to 1e90)"
    UNDECIDED = "not decided: the list may lack fixed points"


# Arrays hold positions in these.
STABILITIES = ("", "stable", "unstable", "half-stable", "stable-nonhyperbolic", "nonsmooth", "undecided")
CASES = tuple(Case)
