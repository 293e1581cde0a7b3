"""Students' answers graded: what is right is accepted however it is written, and each usual mistake is named."""

import math
import pickle
import sys
from dataclasses import replace

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from nullcline.numeric import Answer, check_answer, compile_model, fixed_points
from nullcline.symbolic import FormulaError, NullclineError, Population, RateModel, from_formula, transfer
from shown import assert_sound_latex, texts_of

MODEL = RateModel.single()
BISTABLE = {"w": 5.0, "I_ext": 0.5}


def F(x, a, theta):
    return 1 / (1 + np.exp(-a * (x - theta))) - 1 / (1 + np.exp(a * theta))


def dF(x, a, theta):
    return a * np.exp(-a * (x - theta)) / (1 + np.exp(-a * (x - theta))) ** 2


def drdt(r, I_ext, w, a, theta, tau, **other_pars):
    return (-r + F(w * r + I_ext, a, theta)) / tau


def eigenvalue(fp, tau, a, theta, w, I_ext, **other_pars):
    return (-1 + w * dF(w * fp + I_ext, a, theta)) / tau


def graded(**answer: object) -> Answer:
    return check_answer(MODEL, **answer, **BISTABLE)


def finding(**answer: object) -> str:
    """The sentence of the only finding."""
    result = graded(**answer)
    assert not result.right
    (only,) = result.findings
    return only.sentence


# What is right --------------------------------------------------------------------------------------------------------


def scalar_F(x, a, theta):
    return 1 / (1 + math.exp(-a * (x - theta))) - 1 / (1 + math.exp(a * theta))


def F_by_tanh(x, a, theta):
    return (np.tanh(a * (x - theta) / 2) + np.tanh(a * theta / 2)) / 2


def F_of_lists(x, a, theta):
    return [scalar_F(each, a, theta) for each in x] if np.ndim(x) == 1 else F(x, a, theta)


def F_of_other_order(theta, a, x):
    return F(x, a, theta)


def F_with_defaults(x, a=1.2, theta=2.8):
    return F(x, a, theta)


def F_of_everything(x, **pars):
    return F(x, pars["a"], pars["theta"])


def F_positional(x, a, theta, /):
    return F(x, a, theta)


class Callable:
    def __call__(self, x, a, theta):
        return F(x, a, theta)


RIGHT = [
    {"F": F},
    {"F": F_by_tanh},
    {"F": F_of_lists},
    {"F": F_of_other_order},
    {"F": F_with_defaults},
    {"F": F_of_everything},
    {"F": F_positional},
    {"F": Callable()},
    {"F": np.vectorize(scalar_F)},
    {"F": lambda x, a, theta: sympy.Float(float(F(x, a, theta)), 30)},
    {"F": lambda x, a, theta: np.float32(F(x, a, theta))},
    {"F": lambda *args: F(*args)},
    {"F": lambda x, a, theta: F(x, a, theta)},
    {"F": lambda x: F(x, 1.2, 2.8)},
    {"F": compile_model(MODEL).F},
    {"F": "1/(1+exp(-a*(x-theta))) - 1/(1+exp(a*theta))"},
    {"F": "sigmoid(a*(x - theta)) - sigmoid(-a*theta)"},
    {"dF": dF},
    {"dF": lambda x, a, theta: (F(x + 1e-5, a, theta) - F(x - 1e-5, a, theta)) / 2e-5},
    {"dF": lambda x, a, theta: a * (F(x, a, theta) + F(1e3, a, theta) * 0 + 1 / (1 + np.exp(a * theta))) * (
        1 - F(x, a, theta) - 1 / (1 + np.exp(a * theta)))},
    {"dF": "a*sigmoid(a*(x - theta))*(1 - sigmoid(a*(x - theta)))"},
    {"dF": "a*(F(x) + 1/(1 + exp(a*theta)))*(1 - F(x) - 1/(1 + exp(a*theta)))"},
    {"drdt": drdt},
    {"drdt": compile_model(MODEL).drdt},
    {"drdt": lambda r, w, I, a, theta, tau: drdt(r, I, w, a, theta, tau)},
    {"drdt": "(-r + F(w*r + I_ext))/tau"},
    {"eigenvalue": eigenvalue},
    # Only at a fixed point is F(w r + I_ext) the rate itself.
    {"eigenvalue": lambda fp, tau, a, theta, w, **_: (
        -1 + w * a * (fp + 1 / (1 + np.exp(a * theta))) * (1 - fp - 1 / (1 + np.exp(a * theta)))) / tau},
    {"eigenvalue": "(-1 + w*dF(w*r + I_ext))/tau"},
    {"fixed_points": [0.042, 0.447, 0.900]},
    {"fixed_points": [0.9, 0.04, 0.45]},
    {"fixed_points": ["0.042", "0.447", "0.900"]},
    {"fixed_points": np.array([0.0415367, 0.447119, 0.899717])},
    {"fixed_points": [np.array([0.0415]), (0.447, "unstable"), ("0.900", "stable")]},
    {"fixed_points": fixed_points(MODEL, **BISTABLE).r},
]  # fmt: skip


