"""What is refused as a model, and the whole line that says so; what a model, a derivation and their parts look like."""

import copy
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
import sympy
from nullcline.symbolic import (
    CheckResult,
    Derivation,
    Kind,
    ModelError,
    Parameter,
    Population,
    RateModel,
    Verdict,
    Verification,
    transfer,
)
from nullcline.symbolic.parameter import positive, real

E, I = Population.named("E", sign=1), Population.named("I", sign=-1)
SINGLE = RateModel.single()
W = SINGLE.parameters["w"]
CATALOGUE = "sigmoid, tanh, relu, softplus, erf, power, naka_rushton"


def network(*names, weights=None):
    size = len(names)
    return RateModel.network([Population.named(name) for name in names], weights or [[1.0] * size] * size)


def refused(call, kind=ModelError):
    with pytest.raises(kind) as refusal:
        call()
    line = refusal.value.args[0]
    assert "\n" not in line
    return line


COLLISIONS = [
    (
        ("A_B", "C", "A", "B_C"),
        "w_A_B_C is both the weight to 'A_B' from 'C' and the weight to 'A' from 'B_C': rename a population",
    ),
    (
        ("E", "E0"),
        "r_E0 is both the start value of population 'E' and the rate of population 'E0': rename a population",
    ),
    (
        ("E0", "E"),
        "r_E0 is both the rate of population 'E0' and the start value of population 'E': rename a population",
    ),
    (
        ("E", "E_star"),
        "r_E_star is both the resting rate of population 'E' and the rate of population 'E_star': rename a population",
    ),
]


@pytest.mark.parametrize(("names", "line"), COLLISIONS, ids=str)
def test_two_meanings_of_one_symbol_are_refused(names, line):
    assert refused(lambda: network(*names)) == f"model 'network': {line}"


def test_names_that_only_look_alike_are_welcome():
    assert len(network("E", "E1").parameters) == 12
    assert len(network("A_B", "C", "A", "D").parameters) == 32


def test_two_steps_of_one_key_are_refused():
    assert refused(network("X", "range_X").derive) == (
        "the derivation of model 'network' has two steps 'transfer_range_X': "
        "rename a population whose name makes them one, or a step"
    )


MADE_OF = [
    (
        lambda: RateModel.single("tanh"),
        "transfer must be a TransferFunction, got 'tanh' (str): write transfer.tanh",
    ),
    (
        lambda: Population.named("E", "sigmiod"),
        "transfer must be a TransferFunction, got 'sigmiod' (str): write transfer.sigmoid",
    ),
    (
        lambda: RateModel.single("xyz"),
        f"transfer must be a TransferFunction, got 'xyz' (str): nullcline.symbolic.transfer has {CATALOGUE}",
    ),
    (
        lambda: RateModel.wilson_cowan((transfer.tanh,)),
        f"transfer must be a TransferFunction, got (TransferFunction(tanh: a, theta),) (tuple): "
        f"nullcline.symbolic.transfer has {CATALOGUE}",
    ),
    (
        lambda: replace(E, transfer="tanh"),
        "transfer must be a TransferFunction, got 'tanh' (str): write transfer.tanh",
    ),
    (
        lambda: Population.named(3),
        "a population's name is 1 to 32 letters, digits or underscores, the first no underscore, got 3 (int)",
    ),
    (
        lambda: Population.named("E I"),
        "a population's name is 1 to 32 letters, digits or underscores, the first no underscore, got 'E I' (str)",
    ),
    (
        lambda: Population.named(""),
        "a population's name is 1 to 32 letters, digits or underscores, the first no underscore, got '' (str)",
    ),
    (
        lambda: Population.named("E", sign=True),
        "the sign of population 'E' must be 1, -1 or 0, got True (bool)",
    ),
    (
        lambda: Population.named("E", sign=1.0),
        "the sign of population 'E' must be 1, -1 or 0, got 1.0 (float)",
    ),
    (
        lambda: Population.named("E", sign=2),
        "the sign of population 'E' must be 1, -1 or 0, got 2 (int)",
    ),
    (
        lambda: Population.named("E", defaults={"thetha": 2.0}),
        "unknown parameter 'thetha' for population 'E'; did you mean 'theta'? (known: tau, a, theta, I_ext)",
    ),
    (
        lambda: Population.named("E", defaults=[2.0]),
        "the defaults of population 'E' must be values by name, got [2.0] (list): write them as {'tau': 2.0}",
    ),
    (
        lambda: replace(E, tau=1.0),
        "population 'E' is made of Parameters, got 1.0 (float): Population.named makes them",
    ),
    (
        lambda: replace(E, transfer=transfer.softplus),
        "population 'E' has 2 shape parameters, softplus has 3 (a, b, theta)",
    ),
    (
        lambda: RateModel.network([E, I], 5),
        "weights must be a 2 x 2 matrix, got 5 (int): write a row for each population, with a weight from each",
    ),
    (
        lambda: RateModel.network([E, I], [1, 2]),
        "weights must be a 2 x 2 matrix, got [1, 2] (list): write a row for each population, with a weight from each",
    ),
    (
        lambda: RateModel.network([E, I], [[1, 2], [3]]),
        "weights must be a 2 x 2 matrix, got [[1, 2], [3]] (list): "
        "write a row for each population, with a weight from each",
    ),
    (
        lambda: RateModel.network(["E", "I"], [[1, 2], [3, 4]]),
        "populations must be Populations, got 'E' (str): write Population.named('E')",
    ),
    (
        lambda: RateModel.network(2, [[1, 2], [3, 4]]),
        "populations must be a list of Populations, got 2 (int): write [Population.named('E'), Population.named('I')]",
    ),
    (
        lambda: RateModel.network([E, SINGLE.populations[0]], [[1, 2], [3, 4]]),
        "a population without a name stands alone: name each of several by Population.named",
    ),
    (
        lambda: RateModel.network([E, E], [[1, 2], [3, 4]]),
        "model 'network' names a population twice (E, E): rename one",
    ),
    (lambda: RateModel.network([], []), "model 'network' has no population: give it one"),
    (lambda: RateModel.network([E], [[1]], name=3), "a model's name must be text, got 3 (int)"),
    (
        lambda: RateModel.network([E], [[None]]),
        "model 'network' has one population without a recurrent weight: give it one, zero if need be",
    ),
    (
        lambda: replace(SINGLE, weights=[[5.0]]),
        "the weight to '' from '' must be a Parameter or None, got 5.0 (float): RateModel.network takes numbers",
    ),
    (
        lambda: replace(SINGLE, weights=W),
        "weights must be a 1 x 1 matrix, got Parameter(w = 0.0) (Parameter): "
        "write a row for each population, with a weight from each",
    ),
    (
        lambda: Parameter("a", sympy.Symbol("a"), 1.0, "gain"),
        "the symbol of parameter 'a' must be a real Symbol, got a (Symbol): write Symbol('a', real=True)",
    ),
]


