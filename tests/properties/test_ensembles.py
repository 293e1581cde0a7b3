"""Ensembles: the same numbers however a run is repeated, cut, shared among threads, stored or compiled."""

import importlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nullcline.numeric import OU, EulerMaruyamaOU, normal_numbers, simulate
from nullcline.symbolic import RateModel
from properties.bounds import U, apart, euler_step, noise_of_two_routes
from properties.runs import METHODS, simulated
from strategies import examples, magnitudes, moderate_population

PAIR = RateModel.wilson_cowan()
STEPS = 24

seeds = st.integers(0, 2**200)
trial_numbers = st.one_of(st.integers(0, 9), st.integers(0, 2**40))
starts = st.lists(st.floats(-1, 1.5), min_size=1, max_size=5).map(np.array)
steps = st.floats(0.02, 1.0)


def noises():
    kinds = st.sampled_from([OU, EulerMaruyamaOU])
    return st.builds(lambda kind, sigma, tau: kind(sigma, tau), kinds, magnitudes(0.01, 2.0), st.floats(6.0, 20.0))


class route:
    """With the compiler, or without it."""

    def __init__(self, compiled: bool, **limits: int) -> None:
        self.context, self.compiled, self.limits = pytest.MonkeyPatch.context(), compiled, limits

    def __enter__(self) -> None:
        now = self.context.__enter__()
        now.setenv("NULLCLINE_NUMBA", "1" if self.compiled else "0")
        module = importlib.import_module("nullcline.numeric.stepping")
        for name, value in self.limits.items():
            now.setattr(module, name, value)

    def __exit__(self, *stop: object) -> None:
        self.context.__exit__(*stop)


@pytest.mark.parametrize("method", [*METHODS, "adaptive"])
@examples(8)
@given(p=moderate_population(tau=st.floats(1, 5)), h=steps, noise=st.one_of(st.none(), noises()), seed=seeds)
def test_a_rerun_is_the_run_bit_for_bit(method, p, h, noise, seed):
    given = {} if noise is None else {"noise": noise, "seed": seed}
    with route(compiled=method == "euler"):
        one, _ = simulated(p, h=h, steps=8, method=method, **given)
        again, _ = simulated(p, h=h, steps=8, method=method, **given)
    assert again.r.tolist() == one.r.tolist()
    assert (one.seed, again.seed) == ((seed, seed) if noise else (None, None))


