"""What rounding can amount to in a simulation of the sigmoid: in a step of any scheme, and in a run of them."""

import numpy as np
from properties.bounds import SECOND_ORDER, U, euler_step

__all__ = ["U", "along_a_run", "of_one_step", "where_it_contracts"]


def of_one_step(parameters, h, r=1.0, extra=0.0):
    """Bound the rounding error of one step of any scheme at rates of at most r, for h (1 + |w| a/4) <= 3/4.

    A stage of a Runge-Kutta scheme is rounded as a step of Euler's method is, and sees the errors of the stages before
    it times at most 3/4: their weighted sum is at most twice that. Schemes of one stage have half of this, for any h.
    """
    return 2 * euler_step(parameters, h, r, extra)


def where_it_contracts(parameters, h, r=1.0, extra=0.0):
    """Bound the rounding error of a run of any length, for h <= 1/2 and q = |w| a/4 <= 1/2.

    There each scheme's step shrinks a difference by a factor of at most 1 - h (1 - q)/2. Runge-Kutta: with mu = h |k'|
    <= 3/4 for the slope k' of any stage, 1 - mu >= 1/4, so the stages' slopes are at most -(1 - q) times 1, 5/8, 5/8
    and 1/4, whose weighted sum is 5/8. Exponential Euler: 1 - e^(-h) >= h/2. The sum over all steps is a geometric one.
    """
    q = abs(parameters["w"]) * parameters["a"] / 4
    assert h <= 0.5
    assert q <= 0.5
    return of_one_step(parameters, h, r, extra) / (h * (1 - q) / 2)


def along_a_run(slopes, one_step):
    """Bound the rounding error after each step, where a step multiplies a difference by its slope.

    Euler's slope is 1 - h + h w F'(x). `one_step` bounds what each adds.
    """
    errors, now = [0.0], 0.0
    for slope in slopes:
        now = SECOND_ORDER * (abs(slope) * now + one_step)
        errors.append(now)
    return np.array(errors)
