"""Ensembles: axes and values of many runs at once, what is kept of them, and what is refused before it begins."""

import pickle

import numpy as np
import pytest
import rounding
import routes
import tutorial
from nullcline.numeric import OU, compile_model, fixed_points, simulate
from nullcline.symbolic import ParameterError, RateModel
from nullcline.symbolic.schemes import SCHEMES

SINGLE = RateModel.single()
PAIR = RateModel.wilson_cowan()
METHODS = (*SCHEMES, "adaptive")


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("method", METHODS)
def test_an_ensemble_equals_a_loop_over_its_members(method, route):
    grid = {
        "tau": np.array([0.5, 1.0, 3.0])[:, None, None],
        "w": np.array([-1.0, 1.5])[:, None],
        "r_init": np.array([-0.5, 0.2, 0.7, 1.0]),
    }
    given = {"T": 4.0, "method": method, "I_ext": 1.0}
    with routes.by(route):
        together = simulate(SINGLE, **grid, **given)
        assert together.r.shape == (3, 2, 4, 40)
        members = {name: np.broadcast_to(values, (3, 2, 4)) for name, values in grid.items()}
        for at in np.ndindex(3, 2, 4):
            own = {name: float(values[at]) for name, values in members.items()}
            alone = simulate(SINGLE, **own, **given)
            p = tutorial.PARAMETERS | {"I_ext": 1.0, "w": own["w"]}
            bound = 2 * rounding.where_it_contracts(p, 0.1 / own["tau"])
            if method == "adaptive":
                # Each member is solved alone.
                bound = 0.0
            assert np.abs(together.r[at] - alone.r).max() <= bound


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("method", SCHEMES)
def test_a_member_does_not_depend_on_the_others(method, route):
    starts, weights = np.linspace(-0.5, 1, 777), np.linspace(-1, 1, 777)
    with routes.by(route):
        for given in ({"r_init": starts}, {"r_init": starts, "w": weights}):
            whole = simulate(SINGLE, T=2.0, method=method, **given)
            for n in (1, 2, 3, 5, 8, 13, 255, 256, 257, 511, 512, 513):
                some = simulate(SINGLE, T=2.0, method=method, **{name: v[:n] for name, v in given.items()})
                np.testing.assert_array_equal(some.r, whole.r[:n])
            np.testing.assert_array_equal(simulate(SINGLE, T=2.0, method=method, workers=3, **given).r, whole.r)


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("method", METHODS)
def test_both_ways_to_step_agree_to_rounding(method, route):
    """One member alone, an ensemble of it, and the same by the other route."""
    given = {"w": -1.5, "I_ext": 1.0, "T": 250.0, "method": method}
    if method == "adaptive":
        given["T"] = 5.0
    p = tutorial.PARAMETERS | {"w": -1.5, "I_ext": 1.0}
    alone = simulate(SINGLE, **given)
    with routes.by(route):
        # 2500 steps: alone, the run is compiled where numba is.
        assert np.abs(simulate(SINGLE, **given).r - alone.r).max() <= 2 * rounding.where_it_contracts(p, 0.1)
        together = simulate(SINGLE, r_init=[0.2, 0.9], **given)
        assert np.abs(together.r[0] - alone.r).max() <= 2 * rounding.where_it_contracts(p, 0.1)


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("method", ["euler", "rk4", "adaptive"])
def test_several_populations_have_their_axis_last(method, route):
    starts = np.random.default_rng(3).uniform(0, 1, (4, 2))
    with routes.by(route):
        run = simulate(PAIR, r_init=starts, w_EE=np.array([[2.0], [9.0]]), T=2.0, method=method)
        assert run.r.shape == (2, 4, 20, 2)
        assert run.mean.shape == (2, 4, 2)
        for i, j in np.ndindex(2, 4):
            alone = simulate(PAIR, r_init=starts[j], w_EE=(2.0, 9.0)[i], T=2.0, method=method)
            # 20 steps' rounding, grown by at most e^(3 t) (test_simulation_input).
            assert np.abs(run.r[i, j] - alone.r).max() <= 1e-11


def test_the_ways_to_start_several_populations():
    number = simulate(PAIR, r_init=0.25, T=1.0)
    for same in ([0.25, 0.25], np.array([0.25, 0.25]), {"E": 0.25, "I": 0.25}, {"I": 0.25, "E": 0.25}):
        np.testing.assert_array_equal(simulate(PAIR, r_init=same, T=1.0).r, number.r)
    mapped = simulate(PAIR, r_init={"E": np.linspace(0, 1, 3), "I": 0.1}, T=1.0)
    listed = simulate(PAIR, r_init=[[0.0, 0.1], [0.5, 0.1], [1.0, 0.1]], T=1.0)
    np.testing.assert_array_equal(mapped.r, listed.r)
    np.testing.assert_array_equal(mapped.r[:, 0], [[0.0, 0.1], [0.5, 0.1], [1.0, 0.1]])


# What is kept --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("model", [SINGLE, PAIR], ids=lambda m: m.name)
@pytest.mark.parametrize("method", ["euler", "rk4", "adaptive"])
@pytest.mark.parametrize("members", [1, 3])
def test_what_is_kept_changes_nothing_of_it(members, method, model, route):
    start = 0.2 if members == 1 else np.full((3, 2) if model is PAIR else 3, [0.2])
    time = -1 if model is SINGLE else -2
    given = {"r_init": start, "T": 10.1, "method": method}
    with routes.by(route):
        everything = simulate(model, **given)
        assert everything.t.size == 101
        keeping = {1: slice(None), 7: slice(None, None, 7), 1000: slice(0, 1), "last": slice(100, 101)}
        for store, kept in keeping.items():
            run = simulate(model, store=store, **given)
            np.testing.assert_array_equal(run.t, everything.t[kept])
            expected = np.take(everything.r, np.arange(101)[kept], axis=time)
            # Of a single member that is not all kept, another loop takes the steps.
            assert np.abs(run.r - expected).max() <= (0.0 if members > 1 or method == "adaptive" else 1e-11)
            # Kept or not, the mean is over all samples; summed in another order, right to as many U.
            assert np.abs(run.mean - everything.r.mean(axis=time)).max() <= 101 * rounding.U + 1e-11


