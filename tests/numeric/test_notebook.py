"""What results show in a notebook."""

import copy
import re
import subprocess
import sys
from dataclasses import replace

import nullcline.numeric
import numpy as np
import pytest
from nullcline.numeric import (
    OU,
    PropertyResult,
    Verification,
    check_answer,
    critical_points,
    cusp,
    fixed_points,
    fold_curve,
    range_of,
    simulate,
)
from nullcline.symbolic import RateModel, transfer
from shown import HOSTILE, assert_sound_latex, texts_of

MODEL = RateModel.single()
BISTABLE = {"w": 5.0, "I_ext": 0.5}


def shown(value: object) -> dict[str, str]:
    made: dict[str, str] = value._repr_mimebundle_()  # type: ignore[attr-defined]
    assert list(made) == ["text/plain", "text/latex", "text/html"]
    assert made["text/plain"] == repr(value)
    assert_sound_latex(made["text/latex"])
    texts_of(made["text/html"])
    return made


def corners(html: str) -> list[tuple[float, float]]:
    lines = re.findall(r'<polyline points="(.*?)"', html)
    return [tuple(map(float, point.split(","))) for line in lines for point in line.split()]


def test_fixed_points_are_a_table_of_rate_eigenvalue_and_stability():
    found = fixed_points(MODEL, **BISTABLE)
    texts = texts_of(shown(found)["text/html"])
    assert texts[0] == "3 fixed points of single: the list is complete"
    cells = ["0.0415367", "−0.58321", "stable", "0.447119", "0.497762", "unstable", "0.899717", "−0.626423", "stable"]
    assert [text for text in texts if text in cells] == cells


def test_a_list_that_may_lack_points_says_so():
    found = fixed_points(MODEL, **BISTABLE)
    lacking = replace(found, case_codes=None, sentences=np.array("not decided"), settled=np.array(False))
    texts = texts_of(shown(lacking)["text/html"])
    assert texts[:2] == ["3 fixed points of single: the list is NOT known to be complete", "Not decided."]


def test_proofs_show_every_digit():
    pytest.importorskip("flint")
    found = fixed_points(MODEL, certify=True, **BISTABLE)
    low, high = found.enclosure[1].tolist()
    interval = f"[{low!r}, {high!r}]"
    assert interval in texts_of(shown(found)["text/html"])
    assert interval in texts_of(shown(found.certified)["text/html"])
    many = fixed_points(MODEL, certify=True, w=[0.0, 5.0], I_ext=0.5)
    assert texts_of(shown(many.certified)["text/html"])[0] == "4 of 4 fixed points certified"


def test_arrays_of_lists_are_summed_up():
    found = fixed_points(MODEL, w=np.linspace(0, 8, 5)[:, None], I_ext=[0.5, 0.6])
    texts = texts_of(shown(found)["text/html"])
    assert texts[0] == "Fixed points of single for 10 sets of parameters: all are complete"
    tally = {c: int(n) for c, n in zip(*np.unique(found.count, return_counts=True), strict=True)}
    for count, times in tally.items():
        assert any(texts[i : i + 2] == [str(count), str(times)] for i in range(len(texts)))


@pytest.mark.parametrize(
    ("name", "parameters", "line"),
    [
        ("relu", {"a": 1.0, "w": 1.0, "I_ext": 2.8}, "A half-line of fixed points: every rate from 0 on."),
        (
            "relu",
            {"w": 0.5, "I_ext": 2.8},
            "A fixed point lies at the kink of F: its eigenvalue differs on the two sides.",
        ),
        ("relu", {"w": 2.0, "I_ext": 4.0}, "No fixed point: the rate grows without bound."),
    ],
)
def test_a_special_case_is_told(name: str, parameters: dict[str, float], line: str):
    found = fixed_points(RateModel.single(transfer.catalogue[name]), **parameters)
    assert line in texts_of(shown(found)["text/html"])


def test_several_populations_have_a_column_each():
    found = fixed_points(RateModel.wilson_cowan())
    texts = texts_of(shown(found)["text/html"])
    assert {"stable focus", "saddle", "stable node"} <= set(texts)
    assert "−0.623384 + 0.13111i, −0.623384 − 0.13111i" in texts