@pytest.mark.parametrize(("make", "line"), MADE_OF, ids=[line[:70] for _, line in MADE_OF])
def test_what_is_no_model_is_refused(make, line):
    assert refused(make) == line


NUMBERS = [
    ({"a": -1}, "a_E must be positive, got -1.0"),
    ({"tau": math.nan}, "tau_E must be finite, got nan"),
    ({"tau": 0}, "tau_E must be positive, got 0.0 ms"),
    ({"a": "big"}, "a_E must be a number, got 'big' (str)"),
    ({"a": None}, "a_E must be a number, got None (NoneType)"),
    ({"a": True}, "a_E must be a number, got True (bool)"),
    ({"I_ext": math.inf}, "I_ext_E must be finite, got inf"),
    ({"I_ext": 10**400}, "I_ext_E must be finite, got a number above 1.8e308"),
    ({"I_ext": 1j}, "I_ext_E must be a number, got 1j (complex)"),
]


@pytest.mark.parametrize(("defaults", "line"), NUMBERS, ids=str)
def test_a_default_that_means_nothing_is_refused(defaults, line):
    assert refused(lambda: Population.named("E", defaults=defaults)) == line


def test_a_default_out_of_the_bounds_of_a_transfer_function_is_refused():
    line = refused(lambda: Population.named("E", transfer.power, defaults={"n": 0.5}))
    assert line == "n_E must be greater than 1, got 0.5"


WEIGHTS = [
    ([["a", 1], [2, 3]], "w_EE must be a number, got 'a' (str)"),
    ([[1, math.nan], [2, 3]], "w_EI must be finite, got nan"),
    ([[1, 1], [math.inf, 3]], "w_IE must be finite, got inf"),
    ([[1, True], [2, 3]], "w_EI must be a number, got True (bool)"),
    ([[1, -4], [2, 3]], "w_EI must not be negative, got -4.0: the sign of population 'I' says how it enters"),
]


@pytest.mark.parametrize(("weights", "line"), WEIGHTS, ids=str)
def test_a_weight_that_means_nothing_is_refused(weights, line):
    assert refused(lambda: RateModel.network([E, I], weights)) == line


def test_every_bound_is_told_in_words():
    fraction = Parameter("p", sympy.Symbol("p", real=True), 0.5, "a fraction", minimum=0.0, maximum=1.0)
    assert refused(lambda: replace(fraction, default=1.5)) == "p must be at most 1, got 1.5"
    assert refused(lambda: replace(fraction, default=-0.5)) == "p must not be negative, got -0.5"
    assert refused(lambda: replace(fraction, minimum=0.6)) == "p must be at least 0.6, got 0.5"
    assert not fraction.allows(math.nan)
    assert not replace(fraction, maximum=math.inf).allows(math.inf)


