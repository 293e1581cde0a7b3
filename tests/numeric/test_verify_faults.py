"""Faults planted in the code, one at a time: `verify` finds each, and names the property that it breaks."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import sympy
from nullcline.numeric import (
    accelerator,
    door,
    drive,
    elementary,
    euler_error,
    folds,
    kernels,
    level_roots,
    near_fold,
    network_fixed_points,
    noise,
    population,
    rate_range,
    stepping,
    transfer_kernels,
    turning,
    verify,
)
from nullcline.numeric.verification import run_properties, search
from nullcline.symbolic import Derivation, RateModel, schemes, stable, transfer
from nullcline.symbolic import noise as symbolic_noise
from nullcline.symbolic.functions import expit, tanhc
from own_formulas import written as own_formula

compiling = sys.modules["nullcline.numeric.compile"]
finding = sys.modules["nullcline.numeric.fixed_points"]

x, a, theta = stable.x, stable.a, stable.theta
u = a * (x - theta)
MODELS = {
    "single": RateModel.single(),
    "wilson-cowan": RateModel.wilson_cowan(),
    "power": RateModel.single(transfer.power),
    "bump": RateModel.single(own_formula("bump")),
}
BISTABLE = {"w": 5.0, "I_ext": 0.5}
BUMPED = {"w": 3.0, "I_ext": 0.0}
POWER_FOLD = {"k": 0.5, "n": 2.0, "theta": 0.0, "w": 1.0, "I_ext": 0.5}


def forget() -> None:
    """Drop what was generated from the code as it was."""
    for name, module in list(sys.modules.items()):
        if name.startswith("nullcline.numeric") or name == "nullcline.symbolic.stable":
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


@dataclass(frozen=True)
class Fault:
    """What is wrong, how it is planted, and the property that must fail."""

    name: str
    plant: Callable[[pytest.MonkeyPatch], None]
    caught_by: str
    model: str = "single"
    examples: int = 40
    parameters: Any = None


FAULTS: list[Fault] = []


def fault(name: str, caught_by: str, **more: Any) -> Callable[[Any], Any]:
    def register(plant: Callable[[pytest.MonkeyPatch], None]) -> Any:
        FAULTS.append(Fault(name, plant, caught_by, **more))
        return plant

    return register


def written(m: pytest.MonkeyPatch, **changed: Any) -> None:
    """Change some of the sigmoid's stable forms."""
    right = stable._sigmoid(a, sympy.Integer(1))
    m.setattr(stable, "_WRITTEN", MappingProxyType({"sigmoid": lambda: replace(right, **changed)}))


RIGHT = stable._sigmoid(a, sympy.Integer(1))

# The transfer function ------------------------------------------------------------------------------------------------


@fault("a wrong sign in F'", "dF")
def _(m):
    written(m, dF=-RIGHT.dF)


@fault("a factor lost in F'", "slope")
def _(m):
    written(m, dF=2 * RIGHT.dF)


@fault("a swapped logistic tail", "F")
def _(m):
    side = sympy.Piecewise((1, x >= 0), (-1, True))
    written(m, F=RIGHT.F.subs(expit(side * u), expit(-side * u)))


@fault("the textbook form of F, which cancels", "F")
def _(m):
    written(m, F=expit(u) - expit(-a * theta))


@fault("e^x - 1 in place of expm1", "F")
def _(m):
    m.setattr(elementary, "expm1", lambda v: np.exp(v) - 1)


@fault("an argument rounded, its low part dropped", "dF", examples=150)
def _(m):
    of = transfer_kernels._everywhere
    m.setattr(transfer_kernels, "_everywhere", lambda *v, **n: of(*v, **{**n, "compensated": False}))


@fault("a wrong sign in F''", "d2F")
def _(m):
    written(m, d2F=-RIGHT.d2F)


@fault("half an angle too much in F''", "d2F")
def _(m):
    written(m, d2F=RIGHT.d2F.subs(tanhc(u / 2), tanhc(u)))


@fault("an inverse that is off by the threshold", "inverse")
def _(m):
    m.setattr(transfer_kernels, "_inverse", lambda low, high, closed, F, dF: lambda y, *p: closed(y, *p) + p[-1])


@fault("an array taken in the wrong order", "arrays")
def _(m):
    m.setattr(compiling, "_scalar_or_array", lambda v: float(v) if v.ndim == 0 else v[::-1])


# The fixed points -----------------------------------------------------------------------------------------------------


@fault("a lost root", "certified_search", parameters=BISTABLE)
def _(m):
    m.setattr(
        population, "_critical_points", lambda sets, ends, *_: [(e, np.zeros(sets.size, bool)) for e in ends[:-1]]
    )


@fault("a lost root, without a certificate", "fine_grid", parameters=BISTABLE)
def _(m):
    _lose_the_last(m)


