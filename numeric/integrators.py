"""Simulation of firing-rate models: one run, or an ensemble over initial rates, parameters and trials of noise."""

# What `help` shows then are the names of the types, and not all that these stand for.
from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
from numpy.typing import ArrayLike

from ..symbolic.errors import NullclineError, ParameterError, shown
from ..symbolic.model import RateModel
from ..symbolic.schemes import SCHEMES
from . import door
from .audit import warn_of_doubts
from .compile import compile_model
from .door import Array
from .drive import Drive, Input
from .noise import OU, noise_given
from .promise import quiet_beyond
from .stepping import Plan, stepped
from .trajectory import Request, Trajectory

METHODS = (*SCHEMES, "adaptive", "exact")
_SEED_BITS = 53
_OPTIONS = tuple(f.name for f in fields(Request) if f.name not in ("model", "parameters"))


def simulate(
    model: RateModel,
    *,
    T: float = 20.0,
    dt: float = 0.1,
    r_init: ArrayLike | Mapping[str, ArrayLike] = 0.2,
    method: str = "euler",
    input: Input | None = None,
    noise: OU | Mapping[str, OU] | None = None,
    seed: int | None = None,
    trials: int | None = None,
    trial: int | None = None,
    store: str | int = "all",
    workers: int = 1,
    **parameters: ArrayLike,
) -> Trajectory:
    """Return the rates at the times arange(0, T, dt), from r_init on.

    `method` is "euler", the tutorial's scheme; "exponential_euler", exact without recurrence while the input is
    constant; "heun" or "rk4", of order 2 and 4; "adaptive", SciPy's DOP853 with dense output (`at`); or "exact", the
    solution in closed form, which exists where every weight is 0 and the input constant. T and dt are in ms.

    Input: I_ext is a number, or one sample for each time, which holds until the next. `input` comes on top of I_ext: a
    number, samples, or a function of time in ms (taken at the stages of each step, always the same for the same time);
    for several populations a mapping from population to these. `noise` comes on top of both: OU(sigma, tau), the same
    for every population or a mapping, drawn independently for each; its value at a sample holds until the next. `seed`
    is a whole number from 0 on; None draws one, which the result records.

    Ensembles: r_init and parameters may be arrays; they broadcast, and their axes come first in the result. (I_ext too,
    where `input` is given, if only input=0.) With `trials` there is a further axis of that many trials of the noise,
    after those; the members of one trial share its noise. `trial=k` runs that one trial alone, to the same bits, on any
    number of workers; `trials` beside it only says what k must be below. For several populations r_init is a number for
    all, a list with one for each (the last axis) or a mapping, and the last axis of the result is that of the
    populations.

    `store` is "all", "last", or a number of steps between two samples that are kept, from the first on; `mean` is the
    mean over all samples whatever is kept. `workers` is the number of threads, -1 for all processors.

    `audit` says what the run is worth. Warns (NullclineWarning) where dt reaches the stability limit of the scheme, and
    where T is not a multiple of dt.

    Raises ParameterError for what cannot be simulated, before anything is computed or allocated, and NullclineError for
    method="exact" where a weight is not 0.

    >>> simulate(RateModel.single(), w=5, I_ext=0.5)
    Trajectory of 'single' by method 'euler': 200 samples, T=20.0, dt=0.1 ms
      t     r
      0     0.2
      0.1   0.194008
      0.2   0.188105
      0.3   0.182302
      ...   ...
      19.8  0.0415383
      19.9  0.0415382
    """
    asked = Request(
        model, parameters, T, dt, r_init, method, input, noise, seed, trials, trial, store=store, workers=workers
    )
    run = run_of(asked)
    warn_of_doubts(run)
    return run


def run_of(asked: Request, *, with_mean: bool = False) -> Trajectory:
    """Return what `simulate` does, without warning; take the mean over all samples along the way if asked to."""
    model, trials, trial = asked.model, asked.trials, asked.trial
    compiled = compile_model(model)
    method = door.choice("method", asked.method, METHODS)
    _refuse_what_belongs_elsewhere(model, asked.parameters)
    given = door.read(model, asked.parameters, _OPTIONS)
    start = door.initial_rates(model, asked.r_init)
    noises = None if asked.noise is None else noise_given(asked.noise, tuple(p.name for p in model.populations))
    which = _trials(trials, trial, noisy=noises is not None)
    shape = _ensemble_shape(model, given, start, inputs_are_samples=asked.input is None)
    members, populations = math.prod(shape) * len(which), len(model.populations)
    # Beside what is kept, an ensemble holds each member's parameters and the state of its noise.
    work = members * (len(given) + 8 * populations) if members > 1 else 0
    states = members * populations
    per_sample = states if method == "adaptive" else 0
    grid = door.time_grid(asked.T, asked.dt, asked.store, states=states, work=work, per_sample=per_sample)
    drive, values = Drive.of(model, given, asked.input, grid)
    entropy = _entropy(asked.seed, noisy=noises is not None)
    plan = Plan(
        compiled,
        grid,
        start,
        values,
        shape,
        drive,
        noises,
        entropy,
        which,
        has_trial_axis=trials is not None and trial is None,
        # A mean over samples that are not kept is taken along the way where a second run would cost most.
        with_mean=with_mean or (noises is not None and grid.kept < grid.samples),
    )
    threads = door.threads_given(asked.workers)
    dense = mean = None
    if method in SCHEMES:
        r, mean = stepped(plan, SCHEMES[method], threads)
    elif method == "exact":
        r = _exact(plan)
    else:
        from .adaptive import adapted  # imports SciPy's integrators

        r, mean, dense = adapted(plan)
    # What a step makes no number of stays so, and the last sample tells.
    last = r[..., -1] if model.is_single else r[..., -1, :]
    _refuse_nan(r if method == "exact" else last)
    return Trajectory(
        model=model,
        parameters=door.parameters_of(model, given),
        t=grid.t,
        r=r,
        T=grid.T,
        dt=grid.dt,
        method=method,
        seed=entropy,
        asked=asked,
        stored_mean=mean,
        dense=dense,
    )