@pytest.mark.parametrize(
    "run",
    [
        simulate(MODEL, T=3000.0, noise=OU(0.7, 1.0), seed=2020, w=5, I_ext=0.56),
        simulate(MODEL, r_init=np.linspace(0, 1, 21), **BISTABLE),
        simulate(RateModel.wilson_cowan(), T=20.0),
        simulate(MODEL, T=5.0, store="last"),
    ],
    ids=["noise", "ensemble", "two populations", "one sample"],
)
def test_a_simulation_is_drawn_in_the_colour_of_the_text_and_small(run):
    html = shown(run)["text/html"]
    assert len(html) < 25_000
    assert set(re.findall(r'stroke="(.*?)"', html)) <= {"currentColor"}
    for x, y in corners(html):
        assert 0 <= x <= 320
        assert 0 <= y <= 72


def test_the_drawing_keeps_the_ends_and_the_peaks():
    run = simulate(MODEL, T=3000.0, noise=OU(0.7, 1.0), seed=2020, w=5, I_ext=0.56)
    x, y = np.array(corners(shown(run)["text/html"])).T
    assert (x[0], x[-1]) == (4.0, 316.0)
    # The margin is four points, above and below.
    assert (y.min(), y.max()) == (4.0, 68.0)
    expected = 68 - 64 * (run.r[[0, -1]] - run.r.min()) / np.ptp(run.r)
    assert y[[0, -1]].tolist() == pytest.approx(expected.tolist(), abs=0.051)  # written with one decimal


def test_a_simulation_is_not_audited_for_show(monkeypatch):
    run = simulate(MODEL, **BISTABLE)
    monkeypatch.setattr("nullcline.numeric.audit.audit_of", lambda _: pytest.fail("the run was audited"))
    shown(run)


def test_an_audit_is_its_sentences():
    audit = simulate(MODEL, **BISTABLE).audit
    assert set(audit.notes) <= set(texts_of(shown(audit)["text/html"]))


def test_a_verification_shows_what_failed_and_for_which_numbers():
    held = PropertyResult("F", "F is right", 10, 0.5, True)
    failed = PropertyResult("dF", "F' is right", 10, 3.0, False, {"x": 2.0})
    skipped = PropertyResult("inverse", "F^-1 is right", 0, None, True, skipped="no inverse is known")
    texts = texts_of(shown(Verification("single", (held, failed, skipped), 0))["text/html"])
    assert texts[0] == "Verification of single: 1 FAILED"
    assert [text for text in texts if text in ("holds", "FAILED", "skipped")] == ["holds", "FAILED", "skipped"]
    assert "F^-1 is right (no inverse is known)" in texts
    assert texts[-1] == "dF failed for x = 2.0"


def test_turning_points_and_folds_are_the_table_that_is_printed():
    found = critical_points(MODEL, **BISTABLE)
    texts = texts_of(shown(found)["text/html"])
    assert texts[0] == "2 turning points of single: the list is complete"
    for line in repr(found).splitlines()[2:]:
        cells = re.split(r"  +", line.strip().replace("-", "−"))
        assert any(texts[i : i + len(cells)] == cells for i in range(len(texts))), cells


def test_where_was_searched_and_what_is_not_known_is_told():
    found = critical_points(MODEL, within=(-4.0, 2.0), **BISTABLE)
    lacking = replace(found, complete=False, note="not decided near -1")
    texts = texts_of(shown(lacking)["text/html"])
    assert texts[:2] == [
        "1 turning point of single, among inputs from −4 to 2: the list may lack turning points",
        "Not decided near -1.",
    ]


def test_a_fold_curve_is_its_branches_and_its_cusp():
    curve = fold_curve(MODEL)
    texts = texts_of(shown(curve)["text/html"])
    assert texts[0].startswith("Fold curve of single: 401 points on 1 branch, inputs from ")
    assert "1 cusp:" in texts
    for value in (curve.cusp.w, curve.cusp.I_ext, curve.cusp.r):
        assert f"{value:.6g}" in texts
        assert f"{value:.6g}" in texts_of(shown(curve.cusp)["text/html"])