def _lose_the_last(m):
    put = population._Rows.put

    def losing(self, of, x, r, eigenvalue, stability):
        keep = np.broadcast_to(self.count[of] < 2, of.shape)
        parts = (np.broadcast_to(v, of.shape)[keep] for v in (x, r, eigenvalue, stability))
        put(self, of[keep], *parts)

    m.setattr(population._Rows, "put", losing)


@fault("a root listed twice", "certified_search")
def _(m):
    finish = population._Rows.finish

    def doubling(self):
        one = np.flatnonzero(self.count == 1)
        for column in (self.x, self.r, self.eigenvalue, self.stability):
            column[one, 1] = column[one, 0]
        self.count[one] = 2
        finish(self)

    m.setattr(population._Rows, "finish", doubling)


@fault("< for <= at a fold", "certified_search", model="power", parameters=POWER_FOLD)
def _(m):
    m.setattr(near_fold, "_ZERO", near_fold.mpf(0) - 1)


@fault("w dropped from the Jacobian", "fixed_points", parameters=BISTABLE)
def _(m):
    _changed_jacobian(m, lambda entry: entry.subs(sympy.Symbol("w", real=True), 1))


@fault("tau dropped from the eigenvalue", "eigenvalues", examples=60)
def _(m):
    _changed_jacobian(m, lambda entry: entry.subs(sympy.Symbol("tau", positive=True), 1))


def _changed_jacobian(m, change):
    of = compiling.general_equations

    def changed(*given):
        velocity, entries = of(*given)
        return velocity, [change(e) for e in entries]

    m.setattr(compiling, "general_equations", changed)


@fault("a wrong sign of the slope in the eigenvalue", "eigenvalues", parameters=BISTABLE)
def _(m):
    _changed_jacobian(m, lambda entry: entry.subs(sympy.Symbol("d0"), -sympy.Symbol("d0")))


@fault("Newton's method stopped too early", "fixed_points", parameters=BISTABLE)
def _(m):
    of = population.solved

    def early(*given):
        at, F, dF = of(*given)
        return at * (1 + 1e-9), F, dF

    m.setattr(population, "solved", early)


@fault("a rate that is its input", "fixed_points", parameters=BISTABLE)
def _(m):
    m.setattr(population.Sets, "rate", lambda self, at, F, dF: at - self.I)


@fault("parameter sets exchanged", "parameter_arrays")
def _(m):
    m.setattr(finding, "_on_two_axes", lambda v, shape, is_grid: np.broadcast_to(v, shape).reshape(-1, 1)[::-1])


@fault("a lost root of a network", "newton_from_anywhere", model="wilson-cowan", examples=400)
def _(m):
    of = network_fixed_points._find

    def losing(problem):
        found = of(problem)
        return replace(found, r=found.r[:-1]) if len(found.r) > 1 else found

    m.setattr(network_fixed_points, "_find", losing)


@fault("only the real parts of a network's eigenvalues", "fixed_points", model="wilson-cowan")
def _(m):
    of = network_fixed_points.sorted_eigenvalues
    m.setattr(network_fixed_points, "sorted_eigenvalues", lambda J: of(J).real.astype(complex))


# Folds and bounds -----------------------------------------------------------------------------------------------------


@fault("a lost turning point", "critical_points", parameters=BISTABLE)
def _(m):
    of = turning._closed
    m.setattr(turning, "_closed", lambda s: of(s)[:1])


@fault("a turning point of a formula lost by the search", "critical_points", model="bump", parameters=BUMPED)
def _(m):
    of = turning.level_roots

    def losing(*given, **named):
        found = of(*given, **named)
        return replace(found, roots=found.roots[1:])

    m.setattr(turning, "level_roots", losing)


@fault("maximum and minimum exchanged", "critical_points", model="bump", parameters=BUMPED)
def _(m):
    of = turning._rows

    def turned(s, root):
        return of(s, replace(root, before=root.after, after=root.before))

    m.setattr(turning, "_rows", turned)


@fault("w dropped from the input of a fold", "critical_points", parameters=BISTABLE)
def _(m):
    of = turning.with_fifty_digits
    m.setattr(turning, "with_fifty_digits", lambda e, values: of([*e[:2], e[0] - e[1]], values))


@fault("a fold at the input of another weight", "folds", model="bump", parameters=BUMPED, examples=60)
def _(m):
    of = turning._row

    def off(s, *given):
        row = of(s, *given)
        return replace(row, I_ext=row.I_ext - 0.1 * row.r)

    m.setattr(turning, "_row", off)


@fault("a turning point that is none", "critical_points", model="bump", parameters=BUMPED)
def _(m):
    of = turning.level_roots

    def inventing(*given, **named):
        found = of(*given, **named)
        more = [replace(root, x=root.x + 1) for root in found.roots[:1]]
        return replace(found, roots=(*found.roots, *more))

    m.setattr(turning, "level_roots", inventing)