@examples(10)
@given(p=moderate_population(tau=st.floats(1, 5)), h=steps, noise=noises())
def test_the_seed_that_a_run_drew_repeats_it(p, h, noise):
    with route(compiled=False):
        one, _ = simulated(p, h=h, steps=STEPS, noise=noise)
        again, _ = simulated(p, h=h, steps=STEPS, noise=noise, seed=one.seed)
        other, _ = simulated(p, h=h, steps=STEPS, noise=noise)
    assert again.r.tolist() == one.r.tolist()
    assert other.seed != one.seed


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "by arrays"])
@examples(25)
@given(
    p=moderate_population(tau=st.floats(1, 5)),
    h=steps,
    noise=noises(),
    seed=seeds,
    trials=st.integers(1, 5),
    r_init=starts,
    data=st.data(),
)
def test_one_trial_alone_is_that_trial_of_the_ensemble_bit_for_bit(compiled, p, h, noise, seed, trials, r_init, data):
    trial = data.draw(st.integers(0, trials - 1))
    given = {"noise": noise, "seed": seed, "r_init": r_init}
    with route(compiled):
        together, _ = simulated(p, h=h, steps=STEPS, trials=trials, **given)
        alone, _ = simulated(p, h=h, steps=STEPS, trial=trial, **given)
    assert together.r.shape == (len(r_init), trials, STEPS + 1)
    assert alone.r.tolist() == together.r[:, trial].tolist()


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "by arrays"])
@examples(25)
@given(
    p=moderate_population(tau=st.floats(1, 5)),
    h=steps,
    noise=noises(),
    seed=seeds,
    trials=st.integers(1, 7),
    r_init=starts,
    members=st.integers(1, 6),
    drawn=st.sampled_from([2, 4, 10]),
    at_a_time=st.sampled_from([2, 50, 300]),
    workers=st.sampled_from([1, 2, 3]),
)
def test_an_ensemble_does_not_depend_on_how_it_is_cut(
    compiled, p, h, noise, seed, trials, r_init, members, drawn, at_a_time, workers
):
    given = {"noise": noise, "seed": seed, "r_init": r_init, "trials": trials}
    with route(compiled):
        whole, _ = simulated(p, h=h, steps=STEPS, **given)
    with route(compiled, _NOISY_MEMBERS=members, _DRAWN=drawn, _AT_A_TIME=at_a_time):
        cut, _ = simulated(p, h=h, steps=STEPS, workers=workers, **given)
    assert cut.r.tolist() == whole.r.tolist()


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "by arrays"])
@examples(25)
@given(p=moderate_population(), h=steps, r_init=starts, members=st.integers(1, 6), workers=st.sampled_from([1, 2]))
def test_members_without_noise_equal_a_loop_over_them_bit_for_bit(compiled, p, h, r_init, members, workers):
    # A single member takes the ensemble's route where not all samples are kept.
    with route(compiled, _MEMBERS=members):
        together, _ = simulated(p, h=h, steps=STEPS, r_init=r_init, store=3, workers=workers)
        alone = [simulated(p, h=h, steps=STEPS, r_init=float(r), store=3)[0].r.tolist() for r in r_init]
    assert together.r.tolist() == alone


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "by arrays"])
@examples(30)
@given(p=moderate_population(), h=steps, r_init=starts)
def test_members_equal_single_runs_to_rounding(compiled, p, h, r_init):
    # A single run goes by Python's numbers: another e^x, in the same order of operations. Both are right to a step's
    # rounding, so that they come apart as two runs that differ by twice that a step.
    with route(compiled):
        together, _ = simulated(p, h=h, steps=STEPS, r_init=r_init)
        for start, r in zip(r_init, together.r, strict=True):
            alone, ratio = simulated(p, h=h, steps=STEPS, r_init=float(start))
            assert (np.abs(alone.r - r) <= apart(alone.r, p, ratio, 2 * euler_step(p, ratio, 2.0))).all()


@examples(30)
@given(p=moderate_population(), h=steps, r_init=st.floats(-1, 1.5))
def test_a_compiled_single_run_equals_pythons_to_rounding(p, h, r_init):
    with route(compiled=False):
        plain, h = simulated(p, h=h, steps=STEPS, r_init=r_init)
    with route(compiled=True, _COMPILED_FROM=1):
        compiled, _ = simulated(p, h=h, steps=STEPS, r_init=r_init)
    assert (np.abs(compiled.r - plain.r) <= apart(plain.r, p, h, 2 * euler_step(p, h, 2.0))).all()


@examples(30)
@given(p=moderate_population(tau=st.floats(1, 5)), h=steps, noise=noises(), seed=seeds, trial=trial_numbers)
def test_noisy_runs_with_and_without_the_compiler_agree_to_rounding(p, h, noise, seed, trial):
    # The bits drawn are the same; the normal numbers made of them, and what follows, are rounded on two ways.
    runs = []
    for compiled in (True, False):
        with route(compiled):
            run, ratio = simulated(p, h=h, steps=STEPS, noise=noise, seed=seed, trial=trial)
            runs.append(run.r)
    eta = noise.path(normal_numbers(seed, STEPS + 1, trial=trial), run.dt)
    moved = ratio * p["a"] / 4 * noise_of_two_routes(noise, run.dt, eta)
    each = 2 * euler_step(p, ratio, 2.0, np.abs(eta).max()) + moved
    assert (np.abs(runs[0] - runs[1]) <= apart(runs[1], p, ratio, each, eta)).all()


