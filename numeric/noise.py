"""Ornstein-Uhlenbeck input: its exact update, the tutorial's scheme, and the normal numbers of any one trial.

The normal numbers of population i in trial k are those of `SFC64(SeedSequence(seed, spawn_key=(k, i)))`, paired by Box
and Muller: so each trial can be drawn alone, and none depends on how an ensemble is cut into pieces.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import SFC64, SeedSequence
from numpy.typing import ArrayLike, NDArray

from ..symbolic import noise as symbolic_noise
from ..symbolic.errors import ParameterError, shown
from . import door, elementary
from .door import Array
from .generated import executed
from .source import function

_ONE_BITS = np.uint64(0x3FF0000000000000)


@dataclass(frozen=True)
class OU:
    """Ornstein-Uhlenbeck input of standard deviation `sigma` and time constant `tau` (ms), by its exact update.

    Right for every step: eta[k+1] = rho eta[k] + sigma sqrt(1 - rho^2) N[k+1], rho = e^(-dt/tau), eta[0] = sigma N[0]
    (Gillespie 1996). The value at a sample is held until the next one.

    Raises ParameterError unless sigma >= 0 and tau > 0, both finite.

    >>> round(OU(sigma=0.7, tau=1.0).stationary_variance(dt=0.1), 12)
    0.49
    """

    sigma: float
    tau: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigma", door.deviation_given("noise sigma", self.sigma))
        object.__setattr__(self, "tau", door.positive_number("noise tau", self.tau))

    @property
    def _chain(self) -> symbolic_noise.Chain:
        return symbolic_noise.EXACT

    def update(self, dt: float) -> tuple[float, float]:
        """Return what a step of dt leaves of eta, and how much of a normal number comes in."""
        step = door.positive_number("dt", dt)
        decay, amplitude = _of_chain(self._chain, "decay", "amplitude")(step, self.tau, self.sigma)
        return float(decay), float(amplitude)

    def stationary_variance(self, dt: float) -> float:
        """Return the variance that eta settles to when stepped by dt; infinite where it does not settle."""
        step = door.positive_number("dt", dt)
        (variance,) = _of_chain(self._chain, "stationary_variance")(step, self.tau, self.sigma)
        return float(variance)

    def correlation_time(self, dt: float) -> float:
        """Return the time in which the autocorrelation falls by e, when stepped by dt (ms)."""
        (time,) = _of_chain(self._chain, "correlation_time")(door.positive_number("dt", dt), self.tau, self.sigma)
        return float(time)

    def path(self, normals: ArrayLike, dt: float) -> Array:
        """Return eta at each step from given normal numbers; the last axis is time.

        >>> OU(sigma=1.0, tau=1.0).path([1.0, 0.0, 0.0], dt=1.0).round(6).tolist()
        [1.0, 0.367879, 0.135335]
        """
        numbers = door.numbers_in("normals", normals)
        if numbers.ndim == 0:
            line = f"normals must have an axis of time, got one number ({float(numbers)!r})"
            raise ParameterError(line, name="normals", value=normals)
        decay, amplitude = self.update(dt)
        eta = np.empty(numbers.shape)
        now = eta[..., 0] = self.sigma * numbers[..., 0]
        for k in range(1, numbers.shape[-1]):
            now = decay * now + amplitude * numbers[..., k]
            eta[..., k] = now
        return eta


@dataclass(frozen=True)
class EulerMaruyamaOU(OU):
    """Ornstein-Uhlenbeck input by the Euler-Maruyama scheme, as the tutorial has it: biased, and kept for comparison.

    eta[k+1] = eta[k] - dt/tau eta[k] + sigma sqrt(2 dt/tau) N[k+1]. Its stationary variance is not sigma^2 but
    sigma^2/(1 - dt/(2 tau)), its correlation time -dt/ln(1 - dt/tau): those of the chain eta[k+1] = d eta[k] + a N[k+1]
    with d = 1 - dt/tau and a = sigma sqrt(2 dt/tau), a^2/(1 - d^2) and -dt/ln(d).

    >>> round(EulerMaruyamaOU(sigma=1.0, tau=1.0).stationary_variance(dt=0.1), 6)
    1.052632
    """

    @property
    def _chain(self) -> symbolic_noise.Chain:
        return symbolic_noise.EULER_MARUYAMA

    def stationary_variance(self, dt: float) -> float:
        """Return sigma^2/(1 - dt/(2 tau)); infinite from dt = 2 tau on, where the scheme does not settle."""
        step = door.positive_number("dt", dt)
        return super().stationary_variance(step) if step < 2 * self.tau else math.inf

    def correlation_time(self, dt: float) -> float:
        """Return -dt/ln(1 - dt/tau) (ms); 0 at dt = tau, nan beyond, where the autocorrelation alternates in sign."""
        step = door.positive_number("dt", dt)
        if step >= self.tau:
            return 0.0 if step == self.tau else math.nan
        return super().correlation_time(step)


@lru_cache(maxsize=16)
def _of_chain(chain: symbolic_noise.Chain, *names: str) -> Callable[..., Any]:
    """Compile some of a chain's properties: each where it is asked for, since not all exist at every step."""
    arguments = [symbolic_noise.dt, symbolic_noise.tau, symbolic_noise.sigma]
    text = function("f", arguments, [getattr(chain, name) for name in names])
    return executed(text, elementary.namespace())["f"]


