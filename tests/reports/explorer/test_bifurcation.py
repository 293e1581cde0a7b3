"""The explorer's bifurcation diagram in V8: each point is a fixed point, each fold a turn, the picture smooth."""

import json

import numpy as np
import own_formulas
import pytest
import sympy
from javascript_engine import engine_of
from nullcline.numeric import compile_model, critical_points, fixed_points
from nullcline.reports.explorer.functions import fixed_text, numerics_script
from nullcline.symbolic import RateModel, transfer
from nullcline.symbolic.parameter import positive, real
from properties.bounds import TRANSFER, U
from py_mini_racer import MiniRacer

GIVEN = {
    "sigmoid": {"w": 5.0, "I_ext": 0.5},
    "tanh": {"w": 3.0, "I_ext": 0.5},
    "relu": {"w": 1.5, "a": 1.0, "theta": 1.0, "I_ext": 0.5},
    "softplus": {"w": 1.5, "I_ext": 0.5},
    "erf": {"w": 4.0, "I_ext": 0.5},
    "power": {"w": 1.0, "I_ext": 0.2},
    "naka_rushton": {"w": 5.0, "I_ext": 0.1},
}
VIEW = {"from": -4.0, "to": 6.0, "highest": 10.0}


def diagram(model, given, n=400, window=None):
    with engine_of(model) as v8:
        return v8.value("NC.bifurcation(NC.model, p, n, window)", p=given, n=n, window=window or {})


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("w", [None, -3.0, 0.0], ids=["excitation", "inhibition", "none"])
def test_every_point_is_a_fixed_point_for_its_input(name, w):
    function = transfer.catalogue[name]
    model = RateModel.single(function)
    given = GIVEN[name] | ({} if w is None else {"w": w})
    compiled = compile_model(model)
    shape = {p.name: given.get(p.name, p.default) for p in function.parameters}
    made = diagram(model, given)
    assert sum(len(b["r"]) for b in made["branches"]) >= 100
    for branch in made["branches"]:
        x, I, r = (np.array(branch[key]) for key in ("x", "I", "r"))
        F = compiled.F(x, **shape)
        assert np.all(np.abs(r - F) <= 2 * TRANSFER[name][0] * U * np.abs(F))
        assert np.all(np.abs(x - given["w"] * r - I) <= 2 * U * (np.abs(x) + np.abs(given["w"] * r) + np.abs(I)))
        slope = 1 - given["w"] * compiled.dF(x[1:-1], **shape)
        # Next to a turn its sign is that of rounding.
        slope = slope[np.abs(slope) > 1e-9]
        assert branch["stability"] == ("stable" if slope[0] > 0 else "unstable")
        assert np.all(slope[0] * slope > 0)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "erf", "naka_rushton"])
def test_between_the_folds_there_are_two_more_fixed_points(name):
    model, given = RateModel.single(transfer.catalogue[name]), GIVEN[name]
    folds = diagram(model, given)["folds"]
    assert len(folds) == 2
    for fold in folds:
        # 1e-7 beside a fold the pair is about sqrt(1e-7) = 3e-4 apart from it, times a factor of order 1.
        beside = [fixed_points(model, **(given | {"I_ext": fold["I"] + d})) for d in (-1e-7, 1e-7)]
        assert abs(beside[0].count - beside[1].count) == 2
        assert min(abs(r - fold["r"]) for r in max(beside, key=lambda f: f.count).r) < 1e-2


def test_the_branches_join_where_they_turn():
    made = diagram(RateModel.single(), GIVEN["sigmoid"])
    assert [b["stability"] for b in made["branches"]] == ["stable", "unstable", "stable"]
    for before, after, fold in zip(made["branches"], made["branches"][1:], made["folds"], strict=False):
        assert (before["I"][-1], before["r"][-1]) == (after["I"][0], after["r"][0]) == (fold["I"], fold["r"])


def test_a_corner_is_told_and_stability_changes_there():
    made = diagram(RateModel.single(transfer.relu), GIVEN["relu"])
    assert made["folds"] == []
    assert [(c["I"], c["r"]) for c in made["corners"]] == [(1.0, 0.0)]
    assert [b["stability"] for b in made["branches"]] == ["stable", "unstable"]


@pytest.mark.parametrize("name", GIVEN)
def test_the_window_is_covered_and_the_picture_has_no_corner_of_its_own(name):
    window = {"from": -2.0, "to": 4.0}
    made = diagram(RateModel.single(transfer.catalogue[name]), GIVEN[name], 400, window)
    I = np.concatenate([b["I"] for b in made["branches"]])
    r = np.concatenate([b["r"] for b in made["branches"]])
    assert I.min() <= -2.0
    height = r.max() - r.min()
    seen = (I > -2) & (I < 4)
    u, v = I / 6.0, r / height
    du, dv = np.diff(u), np.diff(v)
    # Neighbours are never further apart than a tenth of the picture, and turn by a quarter of a right angle at most.
    both = seen[:-1] & seen[1:]
    assert np.max(np.hypot(du, dv)[both], initial=0) <= 0.11
    moved = np.hypot(du, dv) > 1e-6
    angles = np.unwrap(np.arctan2(dv[moved & both], du[moved & both]))
    if name != "relu":
        assert np.max(np.abs(np.diff(angles)), initial=0) <= np.pi / 8


def test_a_formula_has_the_same_diagram_as_what_is_known_of_it():
    """Each finds the folds to some roundings of x, which the fold's I and r feel in second and first order."""
    given = GIVEN["sigmoid"]
    one = diagram(RateModel.single(transfer.sigmoid), given)
    other = diagram(RateModel.single(own_formulas.CATALOGUE["sigmoid"]), given)
    assert [b["stability"] for b in one["branches"]] == [b["stability"] for b in other["branches"]]
    for a, b in zip(one["folds"], other["folds"], strict=True):
        assert (a["I"], a["r"]) == pytest.approx((b["I"], b["r"]), abs=1e-12)