def test_the_exact_method_keeps_what_is_asked_for():
    everything = simulate(SINGLE, method="exact", I_ext=2.0)
    for store, kept in ((9, slice(None, None, 9)), ("last", slice(-1, None))):
        run = simulate(SINGLE, method="exact", I_ext=2.0, store=store)
        np.testing.assert_array_equal(run.r, everything.r[kept])
        assert run.mean == everything.mean


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"store": 0}, "store must be at least 1, got 0"),
        ({"store": "lst"}, "unknown store 'lst'; did you mean 'last'? (known: all, last)"),
        (
            {"store": 2.0},
            "store must be 'all', 'last' or a whole number of steps between samples, got 2.0 (float)",
        ),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"workers": True}, "workers must be a whole number, got True (bool)"),
    ],
    ids=str,
)
def test_what_cannot_be_kept_or_shared_out_is_refused(given, line):
    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, **given)
    assert str(refusal.value) == line


def test_a_step_between_samples_may_be_of_any_size():
    for store in (200, 1000, 10**30):
        run = simulate(SINGLE, store=store)
        # That leaves nothing of the run, which may not be what was meant.
        assert run.audit.notes[0] == f"store={store} keeps the first of 200 samples and no other."
    for given in ({"store": 199}, {"store": 5, "T": 0.1}, {"store": "last"}):
        assert not any("keeps" in note for note in simulate(SINGLE, **given).audit.notes)
    assert run.t.tolist() == [0.0]
    assert run.r.tolist() == [0.2]


def test_what_does_not_fit_is_refused_before_anything_is_allocated():
    large = np.zeros((10**6, 1)), np.zeros(10**7)
    cases = [
        {"w": large[0], "r_init": large[1]},
        {"w": large[0], "r_init": large[1], "store": "last"},
        {"noise": OU(1, 1), "trials": 10**13},
        {"noise": OU(1, 1), "trials": 10**13, "store": "last"},
        {"T": 1e12},
        {"T": 1e12, "dt": 1e-3, "store": 100},
    ]
    for given in cases:
        with pytest.raises(ParameterError) as refusal:
            simulate(SINGLE, **given)
        line = str(refusal.value)
        assert "GiB" in line
        assert "more than the limit of" in line
        assert "choose a shorter T or a larger dt" in line
        # What would help is said only where it would.
        assert ("store=" in line) == (given.get("store") != "last" and "T" not in given)


def test_more_steps_than_can_be_taken_are_refused():
    for T in (1e16, 1e30, 1e290):
        with pytest.raises(ParameterError) as refusal:
            simulate(SINGLE, T=T, dt=0.1, store="last")
        assert "steps" in str(refusal.value)
        assert str(refusal.value).endswith("choose a shorter T or a larger dt")


# What a run is as a value --------------------------------------------------------------------------------------------


RUNS = {
    "one": {},
    "ensemble": {"r_init": [0.1, 0.2], "w": 5.0},
    "samples": {"I_ext": np.ones(200)},
    "noise": {"noise": OU(0.7, 1.0), "seed": 3, "trials": 2, "store": 5},
    "adaptive": {"method": "adaptive", "T": 2.0},
    "exact": {"method": "exact"},
}


@pytest.mark.parametrize("given", RUNS.values(), ids=RUNS)
def test_a_run_is_a_value_that_cannot_be_changed_and_can_be_pickled(given):
    run = simulate(SINGLE, **given)
    copy = pickle.loads(pickle.dumps(run))  # noqa: S301
    for one in (run, copy):
        arrays = [one.t, one.r, one.mean, *(v for v in one.parameters.values() if isinstance(v, np.ndarray))]
        for array in (a for a in arrays if np.ndim(a)):
            with pytest.raises(ValueError, match="read-only"):
                array[..., 0] = 1.0
        with pytest.raises(AttributeError):
            one.r = 1.0
        with pytest.raises(TypeError):
            one.parameters["w"] = 1.0
    np.testing.assert_array_equal(copy.r, run.r)
    np.testing.assert_array_equal(copy.mean, run.mean)
    assert copy.model == run.model
    assert copy.seed == run.seed
    assert copy.audit.notes == run.audit.notes
    assert repr(copy) == repr(run)
    if run.method == "adaptive":
        assert copy.at(0.77) == run.at(0.77)


def test_what_the_user_gave_stays_his_own():
    starts, samples = np.array([0.1, 0.2]), np.ones(200)
    run = simulate(SINGLE, r_init=starts, I_ext=samples)
    starts[0] = samples[0] = 9.0
    assert run.r[0, 0] == 0.1
    assert run.parameters["I_ext"][0] == 1.0


def test_models_and_what_is_known_of_them_travel_to_other_processes():
    for model in (SINGLE, PAIR):
        assert pickle.loads(pickle.dumps(model)) == model  # noqa: S301
        points = fixed_points(model)
        copy = pickle.loads(pickle.dumps(points))  # noqa: S301
        np.testing.assert_array_equal(copy.r, points.r)
        # Functions do not travel: a compiled model does as its model, and is compiled where it arrives.
        assert pickle.loads(pickle.dumps(compile_model(model))) is compile_model(model)  # noqa: S301
