"""Hypothesis strategies for models and parameters; they grow with each feature.

The ranges are those within which a parameter can be meant: beyond, a bound would say something of the doubles only.
"""

import math

from hypothesis import settings
from hypothesis import strategies as st
from nullcline.symbolic import TransferFunction, transfer


def examples(n: int) -> settings:
    """Settings of n examples in the quick profile, and in any other of n for every hundred that it asks for."""
    return settings(max_examples=max(n * settings.default.max_examples // 100, 1))


def magnitudes(low: float, high: float) -> st.SearchStrategy[float]:
    """Positive numbers, each power of ten as likely as another."""
    return st.floats(math.log10(low), math.log10(high)).map(lambda e: 10.0**e)


def reals(largest: float) -> st.SearchStrategy[float]:
    return st.floats(-largest, largest, allow_nan=False)


def meant(largest: float) -> st.SearchStrategy[float]:
    """Numbers that a user can mean: 0, or at least 1e-9 in size."""
    return between(-largest, largest)


def between(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers between two, but none next to 0."""
    return st.floats(low, high).map(lambda x: x if abs(x) >= 1e-9 else 0.0)


def dyadics(largest: int, bits: int = 12) -> st.SearchStrategy[float]:
    """Multiples of 2^-bits: sums and differences of two are exact."""
    return st.integers(-largest << bits, largest << bits).map(lambda n: n / 2**bits)


def single_population(**fixed: float) -> st.SearchStrategy[dict[str, float]]:
    """Parameters of the sigmoid population, over every legal value that a model can mean."""
    legal = {
        "tau": magnitudes(1e-3, 1e4),
        "a": magnitudes(1e-3, 1e3),
        "theta": reals(1e3),
        "w": reals(1e3),
        "I_ext": reals(1e3),
    }
    return st.fixed_dictionaries({name: st.just(fixed[name]) if name in fixed else s for name, s in legal.items()})


def moderate_population(**given: st.SearchStrategy[float]) -> st.SearchStrategy[dict[str, float]]:
    """Parameters of the sigmoid population around the tutorial's sliders, where rounding errors grow slowly."""
    studied = {
        "tau": magnitudes(0.1, 10.0),
        "a": st.floats(0.3, 3.0),
        "theta": meant(4.0),
        "w": meant(8.0),
        "I_ext": meant(4.0),
    }
    return st.fixed_dictionaries(studied | given)


@st.composite
def near_a_fold(draw: st.DrawFn) -> dict[str, float]:
    """Parameters of the sigmoid population at most a tenth, at least some units in the last place, from a fold in I.

    On the fold curve w = 1/(a s (1 - s)), I = theta + ln(s/(1 - s))/a - w (s - c) (theory, section 3).
    """
    a, theta, s = draw(st.floats(0.3, 3.0)), draw(meant(4.0)), draw(st.floats(0.02, 0.98))
    w = 1 / (a * s * (1 - s))
    fold = theta + math.log(s / (1 - s)) / a - w * (s - 1 / (1 + math.exp(a * theta)))
    away = draw(st.sampled_from([-1, 1])) * draw(magnitudes(1e-15, 0.1))
    return {"tau": draw(magnitudes(0.1, 10.0)), "a": a, "theta": theta, "w": w, "I_ext": fold + away}


@st.composite
def strongly_inhibited(draw: st.DrawFn) -> dict[str, float]:
    """Parameters with a fixed point at which 1 - w F' is between 2.5 and 8."""
    a, theta, s = draw(st.floats(0.3, 3.0)), draw(meant(4.0)), draw(st.floats(0.1, 0.9))
    w = -draw(st.floats(1.5, 7.0)) / (a * s * (1 - s))
    I = theta + math.log(s / (1 - s)) / a - w * (s - 1 / (1 + math.exp(a * theta)))
    return {"tau": draw(magnitudes(0.1, 10.0)), "a": a, "theta": theta, "w": w, "I_ext": I}


def initial_rates() -> st.SearchStrategy[float]:
    return reals(10.0)


def shapes(function: TransferFunction, low: float, high: float) -> st.SearchStrategy[dict[str, float]]:
    """Parameters of a transfer function, with scales between two magnitudes; exponents from just above 1 on."""
    by_name = {"theta": meant(high), "n": magnitudes(0.01, 10.0).map(lambda above: 1.0 + above)}
    names = [p.name for p in function.parameters]
    drawn = st.tuples(*(by_name.get(name, magnitudes(low, high)) for name in names))
    return drawn.map(lambda values: dict(zip(names, values, strict=True)))


def transfer_functions(
    low: float = 1e-3, high: float = 1e3, names: tuple[str, ...] = tuple(transfer.catalogue)
) -> st.SearchStrategy[tuple[TransferFunction, dict[str, float]]]:
    """A function of the catalogue with parameters."""
    one = lambda name: shapes(transfer.catalogue[name], low, high).map(lambda s: (transfer.catalogue[name], s))  # noqa: E731
    return st.sampled_from(names).flatmap(one)


def model_inputs(shape: dict[str, float]) -> st.SearchStrategy[float]:
    """Inputs to a transfer function: anywhere, of every small size, and close to the threshold or the centre.

    None is below 1e-100 but 0: their quotients by a scale are normal numbers.
    """
    centre = shape.get("theta", shape.get("s", 0.0))
    small = st.tuples(st.sampled_from([-1.0, 1.0]), magnitudes(1e-100, 1.0)).map(lambda v: v[0] * v[1])
    near = st.one_of(small.map(lambda d: centre + d), small.map(lambda d: centre * (1 + d)))
    return st.one_of(reals(1e4), reals(10.0), small, near).map(lambda x: x if abs(x) >= 1e-100 else 0.0)


def single_models(
    names: tuple[str, ...] = tuple(transfer.catalogue),
) -> st.SearchStrategy[tuple[TransferFunction, dict[str, float]]]:
    """A function of the catalogue with all parameters of a single population."""
    rest = {"tau": magnitudes(0.01, 100.0), "w": meant(20.0), "I_ext": meant(20.0)}
    return transfer_functions(0.05, 20.0, names).flatmap(
        lambda f: st.fixed_dictionaries(rest).map(lambda more: (f[0], f[1] | more))
    )
