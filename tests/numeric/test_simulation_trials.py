"""Trials of noise: each has a stream of its own, and its numbers depend on nothing else."""

import math

import numpy as np
import pytest
import routes
from nullcline.numeric import OU, EulerMaruyamaOU, simulate
from nullcline.numeric.noise import generators, streams
from nullcline.symbolic import RateModel, transfer
from nullcline.symbolic.schemes import SCHEMES

SINGLE = RateModel.single()
PAIR = RateModel.wilson_cowan()
NOISE = OU(sigma=0.7, tau=1.0)
GIVEN = {"noise": NOISE, "seed": 2020, "T": 7.0}
MODELS = [*(RateModel.single(f) for f in transfer.catalogue.values()), PAIR]
# So many that vector instructions, their remainders, numba's blocks of 256 and NumPy's have members of their own.
COUNTS = [1, 2, 3, 7, 8, 17, 255, 256, 257, 300]


def name_of(model):
    return model.name if model is PAIR else model.populations[0].transfer.name


@pytest.mark.parametrize("seed", [0, 1, 2020, 2**31, 2**32, 2**64, 2**96 + 5, 2**128 - 1, 2**128, 2**200 + 7])
def test_the_states_made_at_once_are_numpys_own(seed):
    trials = [0, 1, 5, 2**31, 2**32 - 1]
    for some in (trials, [*trials, 2**32, 2**45 + 1]):
        states = streams(seed, some, populations=3)
        assert states.shape == (4, 3, len(some))
        for i, row in enumerate(generators(seed, some, populations=3)):
            for j, generator in enumerate(row):
                np.testing.assert_array_equal(states[:, i, j], generator.state["state"]["state"])


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_a_trial_alone_is_its_row_bit_for_bit_however_many_there_are(model, route):
    with routes.by(route):
        for count in COUNTS:
            together = simulate(model, trials=count, **GIVEN)
            for k in {0, count // 2, count - 1}:
                alone = simulate(model, trial=k, **GIVEN)
                np.testing.assert_array_equal(alone.r, together.r[k])
                np.testing.assert_array_equal(alone.mean, together.mean[k])


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("method", [*SCHEMES, "adaptive"])
def test_a_trial_alone_is_its_row_by_every_method(method, route):
    given = GIVEN | {"method": method, "w": 5.0, "I_ext": 0.56, "T": 3.0}
    with routes.by(route):
        together = simulate(SINGLE, trials=4, **given)
        for k in range(4):
            alone = simulate(SINGLE, trial=k, trials=4, **given)
            assert alone.r.shape == (30,)
            np.testing.assert_array_equal(alone.r, together.r[k])


def test_a_trial_beyond_every_count_can_be_run_alone():
    far = simulate(SINGLE, trial=2**40, **GIVEN)
    with routes.by("NumPy"):
        np.testing.assert_allclose(simulate(SINGLE, trial=2**40, **GIVEN).r, far.r, rtol=1e-12)


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("model", [SINGLE, PAIR], ids=name_of)
def test_neither_threads_nor_pieces_change_a_bit(model, route, monkeypatch):
    given = GIVEN | {"trials": 50, "r_init": [[0.1, 0.2], [0.5, 0.5], [0.9, 0.0]] if model is PAIR else [0.1, 0.5, 0.9]}
    with routes.by(route):
        expected = simulate(model, **given)
        for workers in (2, 3, 7, -1):
            np.testing.assert_array_equal(simulate(model, workers=workers, **given).r, expected.r)
        # Pieces of a few members, segments of a few steps, normal numbers a few at a time.
        for name, size in [("_MEMBERS", 11), ("_NOISY_MEMBERS", 11), ("_AT_A_TIME", 600), ("_DRAWN", 6)]:
            monkeypatch.setattr(f"nullcline.numeric.stepping.{name}", size)
            for workers in (1, 2):
                run = simulate(model, workers=workers, **given)
                np.testing.assert_array_equal(run.r, expected.r)
                np.testing.assert_array_equal(run.mean, expected.mean)


@pytest.mark.parametrize("route", routes.ROUTES)
def test_the_members_of_one_trial_share_its_noise(route):
    starts, weights = np.array([0.1, 0.5, 0.9]), np.array([[0.0], [5.0]])
    with routes.by(route):
        run = simulate(SINGLE, r_init=starts, w=weights, trials=4, **GIVEN)
        assert run.r.shape == (2, 3, 4, 70)
        for k in range(4):
            one = simulate(SINGLE, r_init=starts, w=weights, trial=k, **GIVEN)
            assert one.r.shape == (2, 3, 70)
            np.testing.assert_array_equal(run.r[:, :, k], one.r)
        for i, j in np.ndindex(2, 3):
            alone = simulate(SINGLE, r_init=starts[j], w=weights[i, 0], trials=4, **GIVEN)
            # Members with parameters of their own are stepped by another loop; its lines are the same.
            np.testing.assert_array_equal(run.r[i, j], alone.r)


@pytest.mark.parametrize("route", routes.ROUTES)
def test_what_is_kept_changes_nothing_of_it(route):
    given = GIVEN | {"T": 30.3}
    keeping = {"all": slice(None), 1: slice(None), 7: slice(None, None, 7), "last": slice(-1, None)}
    with routes.by(route):
        everything = simulate(SINGLE, trials=5, **given)
        # Kept or not, the mean is over all 303 samples, added in their order: the same to the last bit, and next to
        # the sum of no rounding. That one keeps more is of no account, nor that one trial is run alone.
        sums = [math.fsum(row) for row in everything.r.tolist()]
        assert np.abs(everything.mean - np.array(sums) / 303).max() <= 303 * 2.0**-53
        for store, kept in keeping.items():
            run = simulate(SINGLE, trials=5, store=store, **given)
            np.testing.assert_array_equal(run.r, everything.r[:, kept])
            np.testing.assert_array_equal(run.t, everything.t[kept])
            np.testing.assert_array_equal(run.mean, everything.mean)
            for alone_as in ({"trial": 3}, {"trial": 3, "trials": 5}):
                alone = simulate(SINGLE, store=store, **alone_as, **given)
                np.testing.assert_array_equal(alone.mean, everything.mean[3])


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("method", ["heun", "adaptive"])
def test_a_mean_is_the_same_whatever_is_kept_for_several_populations_too(method, route):
    given = GIVEN | {"method": method, "T": 3.1, "r_init": [0.2, 0.3]}
    with routes.by(route):
        everything = simulate(PAIR, trials=3, **given)
        for store in (4, "last"):
            np.testing.assert_array_equal(simulate(PAIR, trials=3, store=store, **given).mean, everything.mean)


def test_the_recorded_seed_reruns_the_run():
    first, second = (simulate(SINGLE, noise=NOISE, trials=3, store=10) for _ in range(2))
    assert first.seed != second.seed
    assert (first.r[..., -1] != second.r[..., -1]).all()
    again = simulate(SINGLE, noise=NOISE, trials=3, store=10, seed=first.seed)
    np.testing.assert_array_equal(again.r, first.r)
    assert again.seed == first.seed
    # Worked out when it is asked for, the mean is that of the same noise.
    np.testing.assert_array_equal(again.mean, first.mean)
    assert f"seed={first.seed}" in repr(first)


def test_a_drawn_seed_can_be_read_copied_and_kept_in_a_double():
    seeds = {simulate(SINGLE, noise=NOISE, T=0.1).seed for _ in range(50)}
    assert len(seeds) == 50
    assert all(int(float(seed)) == seed < 2**53 for seed in seeds)


def test_every_whole_number_is_a_seed():
    runs = [simulate(SINGLE, **(GIVEN | {"seed": seed})) for seed in (0, 1, 2**32, 2**128, np.int64(3))]
    assert [run.seed for run in runs] == [0, 1, 2**32, 2**128, 3]
    ends = [run.r[-1] for run in runs]
    assert len(set(ends)) == len(ends)


def test_a_seed_without_noise_changes_nothing():
    run = simulate(SINGLE, seed=3)
    assert run.seed is None
    np.testing.assert_array_equal(run.r, simulate(SINGLE).r)


def test_the_two_processes_start_alike_and_go_their_own_ways():
    exact = simulate(SINGLE, **GIVEN)
    tutorials = simulate(SINGLE, **(GIVEN | {"noise": EulerMaruyamaOU(sigma=0.7, tau=1.0)}))
    np.testing.assert_array_equal(exact.r[:2], tutorials.r[:2])
    assert exact.r[2] != tutorials.r[2]