def test_lists_and_arrays_make_the_same_model_as_tuples():
    of_lists = RateModel.network([E, I], [[9, 4], [13, 11]], name="wilson-cowan")
    assert of_lists == RateModel.network((E, I), np.array([[9.0, 4.0], [13.0, 11.0]]), name="wilson-cowan")
    assert replace(of_lists, populations=list(of_lists.populations), weights=[*map(list, of_lists.weights)]) == of_lists
    assert hash(replace(SINGLE, weights=[[W]])) == hash(SINGLE)


UNKNOWN = [
    (
        lambda: SINGLE.parameters["thetha"],
        "unknown parameter 'thetha' for model 'single'; did you mean 'theta'? (known: tau, a, theta, w, I_ext)",
    ),
    (
        lambda: SINGLE.parameters[0],
        "unknown parameter 0 for model 'single' (known: tau, a, theta, w, I_ext)",
    ),
    (
        lambda: transfer.catalogue["sigmiod"],
        f"unknown transfer function 'sigmiod'; did you mean 'sigmoid'? (known: {CATALOGUE})",
    ),
]


@pytest.mark.parametrize(("look_up", "line"), UNKNOWN, ids=[line[:40] for _, line in UNKNOWN])
def test_an_unknown_name_is_refused_with_the_nearest(look_up, line):
    assert refused(look_up, KeyError) == line


def test_an_unknown_step_is_refused_with_the_nearest_key():
    two = Derivation(SINGLE, SINGLE.derive().steps[:2])
    known = "(known: rate_equation, transfer)"
    nearest = "unknown step 'transfr'{}; did you mean 'transfer'? " + known
    assert refused(lambda: two["transfr"], KeyError) == nearest.format(" for model 'single'")
    assert refused(lambda: two[0], KeyError) == f"unknown step 0 for model 'single' {known}"
    verification = Verification(two.steps, ())
    assert refused(lambda: verification.of("transfr"), KeyError) == nearest.format("")
    assert refused(lambda: verification.verdict("transfr"), KeyError) == nearest.format("")


@pytest.mark.parametrize("named", [SINGLE.derive(), SINGLE.parameters, transfer.catalogue], ids=repr)
def test_what_is_found_by_name_answers_as_a_dict_does(named):
    for other in (3, None, [], "nonsense"):
        assert other not in named
        assert named.get(other) is None
    assert [named[name] for name in named] == list(named.values())
    with pytest.raises(TypeError):
        named["new"] = 1


def test_a_repr_is_one_readable_line():
    assert repr(E) == "Population(E: sigmoid, sign 1; tau_E, a_E, theta_E, I_ext_E)"
    assert repr(SINGLE.populations[0]) == "Population(sigmoid, sign 0; tau, a, theta, I_ext)"
    assert repr(SINGLE.parameters["tau"]) == "Parameter(tau = 1.0 ms, 0 < tau)"
    assert repr(W) == "Parameter(w = 0.0)"
    assert repr(RateModel.wilson_cowan().parameters["w_EI"]) == "Parameter(w_EI = 4.0, 0 <= w_EI)"
    assert repr(SINGLE.parameters) == "Named(parameter: tau, a, theta, w, I_ext)"
    steps = SINGLE.derive().steps[:2]
    results = [CheckResult("transfer", "by hand", kind, Verdict.PROVED, "0", 0) for kind in Kind]
    assert repr(Verification(steps, tuple(results))) == "Verification(2 steps: 1 proved, 1 unchecked)"


def test_models_and_derivations_travel():
    for model in (SINGLE, RateModel.wilson_cowan()):
        bare = pickle.dumps(replace(model))
        assert model.parameters
        assert pickle.dumps(model) == bare
        assert pickle.loads(bare) == model  # noqa: S301
        derivation = model.derive()
        assert pickle.loads(pickle.dumps(derivation)) == derivation  # noqa: S301
        assert copy.deepcopy(derivation) == derivation


def test_a_derivation_with_steps_of_its_own_stays():
    derivation = SINGLE.derive()
    shorter = replace(derivation, steps=derivation.steps[:-1])
    assert refused(lambda: pickle.dumps(shorter), TypeError) == (
        "the derivation of model 'single' has steps of its own and cannot be pickled: "
        "pickle its model, and change the steps again after derive()"
    )


def test_the_bare_parameters_are_those_of_the_tutorial():
    assert positive("a", 1, "gain", sample=(0.5, 2.0)).bounds == (0.0, math.inf)
    assert real("w", 1, "weight", sample=(-8.0, 8.0)).suffixed("E").name == "w_E"