def test_cusps_that_are_not_there_are_no_table():
    found = cusp(MODEL, within=(10.0, 11.0))
    html = shown(found)["text/html"]
    assert texts_of(html)[0] == "No cusp of single, among inputs from 10 to 11: the list is complete"
    assert html.count("<table") == 1


def test_more_rows_than_a_reader_wants_are_counted():
    found = critical_points(MODEL, **BISTABLE)
    names = ("x", "r", "I_ext", "direction", "kind", "status", "enclosure", "I_ext_enclosure")
    many = replace(found, **{each: np.repeat(getattr(found, each), 12, axis=0) for each in names})
    assert "And 4 more." in texts_of(shown(many)["text/html"])
    assert repr(many).endswith("  and 4 more")


def test_the_range_of_F_is_told_with_its_bounds():
    found = range_of(MODEL)
    texts = texts_of(shown(found)["text/html"])
    assert texts[0] == "F of single lies from −0.0335692 to 0.966431, for every input (closed form)"
    low, high = found.high_enclosure
    assert f"[{low!r}, {high!r}]" in texts


HOSTILE_MODEL = replace(MODEL, name=HOSTILE)
# One of each class that is a result.
RESULTS = {
    "FixedPoints": lambda: fixed_points(HOSTILE_MODEL, certify=True, **BISTABLE),
    "Certified": lambda: fixed_points(HOSTILE_MODEL, certify=True, **BISTABLE).certified,
    "Trajectory": lambda: simulate(HOSTILE_MODEL, T=5.0),
    "Audit": lambda: simulate(HOSTILE_MODEL, T=5.0).audit,
    "CriticalPoints": lambda: critical_points(HOSTILE_MODEL, **BISTABLE),
    "Cusps": lambda: cusp(HOSTILE_MODEL),
    "Cusp": lambda: cusp(HOSTILE_MODEL).points[0],
    "FoldCurve": lambda: fold_curve(HOSTILE_MODEL),
    "RateRange": lambda: range_of(HOSTILE_MODEL),
    "Verification": lambda: Verification(
        HOSTILE, (PropertyResult(HOSTILE, HOSTILE, 1, None, False, {HOSTILE: HOSTILE}),), 0
    ),
    "Answer": lambda: check_answer(HOSTILE_MODEL, fixed_points=[0.3], **BISTABLE),
}
# What a result is made of, and what is given to a function.
PARTS = {"Case", "CompiledModel", "EulerMaruyamaOU", "Finding", "NullclineWarning", "OU", "PropertyResult", "Visit"}
# These are numbers and words of our own.
NAMELESS = {"Answer", "Audit", "Certified", "Cusp"}


def test_every_public_result_is_looked_at():
    public = {name for name in nullcline.numeric.__all__ if isinstance(getattr(nullcline.numeric, name), type)}
    assert public - PARTS == set(RESULTS)


@pytest.mark.parametrize("kind", RESULTS)
def test_every_result_shows_itself_and_a_name_does_no_harm(kind: str):
    if kind in ("FixedPoints", "Certified"):
        pytest.importorskip("flint")
    value = RESULTS[kind]()
    assert type(value).__name__ == kind
    text = "".join(texts_of(shown(value)["text/html"]))
    assert ("alert(1)" in text) == (kind not in NAMELESS)


@pytest.mark.parametrize("kind", RESULTS)
def test_a_result_that_has_travelled_shows_the_same(kind: str):
    if kind in ("FixedPoints", "Certified"):
        pytest.importorskip("flint")
    value = RESULTS[kind]()
    assert shown(copy.deepcopy(value)) == shown(value)


def test_showing_loads_no_matplotlib():
    code = """
import sys
from nullcline.numeric import fixed_points, simulate
from nullcline.symbolic import RateModel
for value in (RateModel.single(), fixed_points(RateModel.single()), simulate(RateModel.single())):
    value._repr_mimebundle_()
print("matplotlib" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