@pytest.mark.parametrize("answer", RIGHT, ids=[f"{next(iter(a))} {i}" for i, a in enumerate(RIGHT)])
def test_what_is_right_is_accepted_however_it_is_written(answer: dict[str, object]):
    result = graded(**answer)
    assert result.right, result
    assert result.findings == ()


def test_several_answers_are_graded_together():
    result = graded(F=F, dF=dF, drdt=drdt, eigenvalue=eigenvalue, fixed_points=[0.042, 0.447])
    assert [f.about for f in result.findings] == ["fixed_points"]
    assert result.checked == (
        "F at 203 inputs, 7 sets of parameters",
        "dF at 203 inputs, 7 sets of parameters",
        "drdt at 77 rates, 7 sets of parameters",
        "eigenvalue at 23 fixed points, 17 sets of parameters",
        "2 fixed points listed, 3 there are",
    )


def test_a_function_of_one_number_is_right_and_told_of_arrays():
    result = graded(F=scalar_F)
    assert result.right
    assert result.notes[0].startswith("F is right, and takes one number at a time: for an array it raises TypeError: ")
    assert result.notes[0].endswith("; NumPy's functions, as np.exp and np.maximum, take arrays as well")


def test_an_overflow_far_out_is_a_note():
    assert graded(dF=lambda x, a, theta: a * np.exp(-a * (x - theta)) * (1 + np.exp(-a * (x - theta))) ** -2).notes == (
        "dF is right where rates are, not far out: dF(x = -1000) is 0, yours is nan; an exponential overflows there",
    )
    assert graded(F=scalar_F).notes[-1] == (
        "F is right where rates are, not far out: F(x = -1000) is -0.0335692, yours: it raises OverflowError: "
        "math range error"
    )
    assert graded(F=F_by_tanh).notes == ()


def test_arguments_of_other_names_are_taken_in_order_and_that_is_told():
    assert graded(F=lambda x, gain, threshold: F(x, gain, threshold)).notes == (
        "the arguments of F were taken in the order of the tutorial: gain for a, threshold for theta",
    )
    assert graded(drdt=lambda rate, I, w, gain, threshold, t: drdt(rate, I, w, gain, threshold, t)).notes == (
        "the arguments of drdt were taken in the order of the tutorial: gain for a, threshold for theta, t for tau",
    )


@pytest.mark.parametrize("name", list(transfer.catalogue))
@pytest.mark.parametrize("kind", ["F", "dF", "drdt", "eigenvalue"])
def test_each_models_own_functions_are_right(name: str, kind: str):
    model = RateModel.single(transfer.catalogue[name])
    assert check_answer(model, **{kind: getattr(compile_model(model), kind)}).right


# The usual mistakes ---------------------------------------------------------------------------------------------------

