"""The loops that are worth compiling, as text: one step of a scheme for one model, and the loops around it.

The step is made from the model's equations and the scheme's coefficients. What needs only the parameters is computed
before the loop starts, and so is the linear part of every function's argument. Rates are stepped with the *rough* forms
of F, right to rounding of the largest F: a rate is added to F at each step, so only the absolute error counts, and the
rough forms share one exponential.

The same text is run by Python on lists, by NumPy on arrays of ensemble members, and compiled to vector instructions.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sympy
from sympy import Expr, Rational, Symbol

from ..symbolic.model import Population, RateModel
from ..symbolic.schemes import SCHEMES
from ..symbolic.stable import stable_forms
from ..symbolic.transfer import x
from .in_place import in_place
from .source import Source, definition

dt = Symbol("dt", positive=True)

# Rates beyond this have left every scale a model can mean; the next product with a weight or a gain might overflow.
ESCAPED = 1e150
ENSEMBLE_ARGUMENTS = (
    *("rates", "total", "eta", "streams", "shared", "parameters", "drive", "noise", "stored"),
    *("first", "last", "samples", "from_sample", "every"),
)


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a scheme, as lines.

    `prepared` lines compute `coefficients` from the parameters p0, p1, ... and dt, which is the last of them; `lines`
    compute the new rates `results` from the rates r0, r1, ..., the coefficients, and, where the input varies, what
    comes on top of I_ext: d0_0, d0_1, ... (d<node>_<population>).
    """

    populations: int
    nodes: tuple[Rational, ...]
    varying: bool
    parameters: tuple[str, ...]
    prepared: tuple[str, ...]
    coefficients: tuple[str, ...]
    lines: tuple[str, ...]
    results: tuple[str, ...]

    @property
    def rates(self) -> list[str]:
        return [f"r{i}" for i in range(self.populations)]

    @property
    def inputs(self) -> list[str]:
        places = [(n, i) for n in range(len(self.nodes)) for i in range(self.populations)]
        return [f"d{n}_{i}" for n, i in places] if self.varying else []


@lru_cache(maxsize=128)
def step_of(model: RateModel, name: str, *, varying: bool, guarded: bool) -> Step:
    """Return one step of the scheme of a name for a model; `varying` says that the input changes with time.

    A guarded step sends a rate beyond 1e150 to infinity and keeps it there: only F without a bound, or a step beyond
    the stability limit, can lead that far.
    """
    scheme = SCHEMES[name]
    parameters = list(model.parameters.values())
    names = {p.symbol: f"p{i}" for i, p in enumerate(parameters)} | {dt: f"p{len(parameters)}"}
    nodes = tuple(dict.fromkeys(scheme.nodes))
    size = len(model.populations)
    rates = [Symbol(f"rate {i}", real=True) for i in range(size)]
    drives = [[Symbol(f"drive {n} {i}", real=True) for i in range(size)] for n in range(len(nodes))]
    own_inputs = [p.I_ext.symbol for p in model.populations]
    source = Source(names, compensated=False, constants=frozenset(names))
    dynamic = {*rates, *(d for row in drives for d in row)}
    for i, rate in enumerate(rates):
        source.bind(rate, source.name(f"where(abs(r{i}) < ESCAPED, r{i}, 0.0)") if guarded else f"r{i}")
        for n, drive in enumerate(drives):
            source.bind(drive[i], f"d{n}_{i}")

    increments: list[list[Expr]] = []
    for row, node in zip(scheme.stages, scheme.nodes, strict=True):
        moved = [r + sum(a * k[i] for a, k in zip(row, increments, strict=False)) for i, r in enumerate(rates)]
        states = [_named(source, state, dynamic, f"state {len(increments)} {i}") for i, state in enumerate(moved)]
        # What comes on top of I_ext may change with time: each node of the scheme has its own.
        extra = drives[nodes.index(node)] if varying else [sympy.Integer(0)] * size
        given = dict(zip(model.rates, states, strict=True)) | {i: i + d for i, d in zip(own_inputs, extra, strict=True)}
        k_of_stage = []
        for i, (population, total) in enumerate(zip(model.populations, model.inputs(), strict=True)):
            response = _response(source, population, total.subs(given, simultaneous=True), dynamic)
            towards = scheme.gain(population.tau.symbol, dt) * (response - states[i])
            if len(scheme.stages) == 1:
                # Multiplied out, all but the response is ready before the response is: a loop over time waits for it.
                k_of_stage.append(sympy.expand_mul(towards, deep=False))
            else:
                k_of_stage.append(_named(source, towards, dynamic, f"increment {len(increments)} {i}"))
        increments.append(k_of_stage)
    results = []
    for i, rate in enumerate(rates):
        new = source.value(rate + sum(b * k[i] for b, k in zip(scheme.weights, increments, strict=True)))
        if guarded:
            if len(scheme.stages) > 1:
                # Between the stages of one step a rate may pass through infinity, and what is left is nan.
                new = source.name(f"where(abs({new}) <= INFINITY, {new}, copysign(INFINITY, r{i}))")
            new = source.name(f"where(abs(r{i}) < ESCAPED, {new}, copysign(INFINITY, r{i}))")
        results.append(new)
    used = set(re.findall(r"\b[pq]\d+\b", " ".join([*source.lines, *results])))
    order = [*names.values(), *(f"q{i}" for i in range(len(source.prepared)))]
    return Step(
        size,
        nodes,
        varying,
        tuple(names.values()),
        tuple(source.prepared),
        tuple(name for name in order if name in used),
        tuple(source.lines),
        tuple(results),
    )


