"""A model for other programs: its equations as a file for XPP, Brian2, SBML, PyRates, C, JavaScript and LaTeX."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from ...numeric.door import choice, model_given
from ...symbolic.model import RateModel
from .system import Run

__all__ = ["FORMATS", "export", "written"]

# By name as `--to` takes it; the command has the same names, and a test holds the two against each other.
FORMATS = ("xpp", "brian2", "sbml", "pyrates", "c", "javascript", "latex")


def export(
    model: RateModel,
    /,
    to: str = "c",
    *,
    T: float | None = None,
    dt: float | None = None,
    r_init: object = None,
    **parameters: float,
) -> str:
    """Return the text of a file that holds a model's equations and parameter values for another program.

    `to` is xpp (an .ode file), brian2 and pyrates (Python scripts), sbml (Level 3 Version 1), c (C99 with a main),
    javascript (an ES module) or latex (a document). Every file integrates by itself where its format can: for T (ms;
    20 times the longest time constant if not given), by steps of dt (a tenth of the shortest), from r_init (0.2; a
    number, a list per population or a mapping). Times are in ms. A name that the target gives another meaning is
    changed, and the head of the file says so.

    Raises ParameterError for an unknown format or parameter and for a value out of bounds, and NullclineError for a
    transfer function that the target cannot compute.

    >>> text = export(RateModel.single(), "xpp", w=5, I_ext=0.5)
    >>> print(text.splitlines()[-4])
    r'=(-r - expit(-a*theta) + expit(a*(-theta + x)))/tau
    """
    return written(model, to, parameters, {"T": T, "dt": dt, "r_init": r_init})


def written(
    model: RateModel, to: str, parameters: Mapping[str, object], simulate: Mapping[str, object] | None = None
) -> str:
    """Return the same for parameter values in a mapping, where a parameter may be called `to`.

    Of `simulate`, such as the table of a model file, T, dt and r_init are taken.
    """
    module = import_module(f"{__name__}.as_{choice('format', to, FORMATS)}")
    write = cast(Callable[[RateModel, Mapping[str, object], Run], str], module.write)
    run = {name: value for name, value in (simulate or {}).items() if name in ("T", "dt", "r_init")}
    return write(model_given(model), parameters, Run(**run))  # type: ignore[arg-type]
