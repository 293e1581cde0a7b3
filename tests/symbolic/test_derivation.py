"""Every line of every derivation is proved, and every wrong line is refuted."""

from dataclasses import replace
from functools import cache
from itertools import islice

import mpmath
import pytest
import sympy
from mutants import mutants
from nullcline.symbolic import Derivation, Population, RateModel, Step, transfer
from nullcline.symbolic.derivation import Kind, Verdict
from sympy.core.function import AppliedUndef

SINGLE_KEYS = [
    "rate_equation",
    "transfer",
    "transfer_at_zero",
    "transfer_range",
    "transfer_derivative",
    "transfer_second_derivative",
    "transfer_inverse",
    "feedforward_solution",
    "fixed_point_equation",
    "drdt",
    "linearisation",
    "eigenvalue",
    "perturbation_solution",
    "effective_time_constant",
    "trapping_region",
    "potential",
    "critical_points",
    "fold_curve",
    "cusp",
    "uniqueness",
    "euler_map",
    "euler_feedforward_solution",
    "euler_error_bound",
    "euler_stability_limit",
]

PAIR_KEYS = [
    "rate_equations",
    "jacobian",
    "trace",
    "determinant",
    "eigenvalues",
    "nullcline_E",
    "nullcline_I",
    "fold_condition",
    "hopf_condition",
    "trapping_region",
]


def _three() -> RateModel:
    populations = [Population.named(name) for name in "ABC"]
    return RateModel.network(populations, [[5, None, -1], [2, 4.5, None], [None, 3, -2]])


def _mixed() -> RateModel:
    pair = [Population.named("E", transfer.power, sign=1), Population.named("I", transfer.naka_rushton, sign=-1)]
    return RateModel.network(pair, [[9, 4], [13, None]])


def _uncoupled_from_inhibition() -> RateModel:
    pair = [Population.named("E", sign=1), Population.named("I", sign=-1)]
    return RateModel.network(pair, [[None, None], [13, None]])


def _pair(weights: list[list[float | None]], *signs: int) -> RateModel:
    return RateModel.network([Population.named(n, sign=s) for n, s in zip("EI", signs, strict=True)], weights)


MODELS = {
    **{name: (lambda f=f: RateModel.single(f)) for name, f in transfer.catalogue.items()},
    "wilson-cowan": RateModel.wilson_cowan,
    "wilson-cowan relu": lambda: RateModel.wilson_cowan(transfer.relu),
    "mixed pair": _mixed,
    "one-way pair": _uncoupled_from_inhibition,
    "three populations": _three,
}


@cache
def derivation(name: str) -> Derivation:
    return MODELS[name]().derive()


LARGE = ("mixed pair", "one-way pair", "three populations")


def one_by_one(names):
    """Return the names of models as parameters; the large ones take long."""
    return [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in names]


@pytest.mark.parametrize("name", one_by_one(MODELS))
def test_every_step_is_proved_and_carries_both_kinds_of_check(name):
    verification = derivation(name).check()
    assert verification.ok, verification.failures
    assert {key: verification.verdict(key) for key in derivation(name)} == dict.fromkeys(
        derivation(name), Verdict.PROVED
    )
    for step in derivation(name).steps:
        assert {check.kind for check in step.checks} == {Kind.SYMBOLIC, Kind.NUMERICAL}, step.key
        assert all(result.points > 0 for result in verification.of(step.key) if result.kind is Kind.NUMERICAL)


@pytest.mark.parametrize("name", transfer.catalogue)
def test_one_population_has_every_step_promised(name):
    assert list(derivation(name)) == SINGLE_KEYS


def test_two_populations_have_every_step_promised():
    assert set(PAIR_KEYS) <= set(derivation("wilson-cowan"))


@pytest.mark.parametrize("name", MODELS)
def test_steps_are_told_in_order_and_in_words(name):
    seen: set[str] = set()
    for step in derivation(name).steps:
        assert set(step.follows_from) <= seen, f"{step.key} follows from a step that comes after it"
        seen.add(step.key)
        assert step.title, step.key
        assert step.statement.endswith("."), step.key
        assert step.because.endswith("."), step.key


