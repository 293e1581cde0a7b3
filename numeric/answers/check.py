"""Grade an answer: the public door to what this folder knows of students' functions and lists."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from ...symbolic.errors import NullclineError
from ...symbolic.mistakes import Kind
from ...symbolic.model import RateModel
from .. import door
from .answer import Answer, Finding
from .attempt import CannotBeCalled, attempt_of
from .function_grade import grade_function
from .list_grade import grade_list

__all__ = ["check_answer"]

Function: TypeAlias = Callable[..., Any] | str


def check_answer(
    model: RateModel,
    /,
    *,
    F: Function | None = None,
    dF: Function | None = None,
    drdt: Function | None = None,
    eigenvalue: Function | None = None,
    fixed_points: Sequence[Any] | None = None,
    tolerance: float | None = None,
    **parameters: float,
) -> Answer:
    """Return whether an answer is right, or which case is wrong and why. One population.

    F and dF are functions of x, a, theta (the shape parameters of the model's F), drdt of r and the parameters,
    eigenvalue of a fixed point and the parameters; each takes its parameters under their names, in any order, or in
    the tutorial's order under others, and **others too. A text is read as a formula, never run. Functions are compared
    with the model's at many inputs, at `parameters` and at others, drawn once and for all.

    `fixed_points` lists rates, as numbers or as texts (which keep a last zero: "0.900"), or pairs of a rate and its
    stability. A rate is right if it is within one of the last digit that is written, within 0.005 at least and 1e-6 at
    most. `tolerance` overrides that, and the 1e-6 to which functions must agree.

    Raises NullclineError where nothing is given to grade, for several populations, and where it is not known whether
    the list of fixed points is complete; FormulaError for a text that is no formula.

    >>> from nullcline.symbolic import RateModel
    >>> check_answer(RateModel.single(), fixed_points=[0.042, 0.447, 0.447], w=5, I_ext=0.5)
    Not right (3 fixed points listed, 3 there are)
      - fixed_points: you list 0.447 twice and miss 0.900
    """
    if not door.model_given(model).is_single:
        line = f"answers are graded for one population, model {model.name!r} has {len(model.populations)}"
        raise NullclineError(f"{line}: choose a model of one")
    if tolerance is not None and not 0 < tolerance < np.inf:
        raise NullclineError(f"tolerance must be positive, got {tolerance!r}")
    values = {name: float(value) for name, value in zip(model.parameters, door.read(model, parameters), strict=True)}
    functions: dict[Kind, Function | None] = {"F": F, "dF": dF, "drdt": drdt, "eigenvalue": eigenvalue}
    given = {kind: function for kind, function in functions.items() if function is not None}
    if not given and fixed_points is None:
        raise NullclineError("there is nothing to grade: give F, dF, drdt, eigenvalue or fixed_points")
    grades = [_of_function(function, model, kind, values, tolerance) for kind, function in given.items()]
    if fixed_points is not None:
        grades.append(grade_list(fixed_points, model, values, tolerance))
    return Answer(
        model.name,
        tuple(checked for grade in grades for checked in grade.checked),
        tuple(finding for grade in grades for finding in grade.findings),
        tuple(note for grade in grades for note in grade.notes),
    )


def _of_function(
    function: Function, model: RateModel, kind: Kind, values: Mapping[str, float], tolerance: float | None
) -> Answer:
    try:
        attempt = attempt_of(function, model, kind)
    except CannotBeCalled as reason:
        return Answer(model.name, (f"{kind} as it can be called",), (Finding(kind, str(reason)),))
    return grade_function(attempt, model, values, tolerance)