OFFSET = "the term -1/[1 + e^(a θ)] is missing, which makes F(0) = 0"
MISTAKES = [
    ("F", lambda x, a, theta: 1 / (1 + np.exp(-a * (x - theta))), OFFSET),
    ("F", lambda x, a, theta: 1 / (1 + math.exp(-a * (x - theta))), OFFSET),
    (
        "F",
        lambda x, a, theta: 1 / (1 + np.exp(a * (x - theta))) - 1 / (1 + np.exp(a * theta)),
        "the exponent of x has the wrong sign: e^(-a(x - θ)) belongs there",
    ),
    (
        "F",
        lambda x, a, theta: 1 / (1 + np.exp(-a * (x - theta))) - 1 / (1 + np.exp(-a * theta)),
        "the exponent in the constant term has the wrong sign: e^(a θ) belongs there",
    ),
    (
        "F",
        lambda x, a, theta: 1 / (1 + np.exp(-a * (x - theta))) + 1 / (1 + np.exp(a * theta)),
        "the term -1/[1 + e^(a θ)] has the wrong sign",
    ),
    ("F", lambda x, a, theta: F(x, a, -theta), "theta has the wrong sign"),
    (
        "F",
        lambda x, a, theta: 1 / (1 + np.exp(-a * (x + theta))) - 1 / (1 + np.exp(a * theta)),
        "theta has the wrong sign beside x",
    ),
    ("F", lambda x, a, theta: F(x, 1, theta), "a is missing"),
    ("F", lambda x, a, theta: F(x, 1 / a, theta), "a divides where it must multiply, or the reverse"),
    ("F", lambda x, a, theta: F(x, theta, a), "a and theta are exchanged: look at the order of the arguments"),
    ("F", lambda x, theta, a: F(x, theta, a), "a and theta are exchanged: look at the order of the arguments"),
    (
        "F",
        lambda x, a, theta: 1 / (1 + np.exp(-a * x - theta)) - 1 / (1 + np.exp(a * theta)),
        "brackets are missing: a multiplies all of x - θ",
    ),
    (
        "F",
        lambda x, a, theta: 1 / 1 + np.exp(-a * (x - theta)) - 1 / (1 + np.exp(a * theta)),
        "brackets are missing around the denominator 1 + e^(-a(x - θ))",
    ),
    ("F", dF, "this is F', not F"),
    ("F", lambda x, a, theta: F(x, 1.2, theta), "a = 1.2 is fixed in it, whatever a is given"),
    ("F", lambda x, a, theta: F(x, a, 2.8), "theta = 2.8 is fixed in it, whatever theta is given"),
    ("F", lambda x, a, theta: 2 * F(x, a, theta), "it is 2 times what it must be, everywhere"),
    ("F", lambda x, a, theta: F(x, a, theta) + 0.25, "it is off by 0.25 everywhere"),
    ("F", lambda x, a, theta: 0.5, "it does not depend on its arguments"),
    ("F", lambda x, a, theta: np.nan, "it is no number anywhere"),
    ("dF", lambda x, a, theta: dF(x, a, theta) / a, "the factor a is missing (the chain rule)"),
    ("dF", F, "this is F, not F'"),
    ("dF", lambda x, a, theta: -dF(x, a, theta), "all of it has the wrong sign"),
    (
        "dF",
        lambda x, a, theta: a * np.exp(-a * (x - theta)) / (1 + np.exp(-a * (x - theta))),
        "the bracket in the denominator must be squared",
    ),
    (
        "dF",
        lambda x, a, theta: a / (1 + np.exp(-a * (x - theta))) ** 2,
        "the factor e^(-a(x - θ)) is missing",
    ),
    (
        "dF",
        lambda x, a, theta: dF(x, a, theta) - 1 / (1 + np.exp(a * theta)),
        "the term -1/[1 + e^(a θ)] does not depend on x: its derivative is 0",
    ),
    ("dF", lambda x, a, theta: dF(x, a, -theta), "theta has the wrong sign"),
    (
        "dF",
        lambda x, a, theta: (F(x + 1e-4, a, theta) - F(x, a, theta)) / 1e-4,
        "it is nowhere off by more than 3e-05: is a constant rounded, or a step too coarse?",
    ),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: -r + F(w * r + I_ext, a, theta),
        "the division by tau is missing",
    ),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: -r + F(w * r + I_ext, a, theta) / tau,
        "only F is divided by tau: brackets are missing",
    ),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: drdt(r, I_ext, w, a, theta, tau) * tau**2,
        "it is multiplied by tau and must be divided by it",
    ),
    ("drdt", lambda r, I_ext, w, a, theta, tau: F(w * r + I_ext, a, theta) / tau, "the term -r is missing"),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: (r + F(w * r + I_ext, a, theta)) / tau,
        "the term -r has the wrong sign",
    ),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: (-r + F(w * r, a, theta)) / tau,
        "I_ext is missing: it must be F(w r + I_ext)",
    ),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: (-r + F(r, a, theta)) / tau,
        "F is taken at r alone: it must be F(w r + I_ext)",
    ),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: (-r + F(w * (r + I_ext), a, theta)) / tau,
        "w multiplies I_ext as well: it must be F(w r + I_ext)",
    ),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: (-r + F(w * r, a, theta) + I_ext) / tau,
        "I_ext stands outside F: it must be F(w r + I_ext)",
    ),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: (-r + w * r + I_ext) / tau,
        "F is missing around w r + I_ext",
    ),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: drdt(r, I_ext, 5.0, a, theta, tau),
        "w = 5 is fixed in it, whatever w is given",
    ),
    (
        "drdt",
        lambda r, I_ext, w, a, theta, tau: (-r + 1 / (1 + np.exp(-a * (w * r + I_ext - theta)))) / tau,
        OFFSET,
    ),
    (
        "eigenvalue",
        lambda fp, tau, a, theta, w, I_ext, **_: (-1 + dF(w * fp + I_ext, a, theta)) / tau,
        "the factor w is missing (the chain rule)",
    ),
    (
        "eigenvalue",
        lambda fp, tau, a, theta, w, I_ext, **_: -1 + w * dF(w * fp + I_ext, a, theta),
        "the division by tau is missing",
    ),
    (
        "eigenvalue",
        lambda fp, tau, a, theta, w, I_ext, **_: w * dF(w * fp + I_ext, a, theta) / tau,
        "the term -1 is missing",
    ),
    (
        "eigenvalue",
        lambda fp, tau, a, theta, w, I_ext, **_: (-1 + w * dF(fp, a, theta)) / tau,
        "F' is taken at r alone: it must be F'(w r + I_ext)",
    ),
    (
        "eigenvalue",
        lambda fp, tau, a, theta, w, I_ext, **_: (-1 + w * dF(w * fp, a, theta)) / tau,
        "I_ext is missing: it must be F'(w r + I_ext)",
    ),
    (
        "eigenvalue",
        lambda fp, tau, a, theta, w, I_ext, **_: (-1 + w * F(w * fp + I_ext, a, theta)) / tau,
        "F stands in place of F'",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "function", "why"), MISTAKES, ids=[f"{k}: {why}" for k, _, why in MISTAKES])