def refuted(step: Step) -> bool:
    """Whether some check refutes the step; numbers first, since they are quick."""
    ordered = sorted(step.checks, key=lambda check: check.kind is Kind.SYMBOLIC)
    return any(check.run(step).verdict is Verdict.REFUTED for check in ordered)


@pytest.mark.parametrize("key", SINGLE_KEYS)
def test_every_single_fault_in_the_tutorials_model_is_refuted(key):
    step = derivation("sigmoid")[key]
    found = list(mutants(step))
    assert len(found) >= (0 if key == "transfer_at_zero" else 1)
    assert [fault for fault, mutant in found if not refuted(mutant)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODELS if name != "sigmoid"])
def test_faults_in_the_other_models_are_refuted(name):
    survivors = []
    for step in derivation(name).steps:
        faults = list(mutants(step))
        every = max(1, len(faults) // 2)
        survivors += [f"{step.key}: {fault}" for fault, mutant in islice(faults, 0, None, every) if not refuted(mutant)]
    assert survivors == []


@pytest.mark.parametrize("key", SINGLE_KEYS)
def test_each_kind_of_check_can_fail(key):
    step = derivation("sigmoid")[key]
    wrong = replace(step, equation=_shifted(step.equation))
    for kind in Kind:
        verdicts = {check.run(wrong).verdict for check in step.checks if check.kind is kind}
        assert Verdict.REFUTED in verdicts, f"no {kind} check of {key} noticed"


def _shifted(relation: sympy.Basic) -> sympy.Basic:
    """Move the right side, or every bound on it, by a third."""
    if isinstance(relation, sympy.And):
        return sympy.And(*(_shifted(part) for part in relation.args), evaluate=False)
    left, right = relation.args
    third = sympy.Rational(1, 3)
    if isinstance(right, sympy.MatrixBase):
        return relation.func(left, right.applyfunc(lambda e: e + third), evaluate=False)
    if isinstance(relation, sympy.Eq) or left.is_Symbol or isinstance(left, sympy.Abs | AppliedUndef):
        return relation.func(left, right - third, evaluate=False)
    return relation.func(left + third, right, evaluate=False)


def test_a_general_line_that_disagrees_with_the_explicit_one_is_refuted():
    for step in derivation("sigmoid").steps:
        if step.general is not None and isinstance(step.general, sympy.Eq) and step.general.rhs.is_Add:
            wrong = replace(step, general=sympy.Eq(step.general.lhs, step.general.rhs - 2 * step.general.rhs.args[0]))
            assert refuted(wrong), step.key


def test_a_step_without_checks_is_not_ok():
    whole = derivation("relu")
    bare = replace(whole, steps=(*whole.steps[:-1], replace(whole.steps[-1], checks=whole.steps[-1].checks[:1])))
    verification = bare.check()
    assert not verification.ok
    assert verification.failures == ("euler_stability_limit: left without a symbolic or without a numerical check",)


@pytest.mark.parametrize(
    ("weights", "signs", "fold", "hopf"),
    [
        ([[9, 4], [13, 11]], (1, -1), "Where fixed points meet", "Where oscillations begin"),
        ([[9, None], [13, 11]], (1, -1), "Where fixed points meet", "No Hopf bifurcation"),
        ([[9, 4], [None, 11]], (1, -1), "Where fixed points meet", "No Hopf bifurcation"),
        ([[None, 4], [13, 11]], (1, -1), "Fixed points never meet", "No Hopf bifurcation"),
        ([[None, 4], [13, None]], (1, -1), "Fixed points never meet", "No Hopf bifurcation"),
        ([[3, 4], [5, 6]], (-1, -1), "Where fixed points meet", "No Hopf bifurcation"),
        ([[3, 4], [5, 6]], (1, 1), "Where fixed points meet", "No Hopf bifurcation"),
        ([[3, 4], [5, 6]], (0, 0), "Where fixed points meet", "Where oscillations begin"),
    ],
)
def test_a_pair_claims_a_bifurcation_only_where_the_signs_of_its_weights_allow_one(weights, signs, fold, hopf):
    steps = _pair(weights, *signs).derive()
    assert steps["fold_condition"].title.startswith(fold)
    assert steps["hopf_condition"].title.startswith(hopf)
    for key in ("fold_condition", "hopf_condition"):
        assert {r.verdict for r in steps[key].check()} == {Verdict.PROVED, Verdict.VERIFIED}


def test_a_fold_of_one_population_is_not_lost_when_the_other_does_not_act_on_it():
    fold = _pair([[9, None], [13, 11]], 1, -1).derive()["fold_condition"].equation
    slope = sympy.Function("F_E'", real=True)(sympy.Symbol("x_E", real=True))
    assert sympy.solve(fold, slope) == [1 / sympy.Symbol("w_EE", nonnegative=True)]


@pytest.mark.parametrize("size", [1, 4])
def test_a_network_of_any_size_is_derived(size):
    model = RateModel.network([Population.named(n) for n in "ABCD"[:size]], [[1.0] * size] * size)
    step = model.derive()["eigenvalues"]
    assert {r.verdict for r in step.check()} == {Verdict.PROVED, Verdict.VERIFIED}


@pytest.mark.parametrize("power", [lambda x, n: sympy.Abs(x**n), lambda x, n: sympy.sqrt(x ** (2 * n))])
def test_what_holds_only_for_positive_numbers_is_not_proved_for_all(power):
    from nullcline.symbolic.proof import remainder

    x, n = sympy.Symbol("x", real=True), sympy.Symbol("n", positive=True)
    assert remainder(power(x, n) - x**n) != 0
    assert remainder(power(sympy.Symbol("x", positive=True), n) - sympy.Symbol("x", positive=True) ** n) == 0


def test_a_wrong_condition_is_refuted():
    steps = derivation("sigmoid")
    w, z, y = sympy.Symbol("w", real=True), sympy.Symbol("z", positive=True), sympy.Symbol("y", real=True)
    wrong = {
        "feedforward_solution": sympy.Eq(w, 17),
        "euler_feedforward_solution": sympy.Eq(w, 17),
        "transfer_inverse": sympy.Gt(y, 100),
        "critical_points": sympy.Lt(w, 0),
        "fold_curve": sympy.Eq(z, w**7),
        "euler_stability_limit": sympy.Gt(sympy.Symbol("lambda", real=True), 0),
    }
    assert [key for key, other in wrong.items() if not refuted(replace(steps[key], condition=other))] == []


def test_a_residual_is_a_number_that_every_program_reads():
    """The tail of a logistic far out is 10 to a power of thirty digits: no residual is told as smaller than 1e-300."""
    from nullcline.symbolic.checks import numerical
    from nullcline.symbolic.proof import Domain

    step = derivation("relu").steps[0]
    for size, told in ((mpmath.mpf(10) ** (-(10**30)), 1e-300), (mpmath.mpf(0), 0.0), (mpmath.mpf(10) ** -80, 1e-80)):
        outcome = numerical("a residual", lambda step, point, size=size: [size], Domain({})).run(step)
        assert (outcome.verdict, float(outcome.residual)) == (Verdict.VERIFIED, told)


def test_an_undecided_residual_is_never_called_proved():
    from nullcline.symbolic.checks import symbolic
    from nullcline.symbolic.proof import Domain

    u = sympy.Symbol("u", positive=True)
    # True, but beyond the ladder: an integral that SymPy does not know to be what it is.
    hidden = sympy.Integral(sympy.exp(-(u**4)), (u, 0, 1)) - sympy.Integral(sympy.exp(-((1 - u) ** 4)), (u, 0, 1))
    check = symbolic("an identity the ladder cannot decide", lambda step: [hidden], Domain({}))
    outcome = check.run(derivation("relu").steps[0])
    assert outcome.verdict is Verdict.UNDECIDED


def test_an_unknown_step_is_refused_with_the_nearest_name():
    with pytest.raises(KeyError, match="did you mean 'eigenvalue'"):
        derivation("sigmoid")["eigenvlaue"]
