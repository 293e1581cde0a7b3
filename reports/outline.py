"""How a report is arranged: which steps, figures and tables stand in which chapter, and under which number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..numeric import FixedPoints
from ..symbolic.derivation import Derivation, Verification
from ..symbolic.model import RateModel
from .content import Chapter, Entry
from .fold_tables import fold_tables
from .illustrations import illustrations
from .tables import check_table, fixed_point_table, parameter_table

__all__ = ["chapters"]


def chapters(
    model: RateModel,
    values: Mapping[str, float],
    found: FixedPoints,
    derivation: Derivation,
    verification: Verification,
) -> tuple[Chapter, ...]:
    """Return the chapters in order; a step for which no chapter is planned stands under further results."""
    known = {stem for plan in _PLAN for stem in plan.stems}
    stems = {key: _stem(key, known) for key in derivation}
    pictures = illustrations(model, values, found)
    tables = {"parameters": parameter_table(model, values)}
    if len(found.stability):
        tables["fixed_points"] = fixed_point_table(found)
    tables |= fold_tables(model, values)
    written: list[Chapter] = []
    for plan in _PLAN:
        if plan.key == "checks":
            tables["checks"] = check_table(tuple(entry for chapter in written for entry in chapter.entries))
        steps = [step for step in derivation.values() if (stems[step.key] or FURTHER) in plan.stems]
        drawn = [pictures[key] for key in plan.figures if key in pictures]
        made = [tables[key] for key in plan.tables if key in tables]
        if not (steps or drawn or made):
            continue
        number = len(written) + 1
        figures_before = sum(len(chapter.illustrations) for chapter in written)
        tables_before = sum(len(chapter.tables) for chapter in written)
        written.append(
            Chapter(
                plan.key,
                number,
                *_told(plan, model),
                tuple(
                    Entry(f"{number}.{i}", step, verification.verdict(step.key), verification.of(step.key))
                    for i, step in enumerate(steps, start=1)
                ),
                tuple(replace(each, number=figures_before + i) for i, each in enumerate(drawn, start=1)),
                tuple(replace(each, number=tables_before + i) for i, each in enumerate(made, start=1)),
            )
        )
    return tuple(written)


FURTHER = "further"


@dataclass(frozen=True)
class _Plan:
    """A chapter before it is filled: the steps it takes by the stem of their keys, and what goes with them."""

    key: str
    title: str
    introduction: str
    stems: tuple[str, ...]
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


_PLAN = (
    _Plan(
        "model",
        "The model",
        "",
        ("rate_equation", "rate_equations"),
        tables=("parameters",),
    ),
    _Plan(
        "transfer",
        "The transfer function",
        "What a population answers to an input, how steeply the answer rises, and which input belongs to an answer.",
        (
            "transfer",
            "transfer_at_zero",
            "transfer_range",
            "transfer_derivative",
            "transfer_second_derivative",
            "transfer_inverse",
        ),
        figures=("transfer", "transfer_derivative"),
    ),
    _Plan(
        "feedforward",
        "Without recurrence",
        "With w = 0 the population only follows its input, and the rate equation can be solved exactly.",
        ("feedforward_solution",),
        figures=("feedforward",),
    ),
    _Plan(
        "fixed-points",
        "Fixed points",
        "With recurrence the rate feeds back on itself. The first question is where it can rest.",
        ("fixed_point_equation", "fixed_point_equations", "drdt"),
    ),
    _Plan(
        "stability",
        "Stability",
        "The second question is whether it returns there after a small push.",
        (
            "linearisation",
            "eigenvalue",
            "perturbation_solution",
            "effective_time_constant",
            "jacobian",
            "trace",
            "determinant",
            "characteristic_polynomial",
            "eigenvalues",
        ),
    ),
    _Plan(
        "confinement",
        "Where the rate is confined",
        "Whatever happens in between, activity stays within bounds that can be stated in advance.",
        ("trapping_region", "potential"),
    ),
    _Plan("nullclines", "Nullclines", "Each is the curve on which one of the rates does not change.", ("nullcline",)),
    _Plan(
        "bifurcations",
        "Bifurcations",
        "As weight and input vary, fixed points appear and vanish. In terms of the total input x = w r + I_ext they "
        "are the zeros of h(x) = x − I_ext − w F(x); their number can change only where the slope of h vanishes too.",
        ("critical_points", "fold_curve", "cusp", "uniqueness", "fold_condition", "hopf_condition"),
    ),
    _Plan(
        "euler",
        "The Euler scheme",
        "What a simulation computes is not the rate equation but a map. It has theorems of its own.",
        ("euler_map", "euler_feedforward_solution", "euler_error_bound", "euler_stability_limit"),
    ),
    _Plan("further", "Further results", "", (FURTHER,)),
    _Plan(
        "results",
        "At the given parameters",
        "All of the above, with the numbers of Table 1 put in.",
        (),
        figures=("rate_of_change", "trajectories", "phase_plane"),
        tables=("fixed_points", "range", "critical_points", "cusps"),
    ),
    _Plan(
        "checks",
        "How it was checked",
        "Every step is checked by at least two routes that share nothing but the model. A symbolic check forms a "
        "difference that must vanish and reduces it; the step is proved if nothing is left. A numerical check reaches "
        "the same values another way (a difference quotient, an integral, a bisection, a simulation) at random points "
        "of the parameter domain, with 50 digits. A step whose symbolic residual could not be decided is called "
        "verified numerically, never proved; a step on which any route disagrees is refuted.",
        (),
        tables=("checks",),
    ),
)

_FOR_SEVERAL = {
    "transfer": (
        "The transfer functions",
        "What a population answers to its input, how steeply the answer rises, and which input belongs to an answer.",
    ),
    "fixed-points": ("Fixed points", "The first question is where all populations can rest together."),
    "stability": ("Stability", "The second question is whether they return there after a small push."),
    "confinement": (
        "Where the rates are confined",
        "Whatever happens in between, activity stays within bounds that can be stated in advance.",
    ),
    "bifurcations": (
        "Bifurcations",
        "As weights and inputs vary, fixed points meet and vanish, or give way to an oscillation.",
    ),
}


# Where F may rise and fall it has no inverse, and its bounds, if it has any, are found numerically.
_FOR_ANY_FORMULA = {
    "transfer": ("The transfer function", "What a population answers to an input, and how steeply the answer changes."),
    "confinement": (
        "Where the rate is confined",
        "As far as F is bounded, activity stays within bounds that can be stated in advance; without noise it only "
        "moves downhill, and rests at the bottom.",
    ),
}
_FOR_SEVERAL_OF_ANY_FORMULA = {
    "transfer": (
        "The transfer functions",
        "What a population answers to its input, and how steeply the answer changes.",
    ),
}


def _told(plan: _Plan, model: RateModel) -> tuple[str, str]:
    """Return the title and the introduction of a chapter."""
    told = {} if model.is_single else _FOR_SEVERAL
    if not all(p.transfer.has_closed_forms for p in model.populations):
        told = _FOR_ANY_FORMULA if model.is_single else {**_FOR_SEVERAL, **_FOR_SEVERAL_OF_ANY_FORMULA}
    return told.get(plan.key, (plan.title, plan.introduction))


def _stem(key: str, known: set[str]) -> str | None:
    """The step's key without the name of a population: transfer_E belongs where transfer does."""
    stem = key
    while stem not in known:
        if "_" not in stem:
            return None
        stem = stem.rpartition("_")[0]
    return stem
