"""The report's content: chapters, numbers and the summary, independent of any format."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from nullcline.numeric import fixed_points
from nullcline.numeric.cases import CASES, Case
from nullcline.reports import Report, figures
from nullcline.reports.illustrations import illustrations
from nullcline.reports.prose import spans
from nullcline.symbolic import ParameterError, Population, RateModel, transfer


def test_every_step_stands_in_one_chapter(bistable: Report):
    keys = [entry.step.key for entry in bistable.entries]
    assert sorted(keys) == sorted(bistable.derivation)
    assert [chapter.title for chapter in bistable.chapters] == [
        "The model",
        "The transfer function",
        "Without recurrence",
        "Fixed points",
        "Stability",
        "Where the rate is confined",
        "Bifurcations",
        "The Euler scheme",
        "At the given parameters",
        "How it was checked",
    ]


def test_entries_figures_and_tables_are_numbered_in_order(bistable: Report):
    for chapter in bistable.chapters:
        assert [entry.number for entry in chapter.entries] == [
            f"{chapter.number}.{i}" for i in range(1, len(chapter.entries) + 1)
        ]
    assert [p.number for chapter in bistable.chapters for p in chapter.illustrations] == [1, 2, 3, 4, 5]
    assert [t.number for chapter in bistable.chapters for t in chapter.tables] == [1, 2, 3]


def test_the_summary_has_five_lines_and_the_tutorials_numbers(bistable: Report):
    assert bistable.ok
    assert bistable.summary().splitlines() == [
        "  model         One population with a sigmoid transfer function",
        "  parameters    tau=1 ms, a=1.2, theta=2.8, w=5, I_ext=0.5",
        "  fixed points  3: 0.04154 (stable), 0.4471 (unstable), 0.8997 (stable)",
        "  eigenvalues   -0.5832, 0.4978, -0.6264 (1/ms)",
        f"  checks        {len(bistable.derivation)} steps: {len(bistable.derivation)} proved, "
        "0 verified numerically, 0 refuted",
    ]


def test_the_table_holds_what_the_function_returns(bistable: Report):
    found = fixed_points(RateModel.single(), w=5, I_ext=0.5)
    (table,) = next(chapter for chapter in bistable.chapters if chapter.key == "results").tables
    assert [row.data["r"] for row in table.rows] == [repr(r) for r in found.r.tolist()]
    assert [row.cells[1:4] for row in table.rows] == [
        ("0.041537", "0.707683", "−0.583210"),
        ("0.447119", "2.735596", "0.497762"),
        ("0.899717", "4.998586", "−0.626423"),
    ]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"w": 0.9, "I_ext": 2.9}, "there is no fixed point."),
        ({"a": 1.0, "w": 1.0, "I_ext": 2.8}, "there is a continuum of fixed points."),
        ({"w": -2.0, "I_ext": 4.0}, "there is one fixed point: r* = 0.4235 (stable)."),
    ],
)
def test_the_abstract_counts_the_fixed_points(parameters: dict[str, float], said: str):
    report = Report.of(RateModel.single(transfer.relu), **parameters)
    assert report.abstract[0].endswith(said)
    assert len(report.summary().splitlines()) == 5


def test_an_array_of_parameters_is_refused():
    with pytest.raises(ParameterError) as refusal:
        Report.of(RateModel.single(), w=[1.0, 2.0])
    assert str(refusal.value) == "w must be one number in a report, got an array"


@pytest.mark.parametrize("model", [RateModel.single(), RateModel.wilson_cowan()], ids=lambda m: m.name)
def test_splitting_a_sentence_loses_nothing(model: RateModel):
    for step in model.derive().values():
        for text in (step.title, step.statement, step.because, *(check.name for check in step.checks)):
            assert "".join(span.text for span in spans(text)) == text


@pytest.mark.parametrize(
    ("sentence", "maths"),
    [
        ("A rate r* that does not change.", ["r*"]),
        ("the recurrent w r plus the external I_ext.", ["w r", "I_ext"]),
        ("It falls to 1/e (at the cusp, though λ = 0 there).", ["1/e", "λ = 0"]),
        ("With a = 1 the gain a does nothing; I agree.", ["a = 1"]),
        ("Wilson and Cowan (1972), the E-nullcline, e.g. SymPy's", []),
        ("The limit is [r²/2 − r F(I_ext)]/τ, and I_ext_E enters.", ["[r²/2 − r F(I_ext)]/τ", "I_ext_E"]),
        ("Set dr_E/dt = 0; ±i√D and e^(−kh) remain.", ["dr_E/dt = 0", "±i√D", "e^(−kh)"]),
    ],
)
def test_mathematics_is_found_in_sentences(sentence: str, maths: list[str]):
    assert [span.text for span in spans(sentence) if span.is_maths] == maths


def captions(model: RateModel, **parameters: float) -> dict[str, str]:
    """The caption and the description of every figure, in one text each."""
    found = fixed_points(model, **parameters)
    drawn = illustrations(model, dict(found.parameters), found)
    return {key: f"{each.caption} {each.description}" for key, each in drawn.items()}


UNDECIDED = {"a_E": 2, "theta_E": 0, "w_EE": 2, "w_EI": 0, "w_IE": 0, "w_II": 0}


def test_an_unfinished_search_is_never_told_as_no_fixed_point():
    made = Report.of(RateModel.wilson_cowan(), **UNDECIDED)
    assert not made.fixed_points.complete
    said = "no fixed point was found, and the search could not be completed"
    assert f"as in Table 1, {said}." in made.abstract[0]
    assert "none found, the search could not be completed" in made.summary()
    caption = captions(RateModel.wilson_cowan(), **UNDECIDED)["phase_plane"]
    assert caption.count("none was found, and the search could not be completed") == 2
    assert "there are none" not in caption


def test_an_unfinished_search_that_found_some_says_at_least(bistable: Report):
    from nullcline.reports.report import _counted, _there_are

    found = replace(bistable.fixed_points, case_codes=np.int8(CASES.index(Case.UNDECIDED)))
    assert _there_are(found).startswith("at least three fixed points were found: r* = 0.04154 (stable)")
    assert _there_are(found).endswith("The search could not be completed.")
    assert _counted(found) == "at least 3"


def test_a_continuum_is_told_as_one():
    told = captions(RateModel.single(transfer.relu), a=1, w=1, I_ext=2.8)
    assert "here they fill the thick line, every rate from 0 on." in told["rate_of_change"]
    assert "with a continuum of fixed points, every rate from 0 on." in told["trajectories"]
    assert not any("there are none" in text or "points none" in text for text in told.values())


def test_no_fixed_point_is_told_in_a_whole_sentence():
    told = captions(RateModel.single(transfer.relu), w=0.9, I_ext=2.9)
    assert told["rate_of_change"].endswith("Line graph of dr/dt against r without a fixed point.")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"w": 5, "I_ext": 0.5}, "from the unstable fixed point itself, where it stays (dashed)."),
        ({"a": 1e4, "w": 5, "I_ext": 0.5}, "which the rate leaves as a rounding error grows (dashed)."),
        ({"w": -1e6, "I_ext": 4}, "The time step of 0.001 ms is not below the stability limit of the Euler scheme, "),
    ],
)
def test_the_caption_tells_of_the_run_that_was_drawn(parameters: dict[str, float], said: str):
    told = captions(RateModel.single(), **parameters)["trajectories"]
    assert said in told
    assert ("stability limit" in told) == ("stability limit" in said)


def test_each_population_is_described_as_it_is():
    populations = (Population.named("E"), Population.named("I", transfer.relu))
    told = captions(RateModel.network(populations, ((1.0, 2.0), (3.0, 0.5))))
    assert told["transfer"].endswith(
        "for population E rising from its lower limit towards its upper limit; "
        "for population I zero up to a threshold, then rising without bound."
    )
    assert told["transfer_derivative"].endswith(
        "for population E it rises to a single maximum and falls again; "
        "for population I it jumps from zero to a constant."
    )


def test_parameters_are_printed_with_every_digit():
    made = Report.of(RateModel.single(transfer.relu), w=1.0000001)
    assert "w=1.0000001," in made.summary()
    assert made.abstract[0].startswith("With w = 1.0000001 and")


def test_thresholds_far_out_and_time_constants_far_apart_are_drawn():
    assert Report.of(RateModel.single(), theta=5e6, w=1).ok
    figures.plot_transfer(RateModel.single(), theta=5e6, a=1e-6, ax=Figure().add_subplot())
    figures.plot_phase_plane(RateModel.wilson_cowan(), tau_I=1e4, ax=Figure().add_subplot())
