"""A model for other programs: its equations as a file for XPP, Brian2, SBML, PyRates, C, JavaScript and LaTeX."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from ...numeric.door import choice, model_given
from ...symbolic.model import RateModel

__all__ = ["FORMATS", "export", "written"]

# By name as `--to` takes it; the command has the same names, and a test holds the two against each other.
FORMATS = ("xpp", "brian2", "sbml", "pyrates", "c", "javascript", "latex")


def export(model: RateModel, /, to: str = "c", **parameters: float) -> str:
    """Return the text of a file that holds a model's equations and parameter values for another program.

    `to` is xpp (an .ode file), brian2 and pyrates (Python scripts), sbml (Level 3 Version 1), c (C99 with a main),
    javascript (an ES module) or latex (a document). Every file integrates by itself, from r = 0.2, where its format
    can. Times are in ms. A name that the target gives another meaning is changed, and the head of the file says so.

    Raises ParameterError for an unknown format or parameter and for a value out of bounds, and NullclineError for a
    transfer function that the target cannot compute.

    >>> text = export(RateModel.single(), "xpp", w=5, I_ext=0.5)
    >>> print(text.splitlines()[-4])
    r'=(-r - expit(-a*theta) + expit(a*(-theta + x)))/tau
    """
    return written(model, to, parameters)


def written(model: RateModel, to: str, parameters: Mapping[str, object]) -> str:
    """Return the same for parameter values in a mapping, where a parameter may be called `to`."""
    module = import_module(f"{__name__}.as_{choice('format', to, FORMATS)}")
    write = cast(Callable[[RateModel, Mapping[str, object]], str], module.write)
    return write(model_given(model), parameters)