@pytest.mark.parametrize("name", own_formulas.WRITTEN)
def test_every_formula_has_a_diagram(name):
    """F at the input of each point is its rate, to 64 roundings of F and of x; w r + I is x to the rounding of both."""
    model = RateModel.single(own_formulas.written(name))
    compiled = compile_model(model)
    for w in (2.0, -2.0, 0.0):
        made = diagram(model, {"w": w, "I_ext": 0.5}, 200)
        assert made["branches"]
        for branch in made["branches"]:
            x, r, I = (np.array(branch[key]) for key in ("x", "r", "I"))
            assert np.all(np.isfinite(r))
            assert np.all(np.abs(w * r + I - x) <= 2 * U * (np.abs(x) + np.abs(w * r) + np.abs(I)))
            slope = np.abs(np.nan_to_num(compiled.dF(x)))
            assert np.all(np.abs(r - compiled.F(x)) <= 64 * U * (np.abs(r) + slope * (np.abs(x) + 2.8)))


def distant_bump():
    """A bump of height 1 at 30 and nearly nothing anywhere else."""
    centre, width = real("theta", 30.0, "centre", sample=(0.0, 40.0)), positive("s", 2.0, "width", sample=(1.0, 4.0))
    formula = sympy.exp(-(((transfer.x - centre.symbol) / width.symbol) ** 2))
    return RateModel.single(transfer.TransferFunction("distant", "given formula", formula, (centre, width)))


def test_the_folds_do_not_depend_on_the_present_input():
    """A bump far from the fixed points of most inputs: its folds are there whatever I_ext is."""
    model, view = distant_bump(), {"from": 0.0, "to": 40.0}
    wanted = critical_points(model, w=5.0)
    assert wanted.complete
    assert wanted.I_ext.size == 2
    made = [diagram(model, {"w": 5.0, "I_ext": I}, 240, view) for I in (-50.0, 0.0, 20.0, 26.0, 1e3)]
    assert all(one == made[0] for one in made)
    assert made[0]["complete"]
    assert [b["stability"] for b in made[0]["branches"]] == ["stable", "unstable", "stable"]
    assert [f["x"] for f in made[0]["folds"]] == pytest.approx(wanted.x, rel=1e-13)
    assert [f["I"] for f in made[0]["folds"]] == pytest.approx(wanted.I_ext, rel=1e-13)


@pytest.mark.parametrize("w", [0.5, 2.0, 6.0, -2.0])
@pytest.mark.parametrize("name", own_formulas.WRITTEN)
def test_the_folds_of_a_formula_are_those_that_are_proved(name, w):
    """Those of the numeric package, by ball arithmetic; of a wave, which has them without end, those in view.

    x is rounded to some units in its last place, magnified by h'' = -w F'': with these parameters at most some thousand
    of them. A fold where F' is unbounded is none: it is the kink that is told as a corner.
    """
    model, given = RateModel.single(own_formulas.written(name)), {"w": w, "a": 1.5, "theta": 0.75}
    # At I_ext in view |x| is at most 6 + 6 * 1.5 on a curve whose rates are.
    proved = critical_points(model, within=(-20.0, 20.0) if name == "wave" else None, **given)
    made = [diagram(model, given | {"I_ext": I}, 240, VIEW) for I in (-3.0, 0.5, 5.0)]
    assert made[0] == made[1] == made[2]
    assert (made[0]["complete"], proved.complete) == (True, True)
    smooth = [(x, I) for x, I, kind in zip(proved.x, proved.I_ext, proved.kind, strict=True) if kind == "smooth"]
    if name == "wave":
        smooth = [(x, I) for x, I in smooth if VIEW["from"] <= I <= VIEW["to"]]
    assert sorted(f["x"] for f in made[0]["folds"]) == pytest.approx(sorted(x for x, _ in smooth), rel=1e-12)


def test_what_the_search_leaves_open_is_said():
    """At the largest slope of F a pair of folds is born: w F' touches 1, which rounding hides."""
    model = RateModel.single(own_formulas.written("arctangent"))
    made = diagram(model, {"w": 0.5, "a": 2.0, "theta": 0.75, "I_ext": 0.5}, 240, VIEW)
    assert not made["complete"]
    apart = diagram(model, {"w": 0.5, "a": 2.0 + 1e-6, "theta": 0.75, "I_ext": 0.5}, 240, VIEW)
    assert (apart["complete"], len(apart["folds"])) == (True, 2)


def said(folds, complete):
    """What the panel says of a diagram with folds at some inputs."""
    parts = [fixed_text(name) for name in ("numbers.js", "panels/bifurcation.js")]
    with MiniRacer() as v8:
        v8.eval("\n".join([numerics_script(RateModel.single()), "NC.panels = [];", *parts]))
        at = json.dumps({"folds": [{"I": I} for I in folds], "complete": complete})
        return v8.eval(f"NC.panels[0].describe({{ bifurcation: {at}, I: 0.5, w: 5, fixed: {{ points: [1] }} }})")


def test_the_panel_says_where_the_folds_are_and_whether_some_may_be_missing():
    start, end = "Bifurcation diagram at w = 5: ", "; at the present input 0.5 1 fixed point."
    assert said([10.0, 9.0, -1.5], True) == f"{start}folds at external input \u22121.5, 9 and 10{end}"
    assert said([], True) == f"{start}no fold{end}"
    assert said([], False) == f"{start}no fold found, and folds may be missing{end}"
    assert said([0.25], False) == f"{start}folds at external input 0.25, and folds may be missing{end}"