def test_a_usual_mistake_is_named(kind: str, function, why: str):
    sentence = finding(**{kind: function})
    assert sentence.endswith(f": {why}"), sentence


def test_a_finding_names_the_case_and_both_values():
    (only,) = graded(F=lambda x, a, theta: 1 / (1 + np.exp(-a * (x - theta)))).findings
    assert only.about == "F"
    assert only.mistake == OFFSET
    case = f"F(x = {only.inputs['x']:.6g}) with a = 1.2, theta = 2.8"
    assert only.sentence == f"{case} is {only.expected:.6g}, yours is {only.got:.6g}: {OFFSET}"
    assert only.expected == compile_model(MODEL).F(only.inputs["x"])
    # The wrong formula itself, in two operations more than the right one.
    assert only.got == pytest.approx(1 / (1 + math.exp(-1.2 * (only.inputs["x"] - 2.8))), rel=1e-14)


def test_two_mistakes_at_once_are_both_named():
    assert finding(F=lambda x, a, theta: 1 / (1 + np.exp(a * (x - theta)))).endswith(
        f"the exponent of x has the wrong sign: e^(-a(x - θ)) belongs there, and {OFFSET}"
    )
    assert finding(drdt=lambda r, I_ext, w, a, theta, tau: -r + F(w * r, a, theta)).endswith(
        "the division by tau is missing, and I_ext is missing: it must be F(w r + I_ext)"
    )
    assert finding(eigenvalue=lambda fp, tau, a, theta, w, I_ext: -1 + dF(w * fp + I_ext, a, theta)).endswith(
        "the division by tau is missing, and the factor w is missing (the chain rule)"
    )