@fault("a lost cusp", "cusps", model="bump")
def _(m):
    of = folds.level_roots

    def losing(*given, **named):
        found = of(*given, **named)
        return replace(found, roots=found.roots[:1])

    m.setattr(folds, "level_roots", losing)


@fault("a cusp of the weight F' and not 1/F'", "cusps")
def _(m):
    of = folds.with_fifty_digits
    m.setattr(folds, "with_fifty_digits", lambda e, values: of([e[0], 1 / e[1], *e[2:]], values))


@fault("an extremum between the ends forgotten", "range", model="bump")
def _(m):
    of = rate_range.level_roots
    m.setattr(rate_range, "level_roots", lambda *given, **named: replace(of(*given, **named), roots=()))


@fault("roots of one piece only", "critical_points", model="bump", parameters=BUMPED)
def _(m):
    of = level_roots.search

    def halved(curve, start, allowance):
        found = of(curve, start, allowance)
        return replace(found, roots=found.roots[:1])

    m.setattr(level_roots, "search", halved)


# Simulation -----------------------------------------------------------------------------------------------------------


@fault("an off-by-one in the time grid", "time_grid")
def _(m):
    of = door.time_grid
    m.setattr(door, "time_grid", lambda *v, **n: (lambda g: replace(g, samples=max(g.samples - 1, 1)))(of(*v, **n)))


@fault("times that begin at dt", "time_grid")
def _(m):
    m.setattr(door.Grid, "t", property(lambda g: np.arange(g.first, g.samples, g.every) * g.dt + g.dt))


@fault("a loop that ends one step early", "scheme_steps")
def _(m):
    text_changed(m, "- 1):", "- 2):")


def text_changed(m, old, new):
    of = stepping.trajectory_text
    m.setattr(stepping, "trajectory_text", lambda step: of(step).replace(old, new))


@fault("a wrong sign of the step", "scheme_steps")
def _(m):
    m.setattr(schemes.Scheme, "gain", lambda self, tau, dt: -dt / tau)


@fault("tau dropped from the step", "scheme_steps")
def _(m):
    m.setattr(schemes.Scheme, "gain", lambda self, tau, dt: dt)


@fault("dt/tau in place of 1 - e^(-dt/tau)", "scheme_steps")
def _(m):
    m.setattr(schemes.Scheme, "gain", lambda self, tau, dt: dt / tau)


@fault("w dropped from the input of a step", "scheme_steps")
def _(m):
    _changed_inputs(m, lambda model, e: e.subs(model.weights[0][0].symbol, 0))


def _changed_inputs(m, change):
    of = RateModel.inputs
    m.setattr(RateModel, "inputs", lambda self: tuple(change(self, e) for e in of(self)))


@fault("Heun's method with Euler's weights", "order", examples=100)
def _(m):
    _changed_scheme(m, "heun", weights=(sympy.Integer(1), sympy.Integer(0)))


@fault("a wrong coefficient of Runge and Kutta's", "scheme_steps")
def _(m):
    _changed_scheme(m, "rk4", stages=((), (sympy.Rational(1, 3),), *schemes.RK4.stages[2:]))


def _changed_scheme(m, name, **change):
    changed = dict(schemes.SCHEMES) | {name: replace(schemes.SCHEMES[name], **change)}
    for module in (kernels, sys.modules["nullcline.numeric.integrators"]):
        m.setattr(module, "SCHEMES", MappingProxyType(changed))


@fault("samples of the input taken one step late", "scheme_steps")
def _(m):
    of = drive.Drive.at_nodes
    m.setattr(
        drive.Drive, "at_nodes", lambda self, nodes, first, last: np.roll(of(self, nodes, first, last), 1, axis=0)
    )


@fault("the offset of F added, not subtracted, where rates are stepped", "trapping_region", examples=100)
def _(m):
    rise, offset = 1 / (1 + sympy.exp(-u)), 1 / (1 + sympy.exp(a * theta))
    written(m, rough=(rise + offset, RIGHT.rough[1]))


@fault("the error of Euler's method taken for its bound h/e", "euler_error")
def _(m):
    m.setattr(run_properties, "euler_sup_error", lambda h: h / np.e)


@fault("an error of Euler's method that is too small", "euler_error")
def _(m):
    of = euler_error.euler_sup_error
    m.setattr(run_properties, "euler_sup_error", lambda h: 0.99 * of(h))


@fault("tau dropped from the exact solution", "euler_error")
def _(m):
    of = compiling._feedforward
    m.setattr(compiling, "_feedforward", lambda q: lambda t, start, f, tau: of(q)(t, start, f, np.ones_like(tau)))