def _named(source: Source, expression: Expr, dynamic: set[Symbol], name: str) -> Symbol:
    """Compute an expression, and return a symbol for it."""
    if expression.is_Symbol:
        return expression
    symbol = Symbol(name, real=True)
    source.bind(symbol, source.value(expression))
    dynamic.add(symbol)
    return symbol


def _response(source: Source, population: Population, total: Expr, dynamic: set[Symbol]) -> Expr:
    """F at the total input, with the arguments of its functions multiplied out where they are linear in the state."""
    transfer, into = population.transfer, population.into_shape
    rough = stable_forms(transfer).rough[0].subs(into, simultaneous=True)
    if transfer.threshold is None:
        return _linear_arguments(rough.subs(x, total), dynamic)
    threshold = transfer.threshold.subs(into, simultaneous=True)
    at, edge = source.value(_linear(total, dynamic)), source.value(threshold)
    # The formula is not meant for inputs below the threshold: there it is given one that is above.
    inside, outcome = Symbol(f"inside {at}", real=True), Symbol(f"response {at}", real=True)
    source.bind(inside, source.name(f"where({at} > {edge}, {at}, 2.0*abs({edge}) + 1.0)"))
    source.bind(outcome, source.name(f"where({at} > {edge}, {source.value(rough.subs(x, inside))}, 0.0)"))
    return outcome


def _linear_arguments(expression: Expr, dynamic: set[Symbol]) -> Expr:
    return expression.replace(
        lambda e: isinstance(e, sympy.Function) and not isinstance(e, sympy.Piecewise),
        lambda e: e.func(*(_linear(a, dynamic) for a in e.args)),
    )


def _linear(expression: Expr, dynamic: set[Symbol]) -> Expr:
    """Write an expression that is linear in the state as a sum over it, with coefficients of parameters alone."""
    moving = sorted(expression.free_symbols & dynamic, key=str)
    if not moving:
        return expression
    expanded = sympy.expand(expression)
    terms, rest = [], expanded
    for symbol in moving:
        slope = sympy.diff(expanded, symbol)
        if slope.free_symbols & dynamic:
            return expression
        terms.append(sympy.factor_terms(slope) * symbol)
        rest = rest.subs(symbol, 0)
    return sympy.Add(*terms, rest)