@pytest.mark.parametrize("method", METHODS)
@examples(15)
@given(p=moderate_population(tau=st.floats(1, 5)), h=steps, noise=noises(), seed=seeds, trial=trial_numbers)
def test_a_noisy_run_is_the_run_with_its_path_as_samples(method, p, h, noise, seed, trial):
    # eta is made by the same operations; only e^x may differ, by NumPy or by Python.
    with route(compiled=False):
        noisy, ratio = simulated(p, h=h, steps=STEPS, method=method, noise=noise, seed=seed, trial=trial)
        eta = noise.path(normal_numbers(seed, STEPS + 1, trial=trial), noisy.dt)
        driven, _ = simulated(p, h=h, steps=STEPS, method=method, input=eta)
    if method in ("euler", "exponential_euler"):
        gain = ratio if method == "euler" else -np.expm1(-ratio)
        each = 2 * euler_step(p, gain, 2.0, np.abs(eta).max())
        assert (np.abs(noisy.r - driven.r) <= apart(driven.r, p, gain, each, eta)).all()
    else:
        # A step's rounding as for the trapping region, and what it grows by: at most 1 + h (1 + s) D with stages that
        # move D = (1 + h (1 + s))^4 times as much, s = |w| a/4.
        s = abs(p["w"]) * p["a"] / 4
        growth = 1 + ratio * (1 + s) * (1 + ratio * (1 + s)) ** 4
        each = 1200 * U + 2 * ratio * euler_step(p, 1.0, 4.0, np.abs(eta).max()) * (1 + ratio * (1 + s)) ** 4
        k = np.arange(STEPS + 1)
        assert (np.abs(noisy.r - driven.r) <= each * k * np.minimum(growth**k, 1e12)).all()


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "by arrays"])
@examples(20)
@given(
    p=moderate_population(tau=st.floats(1, 5)),
    h=steps,
    noise=noises(),
    seed=seeds,
    every=st.integers(1, 30),
    r_init=starts,
)
def test_what_is_stored_is_a_part_of_all_samples_and_the_mean_is_over_all(compiled, p, h, noise, seed, every, r_init):
    given = {"noise": noise, "seed": seed, "r_init": r_init, "trials": 3}
    with route(compiled):
        whole, _ = simulated(p, h=h, steps=STEPS, **given)
        part, _ = simulated(p, h=h, steps=STEPS, store=every, **given)
        last, _ = simulated(p, h=h, steps=STEPS, store="last", **given)
        # Where it was not taken along the way, the mean is that of a second run.
        means = [run.mean for run in (whole, part, last)]
    assert part.r.tolist() == whole.r[..., ::every].tolist()
    assert last.r.tolist() == whole.r[..., -1:].tolist()
    assert (part.t == np.arange(0, STEPS + 1, every) * whole.dt).all()
    # A sum of n terms in whatever order is right to (n - 1) U of the sum of their sizes; the quotient is rounded once,
    # and the test's own two operations too.
    slack = (STEPS + 3) * U * np.abs(whole.r).mean(axis=-1)
    exact = np.apply_along_axis(math.fsum, -1, whole.r) / (STEPS + 1)
    for mean in means:
        assert (np.abs(mean - exact) <= slack).all()


@examples(10)
@given(r_init=st.tuples(st.floats(0, 1), st.floats(0, 1)), seed=seeds, trials=st.integers(1, 4), data=st.data())
def test_each_population_of_a_pair_has_noise_of_its_own_and_one_trial_is_repeatable(r_init, seed, trials, data):
    trial, noise, dt = data.draw(st.integers(0, trials - 1)), OU(0.5, 2.0), 0.125
    given = {"r_init": list(r_init), "T": 20 * dt, "dt": dt}
    with route(compiled=False):
        together = simulate(PAIR, noise=noise, seed=seed, trials=trials, **given)
        alone = simulate(PAIR, noise=noise, seed=seed, trial=trial, **given)
        paths = [noise.path(normal_numbers(seed, 20, trial=trial, population=i), dt) for i in (0, 1)]
        driven = simulate(PAIR, input=dict(zip("EI", paths, strict=True)), **given)
    assert alone.r.tolist() == together.r[trial].tolist()
    # Each step goes dt/tau <= 1/8 of the way, is rounded by 30 U for arguments below 100 (and 30 more by the other
    # route), and lets a gap grow by 1 + 1/8 (1 + 13 x 1.2/4) < 1.7 at most.
    assert np.abs(driven.r - alone.r).max() <= 60 * U * sum(1.7**k for k in range(20))
