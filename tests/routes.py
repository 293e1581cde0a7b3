"""The two routes by which a simulation is stepped: compiled by numba, and by NumPy and Python."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

ROUTES = ("compiled", "NumPy")


@contextmanager
def by(route: str) -> Iterator[None]:
    """Simulate by one of the routes; where numba is not installed, both are NumPy's."""
    kept = os.environ.get("NULLCLINE_NUMBA")
    os.environ["NULLCLINE_NUMBA"] = "1" if route == "compiled" else "0"
    try:
        yield
    finally:
        if kept is None:
            del os.environ["NULLCLINE_NUMBA"]
        else:
            os.environ["NULLCLINE_NUMBA"] = kept