def normal_numbers(seed: int, count: int, *, trial: int = 0, population: int = 0) -> Array:
    """Return the first `count` normal numbers that a trial's noise is made of.

    Raises ParameterError unless all four are whole numbers from 0 on.

    >>> import numpy as np
    >>> one, again = normal_numbers(2020, 5, trial=3), normal_numbers(2020, 8, trial=3)[:5]
    >>> bool(np.all(one == again))
    True
    """
    entropy, count = door.seed_given(seed), door.whole_number("count", count, 0, below=2**63)
    door.refuse_beyond_memory(f"count={count}", 8.0 * 4 * count, "ask for fewer", "count")
    key = door.trial_given("trial", trial, 0), door.trial_given("population", population, 0)
    generator = SFC64(SeedSequence(entropy, spawn_key=key))
    return normals_from(generator.random_raw(count + count % 2))[:count]


# The constants of SeedSequence (O'Neill 2015), whose results NumPy keeps from version to version.
_INIT_A, _MULT_A, _INIT_B, _MULT_B = 0x43B0D7E5, 0x931E8875, 0x8B51F9DD, 0x58F38DED
_MIX_LEFT, _MIX_RIGHT, _WORD, _SHIFT = np.uint32(0xCA01F9DD), np.uint32(0x4973F715), 1 << 32, np.uint32(16)
_WARM_UP = 12


def streams(entropy: int, trials: "range | list[int]", populations: int) -> NDArray[np.uint64]:
    """Return the states of the generators of some trials, shape (4, populations, trials).

    Those of SFC64(SeedSequence(entropy, spawn_key=(trial, population))), all at once: made one by one, they would take
    as long as a thousand steps of each trial.
    """
    states = np.empty((4, populations, len(trials)), dtype=np.uint64)
    if max(trials) >= _WORD:
        # Such a number is two words of the spawn key.
        for i, row in enumerate(generators(entropy, trials, populations)):
            states[:, i] = np.transpose([generator.state["state"]["state"] for generator in row])
        return states
    numbers = np.asarray(trials, dtype=np.uint32)
    pool = SeedSequence(entropy).pool
    words = max(1, -(-entropy.bit_length() // 32))
    for i in range(populations):
        # Arrays throughout: NumPy's numbers warn where its arrays wrap around, as is meant here.
        mixed = _with_spawn_key(pool[:, None], words, [numbers, np.full(1, i, dtype=np.uint32)])
        a, b, c = _seed_words(mixed)
        d = np.full(a.shape, 1, dtype=np.uint64)
        for _ in range(_WARM_UP):
            bits = a + b + d
            rotated = (c << np.uint64(24)) | (c >> np.uint64(40))
            a, b, c, d = b ^ (b >> np.uint64(11)), c + (c << np.uint64(3)), rotated + bits, d + np.uint64(1)
        states[:, i] = a, b, c, d
    return states


def _with_spawn_key(pool: NDArray[np.uint32], words: int, key: list[NDArray[np.uint32]]) -> list[NDArray[np.uint32]]:
    """Mix the words of a spawn key into the pool of an entropy of some words, as SeedSequence does."""
    mixed = list(pool)
    # One multiplication for each of the 16 hashes of the first four words, and 4 for each word after them.
    constant = _INIT_A * pow(_MULT_A, 16 + 4 * max(words - 4, 0), _WORD) % _WORD
    for word in key:
        for place in range(4):
            value = word ^ np.uint32(constant)
            constant = constant * _MULT_A % _WORD
            value = value * np.uint32(constant)
            value = value ^ (value >> _SHIFT)
            value = _MIX_LEFT * mixed[place] - _MIX_RIGHT * value
            mixed[place] = value ^ (value >> _SHIFT)
    return mixed


def _seed_words(pool: list[NDArray[np.uint32]]) -> list[NDArray[np.uint64]]:
    """Return the first three words of 64 bits that SeedSequence generates from a pool."""
    constant, halves = _INIT_B, []
    for i in range(6):
        value = pool[i % 4] ^ np.uint32(constant)
        constant = constant * _MULT_B % _WORD
        value = value * np.uint32(constant)
        halves.append((value ^ (value >> _SHIFT)).astype(np.uint64))
    return [low | (high << np.uint64(32)) for low, high in zip(halves[0::2], halves[1::2], strict=True)]


def generators(entropy: int, trials: "range | list[int]", populations: int) -> list[list[SFC64]]:
    """Return the generators of some trials: one list a population."""
    return [[SFC64(SeedSequence(entropy, spawn_key=(trial, i))) for trial in trials] for i in range(populations)]


def normals_from(bits: NDArray[np.uint64]) -> Array:
    """Return normal numbers from pairs of 64 random bits along the last axis (Box and Muller 1958)."""
    unit = ((bits >> np.uint64(12)) | _ONE_BITS).view(np.float64)
    radius = np.sqrt(-2.0 * np.log(2.0 - unit[..., 0::2]))
    angle = (2 * np.pi) * (unit[..., 1::2] - 1.0)
    normals = np.empty(bits.shape)
    np.multiply(radius, np.cos(angle), out=normals[..., 0::2])
    np.multiply(radius, np.sin(angle), out=normals[..., 1::2])
    return normals


def noise_given(noise: object, populations: tuple[str, ...]) -> "tuple[OU | None, ...]":
    """Return the noise of each population: one for all, or a mapping by population.

    Raises ParameterError for anything else.
    """
    if noise is None:
        return (None,) * len(populations)
    if isinstance(noise, Mapping) and any(populations):
        door.population_names(noise, populations, "noise")
        return tuple(_one_noise(noise[name], f"noise[{name!r}]") if name in noise else None for name in populations)
    return (_one_noise(noise, "noise"),) * len(populations)


def _one_noise(value: object, name: str) -> OU:
    if isinstance(value, OU):
        return value
    line = f"{name} must be OU(sigma=..., tau=...) or EulerMaruyamaOU(...), got {shown(value)}"
    raise ParameterError(line, name=name, value=value)
