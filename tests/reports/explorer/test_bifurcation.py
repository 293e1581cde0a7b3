"""The explorer's bifurcation diagram in V8: every point is a fixed point, every fold a turn, and the picture is smooth."""

import numpy as np
import own_formulas
import pytest
from javascript_engine import engine_of
from nullcline.numeric import compile_model, fixed_points
from nullcline.symbolic import RateModel, transfer
from properties.bounds import TRANSFER, U

GIVEN = {
    "sigmoid": {"w": 5.0, "I_ext": 0.5},
    "tanh": {"w": 3.0, "I_ext": 0.5},
    "relu": {"w": 1.5, "a": 1.0, "theta": 1.0, "I_ext": 0.5},
    "softplus": {"w": 1.5, "I_ext": 0.5},
    "erf": {"w": 4.0, "I_ext": 0.5},
    "power": {"w": 1.0, "I_ext": 0.2},
    "naka_rushton": {"w": 5.0, "I_ext": 0.1},
}


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
        slope = slope[np.abs(slope) > 1e-9]
        assert branch["stability"] == ("stable" if slope[0] > 0 else "unstable")
        assert np.all(slope[0] * slope > 0)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "erf", "naka_rushton"])
def test_between_the_folds_there_are_two_more_fixed_points(name):
    model, given = RateModel.single(transfer.catalogue[name]), GIVEN[name]
    folds = diagram(model, given)["folds"]
    assert len(folds) == 2
    for fold in folds:
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
    # Two neighbours are never further apart than a tenth of the picture, and turn by less than a quarter of a right angle.
    both = seen[:-1] & seen[1:]
    assert np.max(np.hypot(du, dv)[both], initial=0) <= 0.11
    moved = np.hypot(du, dv) > 1e-6
    angles = np.unwrap(np.arctan2(dv[moved & both], du[moved & both]))
    if name != "relu":
        assert np.max(np.abs(np.diff(angles)), initial=0) <= np.pi / 8


def test_a_formula_has_the_same_diagram_as_what_is_known_of_it():
    given = GIVEN["sigmoid"]
    one = diagram(RateModel.single(transfer.sigmoid), given)
    other = diagram(RateModel.single(own_formulas.CATALOGUE["sigmoid"]), given)
    assert [b["stability"] for b in one["branches"]] == [b["stability"] for b in other["branches"]]
    for a, b in zip(one["folds"], other["folds"], strict=True):
        assert (a["I"], a["r"]) == pytest.approx((b["I"], b["r"]), abs=1e-12)


@pytest.mark.parametrize("name", own_formulas.WRITTEN)
def test_every_formula_has_a_diagram(name):
    model = RateModel.single(own_formulas.written(name))
    compiled = compile_model(model)
    for w in (2.0, -2.0, 0.0):
        made = diagram(model, {"w": w, "I_ext": 0.5}, 200)
        for branch in made["branches"]:
            r, I = np.array(branch["r"]), np.array(branch["I"])
            assert np.all(np.isfinite(r))
            assert r == pytest.approx(compiled.F(w * r + I), rel=1e-9, abs=1e-9) or name == "step"
