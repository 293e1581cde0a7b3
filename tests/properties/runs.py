"""Simulations of the sigmoid population by steps: quiet where a step is doubtful on purpose."""

import warnings

from nullcline.numeric import NullclineWarning, simulate
from nullcline.symbolic import RateModel

SINGLE = RateModel.single()
METHODS = ("euler", "exponential_euler", "heun", "rk4")


def simulated(parameters, *, h: float, steps: int, **given):
    """Simulate so many steps of about h tau; return the run and the dt/tau that its doubles make."""
    dt = h * parameters["tau"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NullclineWarning)
        run = simulate(SINGLE, dt=dt, T=(steps + 0.5) * dt, **parameters, **given)
    assert run.t.size == steps + 1 or given.get("store", "all") != "all"
    return run, dt / parameters["tau"]
