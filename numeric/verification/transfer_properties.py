"""What must hold of the compiled transfer functions: values, slopes, bends, the inverse, and arrays of them."""

from typing import Any

import mpmath
import numpy as np

from ...symbolic.errors import NoClosedForm
from .bounds import SECOND_ORDER, U
from .exact import STEP_ERROR
from .search import Case, Judge, Property, hypothesis
from .subject import Subject, finite

_NAMES = ("F", "dF", "d2F")
# Values beyond may leave the doubles before the last operation.
_LARGEST = 1e250


def _at_an_input(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    return {"population": st.integers(0, subject.size - 1), "x": _around(subject)}


def _around(subject: Subject) -> Any:
    """Inputs, and distances from where a function starts to respond or is steepest: see `_input`."""
    st = hypothesis().strategies
    near = st.tuples(st.sampled_from([-1.0, 1.0]), st.floats(-12.0, 0.0)).map(lambda v: ("beside", v[0] * 10.0 ** v[1]))
    anywhere = subject.input_values().map(lambda v: ("at", v))
    return anywhere if subject.has_stated_inputs else st.one_of(anywhere, near)


def _input(subject: Subject, case: Case) -> tuple[int, float]:
    """The population and the input of an example; "beside" is beside the threshold, by whichever name it goes."""
    i, (where, value) = case["population"], case["x"]
    shape = subject.own_shape(i, case["parameters"])
    return i, value if where == "at" else shape.get("theta", 0.0) + value


def _values(order: int) -> Any:
    def check(subject: Subject, case: Case, judge: Judge) -> None:
        i, at = _input(subject, case)
        p = case["parameters"]
        value = getattr(subject.functions.populations[i], _NAMES[order])(at, **subject.own_shape(i, p))
        edge = subject.exact(i).edge(subject.shape(i, p))
        if order and any(
            abs(at - corner) <= 4 * U * abs(at) for corner in subject.exact(i).corners(subject.shape(i, p))
        ):
            # Where cases meet a derivative may not exist.
            judge.assume(False)
        if at == edge or (np.isnan(value) and abs(at - edge) <= 4 * U * abs(at)):
            # At a threshold F is 0, and a derivative may not exist.
            judge.holds(value == 0 or (order > 0 and bool(np.isnan(value))), x=at, value=value)
            return
        truth = subject.F(i, at, p, order)
        finite(judge, truth)
        judge.assume(abs(truth) < _LARGEST)
        bound = subject.error_of_F(i, at, p, abs(truth), order)
        judge.within(abs(mpmath.mpf(value) - truth), bound, x=at, value=value, exact=float(truth))

    return check


def _slope(subject: Subject, case: Case, judge: Judge) -> None:
    """The slope is that of the formula: nothing of SymPy's derivative enters what it is compared with."""
    i, at = _input(subject, case)
    p, shape = case["parameters"], subject.shape(case["population"], case["parameters"])
    value = subject.functions.populations[i].dF(at, **subject.own_shape(i, p))
    edge = subject.exact(i).edge(shape)
    judge.assume(at != edge and not np.isnan(value))
    judge.assume(all(abs(at - corner) > 1e-30 * (1 + abs(at)) for corner in subject.exact(i).corners(shape)))
    truth = subject.exact(i).slope_by_a_step(at, shape)
    finite(judge, truth)
    judge.assume(abs(truth) < _LARGEST)
    bound = subject.error_of_F(i, at, p, abs(truth), 1) + float(STEP_ERROR * abs(truth))
    judge.within(abs(mpmath.mpf(value) - truth), bound, x=at, value=value, exact=float(truth))


def _inverse(subject: Subject, case: Case, judge: Judge) -> None:
    """What comes back is as near as F can tell: twice the error of F, and the rounding of x times F'."""
    i, at = _input(subject, case)
    p, f = case["parameters"], subject.functions.populations[i]
    shape = subject.own_shape(i, p)
    judge.assume(at > subject.exact(i).edge(subject.shape(i, p)))
    y = f.F(at, **shape)
    back = f.F_inverse(y, **shape)
    # Where F is within rounding of an end of its range, no input is known.
    judge.assume(bool(np.isfinite(back)) and back > subject.exact(i).edge(subject.shape(i, p)))
    judge.assume(1e-250 < abs(y) < _LARGEST)
    again, slope = subject.F(i, back, p), subject.F(i, back, p, 1)
    finite(judge, again, slope)
    bound = 2 * subject.error_of_F(i, back, p, abs(again)) + 2 * U * abs(back * float(slope))
    judge.within(abs(again - mpmath.mpf(y)), SECOND_ORDER * bound, y=y, x=back, F_of_x=float(again))


def _has_no_inverse(subject: Subject) -> str | None:
    try:
        for population in subject.model.populations:
            population.transfer.inverse  # noqa: B018  it is asked for to see whether there is one
    except NoClosedForm as refusal:
        return str(refusal)
    return None


def _rows(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    inputs = st.lists(subject.input_values(), min_size=1, max_size=20)
    return {"population": st.integers(0, subject.size - 1), "x": inputs, "order": st.integers(0, 2)}


def _arrays(subject: Subject, case: Case, judge: Judge) -> None:
    """Both are right to their bound, so that they differ by no more than twice that."""
    i, p, xs, order = case["population"], case["parameters"], case["x"], case["order"]
    shape = subject.own_shape(i, p)
    function = getattr(subject.functions.populations[i], _NAMES[order])
    together = function(np.array(xs), **shape)
    judge.holds(together.shape == (len(xs),), shape=list(together.shape))
    for at, one in zip(xs, together.tolist(), strict=True):
        alone = function(at, **shape)
        if one == alone or (np.isnan(one) and np.isnan(alone)) or abs(alone) > _LARGEST:
            judge.within(0.0, 1.0)
            continue
        bound = 2 * subject.error_of_F(i, at, p, abs(alone), order)
        judge.within(abs(one - alone), bound, function=_NAMES[order], x=at, in_an_array=one, alone=alone)


_TO_THEIR_BOUND = "is right to the rounding of its stable form, against 50 digits of the formula"

PROPERTIES = (
    Property("F", f"F {_TO_THEIR_BOUND}", _values(0), _at_an_input),
    Property("dF", f"F' {_TO_THEIR_BOUND}", _values(1), _at_an_input),
    Property("d2F", f"F'' {_TO_THEIR_BOUND}", _values(2), _at_an_input),
    Property("slope", "F' is the slope of F, by a step into the complex plane", _slope, _at_an_input),
    Property("inverse", "F takes the inverse of y back to y", _inverse, _at_an_input, _has_no_inverse),
    Property("arrays", "F, F' and F'' of an array are those of its numbers", _arrays, _rows, cost=4),
)