def _refuse_what_belongs_elsewhere(model: RateModel, parameters: Mapping[str, object]) -> None:
    """Refuse what is no parameter but has its place in another argument, with what to write."""
    for population in model.populations:
        name = population.I_ext.name
        if callable(parameters.get(name)):
            instead = "input=..." if model.is_single else f"input={{{population.name!r}: ...}}"
            line = f"{name} must be a number, got {shown(parameters[name])}: a function of time is given as {instead}"
            raise ParameterError(line, name=name, value=parameters[name])
    if "sigma" in parameters and "sigma" not in model.parameters:
        line = f"unknown parameter 'sigma' for model {model.name!r}: noise is given as noise=OU(sigma=..., tau=...)"
        raise ParameterError(line, name="sigma", value=parameters["sigma"], allowed=tuple(model.parameters))


def _refuse_nan(rates: Array) -> None:
    if np.isnan(rates).any():
        raise NullclineError("the rates are not numbers: some parameter is too large or too small to be computed with")


def mean_of(run: Trajectory) -> Array:
    """Return the mean over all samples of a run of which some were not kept, by running it again."""
    store = "last" if run.method in SCHEMES else "all"
    return run_of(replace(run.asked, store=store, seed=run.seed), with_mean=True).mean


def _ensemble_shape(
    model: RateModel, values: tuple[Array, ...], start: Array, *, inputs_are_samples: bool
) -> tuple[int, ...]:
    """Return the axes of the ensemble: those of r_init and the parameters, but for inputs that are samples in time."""
    members = start if model.is_single else start[..., 0]
    if all(v.ndim == 0 for v in values) and members.ndim == 0:
        return ()
    inputs = {p.I_ext.name for p in model.populations} if inputs_are_samples else set()
    steady = {n: v for n, v in zip(model.parameters, values, strict=True) if n not in inputs}
    return door.broadcast_shape([*steady, "r_init"], [*steady.values(), members])


def _trials(trials: object, trial: object, *, noisy: bool) -> range:
    """Return the numbers of the trials to run."""
    if trials is None and trial is None:
        return range(1)
    name = "trials" if trials is not None else "trial"
    if not noisy:
        line = f"{name} needs noise: without it every trial is the same, write noise=OU(sigma=0.7, tau=1.0)"
        raise ParameterError(line, name=name, value=trials)
    count = None if trials is None else door.trial_given("trials", trials, 1)
    if trial is None:
        assert count is not None
        return range(count)
    number = door.trial_given("trial", trial, 0)
    if count is not None and number >= count:
        line = f"trial must be below trials={count}, got {number}"
        raise ParameterError(line, name="trial", value=trial, allowed=count)
    return range(number, number + 1)


def _entropy(seed: object, noisy: bool) -> int | None:
    if seed is not None:
        number = door.seed_given(seed)
        return number if noisy else None
    # Every whole number of so many bits is one in JSON and in a spreadsheet, too, and short enough to be copied.
    return secrets.randbits(_SEED_BITS) if noisy else None


def _exact(plan: Plan) -> Array:
    compiled, grid, single = plan.compiled, plan.grid, plan.compiled.model.is_single
    compiled.refuse_recurrence(plan.values, "the exact solution (method='exact')")
    if plan.noises is not None:
        line = "the exact solution (method='exact') has no noise: use method='exponential_euler'"
        raise ParameterError(line, name="noise", value=plan.noises)
    if plan.drive is not None:
        line = "the exact solution (method='exact') needs a constant input: use method='exponential_euler' for samples"
        raise ParameterError(line, name="input", value=plan.drive)
    columns = [v[..., None] for v in plan.values]
    starts = [plan.start[..., None]] if single else [plan.start[..., i, None] for i in range(plan.populations)]
    with quiet_beyond([*columns, *starts]):
        rates = compiled.feedforward(grid.t, starts, columns)
    return rates[0] if single else np.stack(np.broadcast_arrays(*rates), axis=-1)