def test_a_mistake_in_a_formula_is_named_as_well():
    assert finding(F="1/(1 + exp(-a*(x - theta)))").endswith(OFFSET)
    assert finding(eigenvalue="(-1 + dF(w*r + I_ext))/tau").endswith("the factor w is missing (the chain rule)")


@pytest.mark.parametrize(
    ("name", "wrong", "why"),
    [
        ("tanh", lambda x, a, theta: np.tanh(a * (x - theta)), "the term tanh(a θ) is missing, which makes F(0) = 0"),
        ("relu", lambda x, a, theta: a * (x - theta), "F must be 0 for x below θ"),
        ("power", lambda x, k, n, theta: np.where(x > theta, np.abs(x - theta) ** n, 0.0), "k is missing"),
        ("naka_rushton", lambda x, R, s, n: np.where(x > 0, R * np.abs(x) ** s / (n**s + np.abs(x) ** s), 0.0),
         "s and n are exchanged: look at the order of the arguments"),
    ],
)  # fmt: skip
def test_mistakes_are_those_of_the_model_at_hand(name: str, wrong, why: str):
    result = check_answer(RateModel.single(transfer.catalogue[name]), F=wrong)
    assert result.findings[0].sentence.endswith(why), result


# How a function behaves -----------------------------------------------------------------------------------------------


def not_written(x, a, theta):
    raise NotImplementedError("Student exercise: implement the f-I function")


def gap(x, a, theta):
    f = ...
    return f  # noqa: RET504


def nothing(x, a, theta):
    F(x, a, theta)


def in_place(x, a, theta):
    x -= theta
    return 1 / (1 + np.exp(-a * x)) - 1 / (1 + np.exp(a * theta))


def summed(x, a, theta):
    return np.sum(F(x, a, theta))


def of_the_first(x, a, theta):
    return np.zeros_like(x, dtype=float) + F(np.ravel(x)[0], a, theta)


def kept_whole(x, a, theta):
    out = np.zeros_like(x)
    out[...] = F(x, a, theta)
    return out


BEHAVIOUR = [
    ({"F": not_written}, "it is not written yet: it raises NotImplementedError"),
    ({"F": gap}, "it returns ..., the gap that is left for the formula"),
    ({"F": nothing}, "it returns nothing (None): end it with return"),
    ({"F": lambda x, a, theta: "F"}, "F(x = -4) with a = 1.2, theta = 2.8: it returns 'F' (str), which is no number"),
    (
        {"F": lambda x, a, theta: 1j * x},
        "F(x = -4) with a = 1.2, theta = 2.8: it returns (-0-4j) (complex), which is no real number",
    ),
    (
        {"F": lambda x, a, theta: 1 / (theta - theta)},
        "F(x = -4) with a = 1.2, theta = 2.8: it raises ZeroDivisionError: float division by zero",
    ),
    (
        {"F": lambda x, a, theta: [x, a]},
        "F(x = -4) with a = 1.2, theta = 2.8: it returns an array of shape (2,) for one number",
    ),
    ({"F": in_place}, "it changes the array that it is given: work on a copy, as x = x - theta makes one"),
    (
        {"F": lambda x, a, theta: sys.exit("done")},
        "F(x = -4) with a = 1.2, theta = 2.8: it raises SystemExit: done",
    ),
    ({"F": summed}, "for an array of shape (29,) it returns one of shape (): each input has its own value"),
    (
        {"F": of_the_first},
        "in an array F(x = -3.5) is -0.0332834, alone -0.0330486: treat each input by itself",
    ),
    (
        {"F": kept_whole},
        "for the whole number 1 it is 0., for the same as floats 0.0698: "
        "a whole number was kept where a fraction belongs",
    ),
    (
        {"F": lambda x, a, theta: F(x, a, theta) + 0 * np.power(x, -2 if np.all(x) else 2)},
        "for the whole number 1 it raises ValueError: Integers to negative integer powers are not allowed, "
        "for the same as floats it is right: begin with x = np.asarray(x, dtype=float)",
    ),
    ({"F": lambda a, theta: 1.0}, "it has no argument x: begin it with def F(x, ...)"),
    (
        {"F": lambda x, a, theta, k: 1.0},
        "it asks for k, which the model does not have: F may take x, tau, a, theta, w, I_ext",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "sentence"), BEHAVIOUR, ids=[sentence for _, sentence in BEHAVIOUR])