@fault("the sign of inhibition lost", "scheme_steps", model="wilson-cowan")
def _(m):
    of = RateModel.weight_matrix
    m.setattr(RateModel, "weight_matrix", lambda self: of(self).applyfunc(lambda e: -e if e.is_Mul else e))


@fault("weights to and from exchanged", "fixed_points", model="wilson-cowan")
def _(m):
    of = RateModel.weight_matrix
    m.setattr(RateModel, "weight_matrix", lambda self: of(self).T)


# Noise ----------------------------------------------------------------------------------------------------------------


@fault("Euler and Maruyama's update under the exact one's name", "noise")
def _(m):
    m.setattr(noise.OU, "_chain", property(lambda self: symbolic_noise.EULER_MARUYAMA))


@fault("1 - rho for 1 - rho^2 in the amplitude of the noise", "noise")
def _(m):
    chain = symbolic_noise.Chain(symbolic_noise.EXACT.decay, symbolic_noise.EXACT.amplitude.subs(-2, -1))
    wrong = replace(chain, amplitude=symbolic_noise.sigma * sympy.sqrt(1 - chain.decay))
    m.setattr(noise.OU, "_chain", property(lambda self: wrong))


@fault("noise of another trial", "noisy_runs")
def _(m):
    of = stepping.generators
    m.setattr(stepping, "generators", lambda entropy, trials, n: of(entropy, [t + 1 for t in trials], n))


@fault("noise that starts without its first number", "noisy_runs")
def _(m):
    of = stepping._noise_rows

    def cold(plan):
        rows = of(plan).copy()
        rows[:, 2] = 0
        return rows

    m.setattr(stepping, "_noise_rows", cold)


# The derivation -------------------------------------------------------------------------------------------------------


@fault("a wrong sign in a derived line", "derivation", examples=1)
def _(m):
    right = RateModel.single().derive()
    step = right["eigenvalue"]
    wrong = replace(step, equation=sympy.Eq(step.equation.lhs, -step.equation.rhs))
    few = Derivation(right.model, (wrong,))
    m.setattr(RateModel, "derive", lambda self: few)


@pytest.fixture(autouse=True)
def _by_NumPy_and_afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NULLCLINE_NUMBA", "0")
    # It is enough that a fault is found.
    monkeypatch.setattr(search, "_SHRINKING", 0.1)
    forget()
    yield
    monkeypatch.undo()
    forget()


def test_at_least_twenty_faults_of_different_kinds_are_planted():
    assert len(FAULTS) >= 20
    assert len({f.name for f in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("planted", FAULTS, ids=lambda f: f.name)
def test_a_planted_fault_is_found(planted: Fault, monkeypatch: pytest.MonkeyPatch):
    model, given = MODELS[planted.model], planted.parameters or {}
    planted.plant(monkeypatch)
    found = verify(model, examples=planted.examples, only=(planted.caught_by,), **given)
    row = found[planted.caught_by]
    assert not found.ok
    assert row.skipped is None
    assert row.counterexample
    # Found by its numbers, and not because the plant itself breaks down.
    assert "raised" not in row.counterexample, row.counterexample


@pytest.mark.parametrize("name", MODELS)
def test_without_a_fault_every_property_holds(name: str):
    properties = sorted({f.caught_by for f in FAULTS if f.model == name and f.caught_by != "derivation"})
    given = next((f.parameters for f in FAULTS if f.model == name and f.parameters), None) or {}
    found = verify(MODELS[name], examples=40, only=tuple(properties), **given)
    assert found.ok, found
    assert all(row.skipped is None for row in found.rows), found


@pytest.mark.slow
def test_a_fault_of_the_compiled_loops_alone_is_found_against_the_other_route(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NULLCLINE_NUMBA", "1")
    if not accelerator.is_available():
        pytest.skip("numba is not installed")
    of = stepping._compiled_piece

    def off(plan, step, piece, columns, starts, stored, total, tell):
        of(plan, step, piece, columns, starts, stored, total, tell)
        stored[1:] *= 1 + 1e-9

    monkeypatch.setattr(stepping, "_compiled_piece", off)
    assert not verify(RateModel.single(), examples=40, only=("backends",)).ok


def test_the_rows_are_ordinary_values(monkeypatch: pytest.MonkeyPatch):
    written(monkeypatch, dF=-RIGHT.dF)
    found = verify(RateModel.single(), examples=20, only=("F", "dF"))
    good, bad = found.to_list()
    assert (good["name"], good["passed"], good["examples"], good["counterexample"]) == ("F", True, 20, None)
    assert (bad["name"], bad["passed"]) == ("dF", False)
    assert bad["worst_over_bound"] > 1
    assert bad["counterexample"]["error"] > bad["counterexample"]["bound"]
    assert "FAILED dF" in repr(found)