def velocity_text(model: RateModel) -> str:
    """Return the text of `velocity`: dr/dt from the rates r0, ..., what comes on top of I_ext, and the parameters."""
    parameters = list(model.parameters.values())
    names = {p.symbol: f"p{i}" for i, p in enumerate(parameters)}
    size = len(model.populations)
    drives = [Symbol(f"drive {i}", real=True) for i in range(size)]
    source = Source(names, compensated=False)
    dynamic = {*model.rates, *drives}
    for i, (rate, drive) in enumerate(zip(model.rates, drives, strict=True)):
        source.bind(rate, f"r{i}")
        source.bind(drive, f"d{i}")
    own_inputs = {p.I_ext.symbol: p.I_ext.symbol + d for p, d in zip(model.populations, drives, strict=True)}
    changes = [
        (_response(source, population, total.subs(own_inputs), dynamic) - population.rate) / population.tau.symbol
        for population, total in zip(model.populations, model.inputs(), strict=True)
    ]
    results = [source.value(change) for change in changes]
    arguments = [*(f"r{i}" for i in range(size)), *(f"d{i}" for i in range(size)), *names.values()]
    return definition("velocity", arguments, [*source.lines, f"return {_tuple(results)}"])


def array_text(step: Step) -> tuple[str, int]:
    """Return the text of `prepare`, from parameters to coefficients, and `step`, for arrays; and how many spare ones.

    `step` takes the rates, what comes on top of I_ext, the coefficients, and a list of spare arrays.
    """
    prepare = definition("prepare", step.parameters, [*step.prepared, f"return {_tuple(step.coefficients)}"])
    text, spare = in_place("step", step.rates, [*step.inputs, *step.coefficients], step.lines, step.results)
    return prepare + "\n" + text, spare


def trajectory_text(step: Step) -> str:
    """Return the text of `trajectory`, which fills rows of rates from the first entry on, for one parameter set.

    Where the input varies there is a further row for each node and population, with an entry for each step.
    """
    rows = [f"out{i}" for i in range(step.populations)]
    drives = [f"row{d[1:]}" for d in step.inputs]
    lines = [
        *step.prepared,
        *(f"{r} = {row}[0]" for r, row in zip(step.rates, rows, strict=True)),
        f"for k in range(len({rows[0]}) - 1):",
        *(f"    {d} = {row}[k]" for d, row in zip(step.inputs, drives, strict=True)),
        *(f"    {line}" for line in step.lines),
        *(f"    {r} = {new}" for r, new in zip(step.rates, step.results, strict=True)),
        *(f"    {row}[k + 1] = {r}" for r, row in zip(step.rates, rows, strict=True)),
    ]
    return definition("trajectory", [*rows, *drives, *step.parameters], lines)