def test_what_a_function_does_besides_is_told(answer: dict[str, object], sentence: str):
    assert finding(**answer) == sentence


# Lists of fixed points ------------------------------------------------------------------------------------------------

LISTS = [
    ([0.042, 0.447, 0.447], ["you list 0.447 twice and miss 0.900"]),
    ([0.042, 0.447, 0.447, 0.447], ["you list 0.447 three times and miss 0.900"]),
    ([0.042, 0.042, 0.447, 0.447, 0.9], ["you list 0.042 twice and 0.447 twice"]),
    ([0.042, 0.9], ["you miss 0.447"]),
    ([], ["you miss 0.042, 0.447 and 0.900"]),
    (["0.0415", "0.4471"], ["you miss 0.8997"]),
    (
        [0.042, 0.447, 0.6, 0.9],
        ["0.6 is no fixed point: dr/dt is 0.0649 1/ms there, and the nearest fixed point is 0.447"],
    ),
    (
        [0.042, 0.4475, 0.9],
        ["0.4475 is 0.00038 from the fixed point 0.44712, and must be within 0.0001 of it"],
    ),
    (
        [(0.042, "stable"), (0.447, "stable"), (0.9, "unstable")],
        [
            "0.447 is unstable, not stable: its eigenvalue is 0.498 1/ms",
            "0.9 is stable, not unstable: its eigenvalue is -0.626 1/ms",
        ],
    ),
    # The starting points of the tutorial's search are no answer.
    (
        [0.0, 0.4, 0.9],
        [
            "you miss 0.042 and 0.447",
            "0 is no fixed point: dr/dt is 0.026 1/ms there, and the nearest fixed point is 0.042",
            "0.4 is no fixed point: dr/dt is -0.0226 1/ms there, and the nearest fixed point is 0.447",
        ],
    ),
]


@pytest.mark.parametrize(("listed", "sentences"), LISTS, ids=[str(case[0]) for case in LISTS])
def test_what_is_wrong_with_a_list_is_told(listed: list[object], sentences: list[str]):
    result = graded(fixed_points=listed)
    assert [f.sentence for f in result.findings] == sentences


# Just past the fold, where two fixed points have met and vanished.
FOLD = {"w": 5.0, "I_ext": 0.815}


@pytest.mark.parametrize(
    ("guess", "low", "high"), [(0.17, 0.156, 0.199), (0.1775, 0.1565, 0.1985), (0.186, 0.156, 0.199)]
)
def test_a_ghost_is_told_from_a_root(guess: float, low: float, high: float):
    model = compile_model(MODEL)
    residual = abs(model.drdt(guess, **FOLD))
    assert residual < 1e-3
    (r,) = fixed_points(MODEL, **FOLD).r
    (only,) = check_answer(MODEL, fixed_points=[guess, r], **FOLD).findings
    assert only.sentence == (
        f"{guess} is a ghost: the residual |-r + F(w r + I_ext)| is {residual:.2g}, small, but no root exists there: "
        f"from r = {low:.4g} to r = {high:.4g} dr/dt stays above zero, by 0.00025 1/ms at least (at r = 0.1775)"
    )
    change = model.drdt(np.linspace(low, high, 20_001), **FOLD)
    assert change.min() > 0
    assert f"{change.min():.2g}" == "0.00025"


def test_a_ghost_is_told_in_the_names_of_the_model():
    (population,) = MODEL.populations
    ((weight,),) = MODEL.weights
    drive = replace(population.I_ext, name="b", symbol=sympy.Symbol("b", real=True))
    own = replace(weight, name="J", symbol=sympy.Symbol("J", real=True))
    model = replace(MODEL, populations=(replace(population, I_ext=drive),), weights=((own,),))
    values = {"J": FOLD["w"], "b": FOLD["I_ext"]}
    (r,) = fixed_points(model, **values).r
    (only,) = check_answer(model, fixed_points=[0.1775, r], **values).findings
    assert only.sentence.startswith("0.1775 is a ghost: the residual |-r + F(J r + b)| is 0.00025, small, but ")


