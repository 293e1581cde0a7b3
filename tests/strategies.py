"""Hypothesis strategies for models and parameters; they grow with each feature.

The ranges are those within which a parameter can be meant: beyond, a bound would say something of the doubles only.
"""

from hypothesis import strategies as st


def magnitudes(low: float, high: float) -> st.SearchStrategy[float]:
    """Positive numbers, each power of ten as likely as another."""
    import math

    return st.floats(math.log10(low), math.log10(high)).map(lambda e: 10.0**e)


def reals(largest: float) -> st.SearchStrategy[float]:
    return st.floats(-largest, largest, allow_nan=False)


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


def initial_rates() -> st.SearchStrategy[float]:
    return reals(10.0)