def ensemble_text(step: Step, *, own: tuple[int, ...], driven: bool, noisy: bool, summed: bool) -> str:
    """Return the text of `ensemble`, which takes many members from sample `first` to sample `last`.

    `own` are the places of the parameters of which each member has its own value.

    Shapes, for N populations and M members: rates, total, eta (N, M); streams (4, N, M); shared (P,) with the
    parameters that the members share, parameters (len(own), M) with the others; drive (steps, nodes, N), which begins
    at `first`; noise (N, 3): its decay, its amplitude, the amplitude of its start; stored (rows, N, M). Sample k is
    stored where k - from_sample is a multiple of `every`, and every sample is added to `total` if `summed`; no step
    follows sample `samples` - 1.
    """
    populations = range(step.populations)
    block = 256 if noisy else 512
    shared_lines, own_lines, own_names = _split(step, own)
    held = [name for name in step.coefficients if name in own_names]

    def each(lines: Callable[[int], Sequence[str]]) -> list[str]:
        return [line for i in populations for line in lines(i)]

    rows = ["rates", "total", *(["eta"] if noisy else [])]
    setting_up = [
        f"held = np.empty(({max(len(held), 1)}, {block}))",
        *([f"normals = np.empty((2, {step.populations}, {block}))"] if noisy else []),
        *(["for j in range(size):"] if own else []),
        *(f"    {step.parameters[place]} = parameters[{i}, start + j]" for i, place in enumerate(own)),
        *(f"    {line}" for line in own_lines),
        *(f"    held[{i}, j] = {name}" for i, name in enumerate(held)),
        # Rows of their own: an index that is known not to be negative can be turned into vector instructions.
        *(f"held{i} = held[{i}]" for i, _ in enumerate(held)),
        *each(lambda i: [f"{row}{i} = {row}[{i}, start : start + size]" for row in rows]),
        *(
            each(lambda i: [f"bits{n}_{i} = streams[{n}, {i}, start : start + size]" for n in range(4)])
            if noisy
            else []
        ),
    ]
    recording = [
        "if k >= from_sample and (k - from_sample) % every == 0:",
        "    row = (k - from_sample) // every",
        *each(lambda i: [f"    stored[row, {i}, start : start + size] = rates{i}"]),
        "if k == samples - 1:",
        *(each(lambda i: ["    for j in range(size):", f"        total{i}[j] += rates{i}[j]"]) if summed else []),
        "    break",
    ]
    drawing = [
        # Normal numbers come in pairs: one pair serves an even step and the odd one after it.
        "if k % 2 == 0:",
        *each(
            lambda i: [
                f"    cosines, sines = normals[0, {i}], normals[1, {i}]",
                "    for j in range(size):",
                *(f"        {word} = bits{n}_{i}[j]" for n, word in enumerate("abcd")),
                "        one, a, b, c, d = next_bits(a, b, c, d)",
                "        two, a, b, c, d = next_bits(a, b, c, d)",
                *(f"        bits{n}_{i}[j] = {word}" for n, word in enumerate("abcd")),
                "        cosines[j], sines[j] = normal_pair(one, two)",
            ]
        ),
        *each(
            lambda i: [
                f"decay{i} = noise[{i}, 0]",
                f"amplitude{i} = noise[{i}, 2] if k == 0 else noise[{i}, 1]",
                f"normals{i} = normals[k & 1, {i}]",
            ]
        ),
    ]
    inputs = []
    for n, _ in enumerate(step.nodes):
        for i in populations:
            extra = [f"given{n}_{i}"] * driven + [f"eta{i}[j]"] * noisy
            inputs += [f"    d{n}_{i} = {' + '.join(extra)}"] if extra else []
    stepping = [
        *([f"given{d[1:]} = drive[k - first, {d[1:].replace('_', ', ')}]" for d in step.inputs] if driven else []),
        "for j in range(size):",
        *(f"    {name} = held{i}[j]" for i, name in enumerate(held)),
        *(each(lambda i: [f"    eta{i}[j] = decay{i}*eta{i}[j] + amplitude{i}*normals{i}[j]"]) if noisy else []),
        *each(lambda i: [f"    r{i} = rates{i}[j]", *([f"    total{i}[j] += r{i}"] if summed else [])]),
        *inputs,
        *(f"    {line}" for line in step.lines),
        *(f"    rates{i}[j] = {new}" for i, new in zip(populations, step.results, strict=True)),
    ]
    body = [
        *(f"{p} = shared[{i}]" for i, p in enumerate(step.parameters) if i not in own),
        *shared_lines,
        f"for start in range(0, rates.shape[1], {block}):",
        f"    size = min({block}, rates.shape[1] - start)",
        *(f"    {line}" for line in setting_up),
        "    for k in range(first, last):",
        *(f"        {line}" for line in [*recording, *(drawing if noisy else []), *stepping]),
    ]
    return definition("ensemble", ENSEMBLE_ARGUMENTS, body)


def _split(step: Step, own: tuple[int, ...]) -> tuple[list[str], list[str], set[str]]:
    """Part the prepared lines into those for all members and those for each, and name what each has for itself."""
    names = {step.parameters[i] for i in own}
    shared, each = [], []
    for line in step.prepared:
        name, text = line.split(" = ", 1)
        if names & set(re.findall(r"\b[pq]\d+\b", text)):
            names.add(name)
            each.append(line)
        else:
            shared.append(line)
    return shared, each, names


def _tuple(names: Sequence[str]) -> str:
    return f"({', '.join(names)},)" if names else "()"