def test_near_a_fold_what_is_near_a_root_is_no_ghost():
    before = {"w": 5.0, "I_ext": 0.812}
    low, high, top = fixed_points(MODEL, **before).r
    result = check_answer(MODEL, fixed_points=[f"{low:.4f}", f"{(low + high) / 2 + 0.005:.4f}", f"{top:.4f}"], **before)
    (only,) = result.findings
    assert "ghost" not in only.sentence
    assert only.expected == high


def test_a_ghost_where_the_rate_falls_is_told_so():
    # Just before the fold at which the upper two appear, dr/dt nearly touches zero from below.
    low, high = 0.0, 0.5
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if fixed_points(MODEL, w=5.0, I_ext=middle).count == 3 else (middle, high)
    parameters = {"w": 5.0, "I_ext": low - 2e-4}
    (r,) = fixed_points(MODEL, **parameters).r
    rates = np.linspace(0.5, 0.95, 10_001)
    change = compile_model(MODEL).drdt(rates, **parameters)
    assert -1e-3 < change.max() < 0
    ghost = round(float(rates[np.argmax(change)]), 3)
    (only,) = check_answer(MODEL, fixed_points=[ghost, r], **parameters).findings
    assert only.sentence.startswith(f"{ghost} is a ghost: ")
    assert f"dr/dt stays below zero, by {-change.max():.2g} 1/ms at least" in only.sentence


@st.composite
def parameters_and_errors(draw):
    w = draw(st.floats(-4.0, 9.0))
    return {"w": w, "I_ext": draw(st.floats(-0.5, 2.0))}, draw(st.lists(st.floats(-0.9, 0.9), min_size=3, max_size=3))


@given(parameters_and_errors())
def test_a_list_within_its_digits_is_right_and_any_one_left_out_is_named(case):
    parameters, errors = case
    found = fixed_points(MODEL, **parameters)
    digits = 4
    r = [float(value) for value in found.r]
    # Half a digit for rounding, less than half for the error: within one of the last digit.
    listed = [f"{value + 0.4 * error * 10**-digits:.{digits}f}" for value, error in zip(r, errors, strict=False)]
    assert check_answer(MODEL, fixed_points=listed[::-1], **parameters).right
    for i in range(len(listed)):
        others = [v for j, v in enumerate(r) if j != i]
        if any(abs(v - r[i]) < 3 * 10**-digits for v in others):
            continue
        result = check_answer(MODEL, fixed_points=listed[:i] + listed[i + 1 :], **parameters)
        # With nothing written, three decimals are shown.
        assert [f.sentence for f in result.findings] == [f"you miss {r[i]:.{digits if others else 3}f}"]
        result = check_answer(MODEL, fixed_points=[*listed, listed[i]], **parameters)
        assert [f.sentence for f in result.findings] == [f"you list {listed[i]} twice"]


def test_at_a_kink_the_two_sides_say_what_is_stable():
    model = RateModel.single(transfer.relu)
    for word in ("stable", "nonsmooth"):
        assert check_answer(model, fixed_points=[(0, word)], w=0.5, I_ext=2.8).right
    result = check_answer(model, fixed_points=[(0, "unstable")], w=0.5, I_ext=2.8)
    assert [f.sentence for f in result.findings] == ["0 is stable, not unstable"]
    # From above the rate grows, from below it comes back.
    mixed = check_answer(model, fixed_points=[(0, "stable")], w=2.0, I_ext=2.8)
    assert [f.sentence for f in mixed.findings] == ["0 is nonsmooth, not stable"]


def test_mistakes_of_a_formula_of_ones_own_are_named():
    bump = RateModel.single(from_formula("q*exp(-((x - c)/s)**2)", {"q": 1.0, "c": 2.0, "s": 1.0}, name="bump"))
    result = check_answer(bump, F=lambda x, q, c, s: q * np.exp(((x - c) / s) ** 2))
    assert "the exponent of x has the wrong sign" in result.findings[0].sentence
    rectified = RateModel.single(from_formula("k*x if x > 0 else 0", {"k": 1.2}))
    result = check_answer(rectified, F=lambda x, k: k * x)
    assert result.findings[0].sentence == "F(x = -4) with k = 1.2 is 0, yours is -4.8: k x holds only for x > 0"


