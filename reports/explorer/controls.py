"""The explorer's controls: which sliders there are, over which range and in which steps."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...numeric import fixed_points
from ...symbolic.model import RateModel
from ...symbolic.parameter import Parameter
from ...symbolic.transfer import sigmoid

__all__ = ["Control", "controls"]

# The tutorial's ranges for its own model, in steps that contain the tutorial's. w goes below zero, for inhibition.
_TUTORIAL = {
    "tau": (1.0, 5.0, 0.1),
    "a": (0.3, 3.0, 0.1),
    "theta": (2.0, 4.0, 0.1),
    "w": (-7.0, 7.0, 0.1),
    "I_ext": (0.0, 3.0, 0.02),
}
_ROUND = (1.0, 2.0, 5.0, 10.0)
# A slider has about this many steps: a pixel or two each.
_STEPS = 100
# The slider goes through so many runs; the box takes any seed.
_LAST_SEED = 100


@dataclass(frozen=True)
class Control:
    """One quantity that a reader can set: its slider's range and step, and the bounds that no value may pass.

    `role` says what it is to the panels, whatever its name: "tau", "w", "I_ext", "shape" (a parameter of F), "r_init",
    "sigma", "tau_noise" or "seed". A bound that there is not is None; `open` says that `low` itself is not allowed.
    """

    name: str
    role: str
    value: float
    minimum: float
    maximum: float
    step: float
    low: float | None
    high: float | None
    open: bool
    unit: str
    meaning: str
    whole: bool = False


def controls(model: RateModel, parameters: Mapping[str, float], *, r_init: float, seed: int) -> tuple[Control, ...]:
    """Return the controls of a model of one population, its parameters first, at the given values.

    The ranges are the tutorial's for its model, else those of the model file, else what the parameter is studied over;
    all are widened to hold the value.
    """
    own = tuple(_of_parameter(p, _role(model, p.name), parameters[p.name], model) for p in model.parameters.values())
    top = _largest_rate(model, parameters, r_init)
    runs = (
        ("r_init", "r_init", r_init, 0.0, top, 0.02 * top, None, "", "initial rate", False),
        ("noise_sigma", "sigma", 0.7, 0.0, 2.0, 0.05, 0.0, "", "noise: standard deviation", False),
        ("noise_tau", "tau_noise", 1.0, 0.1, 10.0, 0.1, 0.0, "ms", "noise: correlation time", False),
        ("seed", "seed", float(seed), 0.0, _LAST_SEED, 1.0, 0.0, "", "noise: which run", True),
    )
    others = tuple(
        Control(
            name=_free(name, model),
            role=role,
            value=value,
            minimum=min(first, value),
            maximum=max(last, value),
            step=step,
            low=low,
            high=None,
            open=role == "tau_noise",
            unit=unit,
            meaning=meaning,
            whole=whole,
        )
        for name, role, value, first, last, step, low, unit, meaning, whole in runs
    )
    return (*own, *others)


def _role(model: RateModel, name: str) -> str:
    population, weight = model.populations[0], model.weights[0][0]
    named = {population.tau.name: "tau", population.I_ext.name: "I_ext"}
    if weight is not None:
        named[weight.name] = "w"
    return named.get(name, "shape")


def _of_parameter(p: Parameter, role: str, value: float, model: RateModel) -> Control:
    low, high, step = _range(p, model)
    return Control(
        name=p.name,
        role=role,
        value=value,
        minimum=min(low, value),
        maximum=max(high, value),
        step=step,
        low=p.minimum if math.isfinite(p.minimum) else None,
        high=p.maximum if math.isfinite(p.maximum) else None,
        open=p.open_minimum,
        unit=p.unit,
        meaning=p.meaning,
    )


def _range(p: Parameter, model: RateModel) -> tuple[float, float, float]:
    if model == RateModel.single(sigmoid):
        return _TUTORIAL[p.name]
    # The range of a model file is in `sample`, where the file has one; its ends may be bounds that are not allowed.
    low, high = max(p.sample[0], p.minimum), min(p.sample[1], p.maximum)
    step = round_step((high - low) / _STEPS)
    return (low + step if p.open_minimum and low == p.minimum else low), high, step


def round_step(rough: float) -> float:
    """Return the round number at or above a positive one: 1, 2 or 5 times a power of ten.

    >>> round_step(0.035), round_step(0.7)
    (0.05, 1.0)
    """
    power = math.floor(math.log10(rough))
    digit = next(d for d in _ROUND if d * 10.0**power >= rough * (1 - 1e-9))
    return float(f"{digit * 10.0**power:.12g}")


def _largest_rate(model: RateModel, parameters: Mapping[str, float], r_init: float) -> float:
    """Return where the slider of the initial rate ends: 1, or beyond the highest fixed point."""
    given: dict[str, Any] = dict(parameters)
    found = [float(r) for r in fixed_points(model, **given).r if math.isfinite(r)]
    highest = max([*found, r_init])
    return 1.0 if highest <= 1 else round_step(1.25 * highest)


def _free(name: str, model: RateModel) -> str:
    """Return the name of a quantity of the run; a parameter of the model that is called so keeps its name."""
    return name if name not in model.parameters else _free(f"run_{name}", model)
