"""The explorer's presets: the tutorial's four demonstrations, each with what to predict and what answers it.

In the texts `$w$` is a symbol of the model and `{slope}` a number that the page computes.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from ...symbolic.model import RateModel
from ...symbolic.transfer import sigmoid

__all__ = ["Preset", "Question", "presets"]

Range = tuple[float, float, float]
V = TypeVar("V")


@dataclass(frozen=True)
class Question:
    """What to predict, and the answer.

    `key` names the function in evidence.js that computes it. `options` are answers to choose from, by the value that
    is compared; none means that a number is asked for. `because` are pairs of a step's key and words for it.
    """

    key: str
    asked: str
    options: tuple[tuple[str, str], ...]
    answer: str
    because: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Preset:
    """A demonstration: the values it sets, the slider ranges it needs, the panels and controls it is about."""

    id: str
    title: str
    told: str
    values: MappingProxyType[str, float]
    ranges: MappingProxyType[str, Range]
    panels: tuple[str, ...]
    controls: tuple[str, ...]
    questions: tuple[Question, ...]


def presets(model: RateModel) -> tuple[Preset, ...]:
    """Return the presets for a model: all four for the tutorial's F, else those that hold of any F that rises.

    What a model's bounds do not allow is left out.
    """
    transfer = model.populations[0].transfer
    offered: tuple[Preset, ...]
    if transfer == sigmoid:
        offered = (_FI_CURVE, _DYNAMICS, _FIXED_POINTS, _INITIAL_VALUE)
    elif transfer.has_closed_forms:
        # Below a threshold inhibition changes nothing, so its question is for an F that rises everywhere.
        asked: tuple[Question, ...] = () if transfer.threshold is not None else (_INHIBITORY,)
        alone = replace(_DYNAMICS, values=_set(w=0.0), ranges=_set(), questions=(_PACE,))
        offered = (alone, replace(_FIXED_POINTS, values=_set(), questions=asked))
    else:
        offered = ()
    return tuple(preset for preset in offered if preset.questions and _is_allowed(preset, model))


def _is_allowed(preset: Preset, model: RateModel) -> bool:
    return all(name not in model.parameters or model.parameters[name].allows(v) for name, v in preset.values.items())


def _set(**given: V) -> MappingProxyType[str, V]:
    return MappingProxyType(given)


def _tutorial(**given: float) -> MappingProxyType[str, float]:
    """The tutorial's values, with what a demonstration changes."""
    return _set(**{"tau": 1.0, "a": 1.2, "theta": 2.8, "w": 0.0, "I_ext": 0.0, "r_init": 0.2, **given})