def test_a_continuum_has_no_list():
    model = RateModel.single(transfer.relu)
    result = check_answer(model, fixed_points=[0.5], a=1.0, w=1.0, I_ext=2.8)
    assert [f.sentence for f in result.findings] == ["every rate from 0 on is a fixed point: no list holds them all"]


def test_where_there_is_no_fixed_point_the_empty_list_is_right():
    model = RateModel.single(transfer.relu)
    assert check_answer(model, fixed_points=[], w=2.0, I_ext=4.0).right
    result = check_answer(model, fixed_points=[1.0], w=2.0, I_ext=4.0)
    assert [f.sentence for f in result.findings] == ["1 is no fixed point: dr/dt is 2.84 1/ms there"]


def test_a_tolerance_of_ones_own():
    assert not graded(fixed_points=[0.05, 0.45, 0.89]).right
    assert graded(fixed_points=[0.05, 0.45, 0.89], tolerance=0.02).right
    assert graded(dF=lambda x, a, theta: (F(x + 1e-4, a, theta) - F(x, a, theta)) / 1e-4, tolerance=1e-3).right


# The result, and what is refused --------------------------------------------------------------------------------------


def test_a_grade_prints_travels_and_shows_itself():
    result = graded(fixed_points=[0.042, 0.447, 0.447])
    assert repr(result) == (
        "Not right (3 fixed points listed, 3 there are)\n  - fixed_points: you list 0.447 twice and miss 0.900"
    )
    assert repr(graded(F=F)) == "Right (F at 203 inputs, 7 sets of parameters)"
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301
    made = result._repr_mimebundle_()
    assert made["text/plain"] == repr(result)
    assert "fixed_points: you list 0.447 twice and miss 0.900" in texts_of(made["text/html"])
    assert_sound_latex(made["text/latex"])
    assert result.to_dict()["findings"][0] == {
        "about": "fixed_points",
        "sentence": "you list 0.447 twice and miss 0.900",
        "inputs": {},
        "expected": pytest.approx(0.8997171538560866, abs=1e-15),
        "got": None,
        "mistake": None,
    }


REFUSED = [
    ({}, "there is nothing to grade: give F, dF, drdt, eigenvalue or fixed_points"),
    ({"F": 3}, "F must be a function or a formula as text, got 3 (int)"),
    ({"fixed_points": 0.9}, "fixed_points must be a list of rates, got 0.9 (float): write [0.1, 0.9]"),
    ({"fixed_points": "0.9"}, "fixed_points must be a list of rates, got '0.9' (str): write [0.1, 0.9]"),
    ({"fixed_points": ["much"]}, "a fixed point is a number, got 'much' (str)"),
    ({"fixed_points": [float("nan")]}, "a fixed point must be finite, got nan (float)"),
    ({"fixed_points": [None]}, "a fixed point is a rate, or a pair such as (0.9, 'stable'), got None (NoneType)"),
    (
        {"fixed_points": [(0.9, "steady")]},
        "unknown stability 'steady' (known: stable, unstable, half-stable, stable-nonhyperbolic, nonsmooth, undecided)",
    ),
    ({"F": F, "tolerance": 0.0}, "tolerance must be positive, got 0.0"),
    (
        {"F": F, "thetha": 1.0},
        "unknown parameter 'thetha' for model 'single'; did you mean 'theta'? (known: tau, a, theta, w, I_ext)",
    ),
]


@pytest.mark.parametrize(("answer", "line"), REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_a_refusal_is_one_line(answer: dict[str, object], line: str):
    with pytest.raises(NullclineError) as refusal:
        check_answer(MODEL, **answer)
    assert str(refusal.value) == line


def test_several_populations_are_refused():
    network = RateModel.network((Population.named("A"),), [[1.0]])
    for model in (RateModel.wilson_cowan(), network):
        with pytest.raises(NullclineError, match=f"answers are graded for one population, model '{model.name}' has"):
            check_answer(model, F=F)


def test_a_text_is_read_and_never_run():
    with pytest.raises(FormulaError) as refusal:
        graded(F="__import__('os').getcwd()")
    assert refusal.value.position == 0
    with pytest.raises(FormulaError, match="unknown name 'x'"):
        graded(drdt="-x")
    with pytest.raises(FormulaError, match="unknown function 'F'"):
        graded(F="F(x)")