_SLOPE = Question(
    "slope",
    "Which parameter sets how steep the curve is at its steepest, and which one moves that place along the input axis?",
    (
        ("a", "$a$ sets the slope, $theta$ the place"),
        ("theta", "$theta$ sets the slope, $a$ the place"),
        ("both", "each changes both"),
    ),
    "At a = {a} and θ = {theta} the slope is largest, {slope}, at x = {x}. With twice the gain, {double}, it becomes "
    "{steeper} at x = {steeperX}; with the threshold at {moved} it is {shiftedSlope} at x = {shiftedX}. The largest "
    "slope is {share} times the gain, whatever the threshold. (Both also set where the curve ends, for F(0) = 0 is "
    "kept.)",
    (("transfer_derivative", "the slope of F"),),
)
_CEILING = Question(
    "ceiling",
    "You want a larger response than any input gives now. What do you change?",
    (
        ("input", "$I_ext$, for a stronger input"),
        ("tau", "$tau$, to give it more time"),
        ("shape", "$a$ or $theta$, the shape of F"),
    ),
    "The input {I} gives {now}, and {strong} gives {there}: a stronger input only comes closer to the upper end of F, "
    "which is {high}. The time constant changes how fast, not how far. With the gain at {gain} that end is {withGain}, "
    "with the threshold at {threshold} it is {withThreshold}; it never reaches 1.",
    (("transfer_range", "the range of F"),),
)
_FINITE = Question(
    "finite",
    "The input is positive and never stops. Can the rate grow without limit?",
    (
        ("grows", "yes, if the input is strong enough"),
        ("slow", "yes, but this run is too short to show it"),
        ("never", "no, whatever the input and however long"),
    ),
    "F stays between {low} and {high}. The rate is always pulled towards F, so it can pass neither end: with the input "
    "at {strong} the largest rate of the run is {peak}. The input that is set now leads to {now}; whatever lies above "
    "that decays.",
    (("trapping_region", "where the rate is confined"),),
)
_PACE = Question(
    "pace",
    "Without recurrence, after how many ms has the rate gone 63 % of the way from its start to its final value?",
    (),
    "The exact solution from r = {rInit} to {rest} has gone that far after {measured} ms, at τ = {tau} ms: the time "
    "constant is just this time. The input sets where the rate ends, τ how fast it gets there. After five time "
    "constants {ten} % of the way is left.",
    (("feedforward_solution", "the exact solution without recurrence"),),
)
_COUNT = Question(
    "count",
    "How many fixed points can there be at most, for any $w$ and $I_ext$?",
    (),
    "At the values that are set the page finds {now}. Over a grid of 169 pairs, w from 1 to 7 and I_ext from 0 to 3, "
    "it finds {survey} of them. At w = {w} there is {folds}. While the product of w and the gain, now {gain}, is at "
    "most {limit}, there is one fixed point for every input; above it there can be three, and two exactly where a pair "
    "is born.",
    (
        ("uniqueness", "when the fixed point is unique"),
        ("fold_curve", "where a pair is born"),
        ("critical_points", "why there are no more than three"),
    ),
)
_INHIBITORY = Question(
    "inhibition",
    "Now let the population inhibit itself, w < 0. What happens?",
    (
        ("many", "there are more fixed points"),
        ("none", "no fixed point is left"),
        ("swings", "the rate swings around its fixed point for ever"),
        ("one", "there is one fixed point, reached faster than with no recurrence"),
    ),
    "At w = {against}, with the rest as it is, the page finds {count}: r* = {r} (without recurrence it would be "
    "{positive}), with eigenvalue {eigenvalue} per ms, that is a time constant of {pace} ms instead of {alonePace} ms. "
    "−r + F(w r + I_ext) then falls everywhere, so it crosses zero once; and since r can only move along a line, it "
    "cannot swing.",
    (
        ("uniqueness", "when the fixed point is unique"),
        ("effective_time_constant", "the effective time constant"),
        ("potential", "why there is no oscillation"),
    ),
)
_BOUNDARY = Question(
    "boundary",
    "From which initial rate on does the population end in its high state?",
    (),
    "From {middle} on. Starts below it go to {low}, starts above it to {high}: {starts}. It is the unstable fixed "
    "point, where the eigenvalue is {eigenvalue} per ms; on the phase line the arrows part there, in the potential it "
    "is the hilltop.",
    (("eigenvalue", "the eigenvalue"), ("drdt", "the rate of change")),
)
_POISED = Question(
    "poised",
    "And if it starts exactly at the unstable fixed point?",
    (
        ("down", "it goes down"),
        ("up", "it goes up"),
        ("poised", "it stays, but the smallest push grows"),
    ),
    "At r = {r} nothing changes, for dr/dt = 0. But λ = {eigenvalue} per ms is positive: a deviation grows by the "
    "factor e in {grow} ms, and a push of one millionth has become 0.01 after {time}. With noise it never stays.",
    (("perturbation_solution", "how a small deviation evolves"),),
)

_STRONG = _set(I_ext=(0.0, 10.0, 0.1))

_FI_CURVE = Preset(
    "fi-curve",
    "The F-I curve",
    "How a population answers its input. Move the gain $a$ and the threshold $theta$, and watch F and its slope.",
    _tutorial(a=1.5, theta=3.0),
    _STRONG,
    ("fi", "trajectories"),
    ("a", "theta"),
    (_SLOPE, _CEILING),
)
_DYNAMICS = Preset(
    "dynamics",
    "Input and pace",
    "No recurrence yet. Move the input $I_ext$ and the time constant $tau$: where does the rate go, and how fast?",
    _tutorial(I_ext=5.0, tau=3.0),
    _STRONG,
    ("trajectories", "fi"),
    ("I_ext", "tau"),
    (_PACE, _FINITE),
)
_FIXED_POINTS = Preset(
    "fixed-points",
    "Fixed points",
    "Recurrence feeds the rate back. Move $w$ and $I_ext$, and watch fixed points appear and vanish in pairs.",
    _tutorial(w=4.0, I_ext=1.5),
    _set(),
    ("phase-line", "bifurcation", "fi"),
    ("w", "I_ext"),
    (_COUNT, _INHIBITORY),
)
_INITIAL_VALUE = Preset(
    "initial-value",
    "The initial value",
    "Two states are stable. Which one the rate reaches depends on where it starts: drag $r_init$.",
    _tutorial(w=5.0, I_ext=0.5, r_init=0.5),
    _set(),
    ("trajectories", "phase-line", "potential"),
    ("r_init",),
    (_BOUNDARY, _POISED),
)
