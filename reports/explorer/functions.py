"""The numeric functions of a model of one population in JavaScript, from the same lines as those in Python.

`model_script` writes what depends on the model: the lines of `numeric.transfer_kernels`, of the model's equations and
of Euler's step, as functions of p0, p1, ...; everything that a user named travels as data. `fixed_script` is what
serves every model. Together they define one object, NC (its functions: see the files).
"""

import json
from collections.abc import Sequence
from importlib import resources

import sympy
from sympy import Expr, Symbol

from ...numeric import elementary
from ...numeric.cases import Case
from ...numeric.compile import feedforward_form, general_equations
from ...numeric.kernels import ESCAPED, step_of
from ...numeric.near_fold import exact_forms
from ...numeric.population import threshold_alone
from ...numeric.source import Source, function
from ...numeric.source import definition as source_definition
from ...numeric.transfer_kernels import FARTHEST, FARTHEST_POWER, kernels_text
from ...symbolic import noise
from ...symbolic.errors import NullclineError
from ...symbolic.model import RateModel
from ...symbolic.stable import stable_forms
from ...symbolic.transfer import TransferFunction, formula_derivative, x
from . import javascript
from .arithmetics import DIGITS, INTERVALS, enclosing, exactly, far_out

# In the order in which they are to stand: each may call what comes before it as soon as it is read.
_BEFORE = ("elementary.js", "bracketing.js", "population.js", "fixed_points.js")
_AFTER = ("curves.js", "noise.js", "simulation.js")
# How fixed points are found: with what is known of F, and where no more is known than its formula.
_CLOSED, _SEARCHED = ("digits.js", "near_fold.js", "closed_forms.js"), ("intervals.js", "search.js")
_CONSTANTS = {"FARTHEST": FARTHEST, "FARTHEST_POWER": FARTHEST_POWER, "ESCAPED": ESCAPED}


def numerics_script(model: RateModel) -> str:
    """Return a script that defines NC with all its numeric functions and `NC.model`, for the scope it stands in.

    Raises NullclineError for a model of several populations.
    """
    return "\n".join(["const NC = {};", fixed_script(model), model_script(model)])


def fixed_script(model: RateModel) -> str:
    """Return the statements that serve every model of this kind, in a scope that has NC."""
    return javascript.tightened("\n".join(fixed_text(name) for name in files_for(model)))


def files_for(model: RateModel) -> tuple[str, ...]:
    """Return the names of the files that a model of this kind needs, in order."""
    closed = all(p.transfer.has_closed_forms for p in model.populations)
    return (*_BEFORE, *(_CLOSED if closed else _SEARCHED), *_AFTER)


def fixed_text(name: str) -> str:
    """Return the text of one of the files that serve every model, without its comments."""
    return javascript.compact(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def model_script(model: RateModel) -> str:
    """Return the statements that define `NC.model`, `NC.cases` and `NC.exactUpdate`, in a scope that has NC.

    Raises NullclineError for a model of several populations.
    """
    if len(model.populations) != 1:
        line = f"the explorer is for one population, model {model.name!r} has {len(model.populations)}"
        raise NullclineError(f"{line}: leave it out of the report")
    (population,) = model.populations
    places = {name: i for i, name in enumerate(model.parameters)}
    made = javascript.functions(kernels_text(population.transfer)) | _equations(model)
    if not population.transfer.has_closed_forms:
        made |= javascript.functions(_cases(population.transfer))
    shape = [f"p{places[p.name]}" for p in population.shape]
    bound = _bound(population.transfer, made, shape, f"p{places[population.tau.name]}", len(places))
    texts = [*made.values(), _euler(model), bound]
    closed = population.transfer.has_closed_forms
    other = _exact(model) if closed else _enclosures(population.transfer)
    called = javascript.names_in(texts)
    used = sorted(called & {*elementary.namespace(), "copysign"})
    constants = [f"const {name} = {value!r};" for name, value in sorted(_CONSTANTS.items()) if name in called]
    weight = model.weights[0][0]
    assert weight is not None
    alone = threshold_alone(population.transfer)
    parts = {
        "tau": places[population.tau.name],
        "w": places[weight.name],
        "I": places[population.I_ext.name],
        # Where the threshold stands among the parameters, if F depends on x and on it by their difference alone.
        "alone": None if alone is None else places[population.shape[alone].name],
        "aloneInShape": alone,
        "closed": closed,
        "bounded": population.transfer.bounded,
        "domain": None if population.transfer.inputs is None else list(population.transfer.inputs),
        "affine": closed and formula_derivative(population.transfer, 2) == 0,
    }
    data = {
        "name": model.name,
        "parameters": [{"name": p.name, "value": p.default} for p in model.parameters.values()],
        **parts,
    }
    update = javascript.functions(
        function("exactUpdate", [noise.dt, noise.tau, noise.sigma], [noise.EXACT.decay, noise.EXACT.amplitude])
    )["exactUpdate"]
    update_calls = sorted(javascript.names_in([update]) & {*elementary.namespace()})
    return "\n".join(
        [
            f"NC.cases = {json.dumps({case.name.lower(): str(case) for case in Case})};",
            "NC.exactUpdate = (() => {",
            f"const {{ {', '.join(update_calls)} }} = NC.elementary;",
            f"return {update};",
            "})();",
            "NC.model = (() => {",
            f"const {{ {', '.join(used)} }} = NC.elementary;",
            *constants,
            *texts,
            other,
            f"return NC.assemble({{ ...{json.dumps(data, allow_nan=False)}, bind }});",
            "})();",
        ]
    )


def _equations(model: RateModel) -> dict[str, str]:
    """The model's equations, with F and F' as arguments: input(r), drdt(r, F), eigenvalue(F'), weight, feedforward.

    With h(x) = x - I_ext - w F(x) also: slope_of_h(F'), eigenvalue_of(h'), tau_eff(eigenvalue), and what solves
    x = w r + I_ext, rate_at(x) and drive(x, r).
    """
    (population,) = model.populations
    rate, f, d = population.rate, Symbol("f"), Symbol("d")
    own = [p.symbol for p in model.parameters.values()]
    (velocity,), (slope,) = general_equations(model, [f], [d])
    arguments, solution = feedforward_form(population)
    (total,) = model.inputs()
    bend, rate_of_change, time = Symbol("bend"), Symbol("rate of change"), Symbol("time")
    slope_of_h = _h_slopes(model, [rate, d])[1]
    (from_bend,) = sympy.solve(slope_of_h - bend, d)
    # A deviation goes as e^(lambda t), and is a factor e smaller after tau_eff.
    (tau_eff,) = sympy.solve(rate_of_change * time + 1, time)
    (rate_at,) = sympy.solve(total - x, rate)
    (drive,) = sympy.solve(total - x, population.I_ext.symbol)
    shape = [p.symbol for p in population.transfer.parameters]
    parts: list[tuple[str, Sequence[Symbol], Sequence[Expr]]] = [
        ("input", [rate, *own], model.inputs()),
        ("drdt", [rate, f, *own], [velocity]),
        ("eigenvalue", [d, *own], [slope]),
        ("slope_of_h", [d, *own], [slope_of_h]),
        ("eigenvalue_of", [bend, *own], [sympy.simplify(slope.subs(d, from_bend))]),
        ("tau_eff", [rate_of_change], [tau_eff]),
        ("rate_at", [x, *own], [rate_at]),
        ("drive", [x, rate, *own], [drive]),
        ("weight", own, list(model.weight_matrix())),
        ("feedforward", arguments, [solution]),
    ]
    if not population.transfer.has_closed_forms or population.transfer.kinks:
        parts.append(("kinks", shape, population.transfer.kinks))
        parts.append(("switches", shape, population.transfer.switches))
    return javascript.functions("\n".join(function(*part) for part in parts if part[2]))


def _h_slopes(model: RateModel, values: Sequence[Expr]) -> list[Expr]:
    """Return h(x) = x - input(F(x)) and its derivatives, at F = values[0], F' = values[1], ..."""
    (total,), rate = model.inputs(), model.populations[0].rate
    response = sympy.Function("F")(x)
    made = []
    for order in range(len(values)):
        e = sympy.diff(x - total.subs(rate, response), x, order)
        for k in range(order, -1, -1):
            e = e.subs(sympy.diff(response, x, k) if k else response, values[k])
        made.append(e)
    return made


def _euler(model: RateModel) -> str:
    """Euler's step: a function of the parameters and dt that returns one of the rate and what comes on top of I_ext."""
    step = step_of(model, "euler", varying=True, guarded=True)
    (rate,), (drive,), (result,) = step.rates, step.inputs, step.results
    inner = [*(f"  {line}" for line in javascript.statements(step.lines)), f"  return {result};"]
    prepared = javascript.statements(step.prepared)
    return javascript.definition(
        "euler", ", ".join(step.parameters), [*prepared, f"return ({rate}, {drive}) => {{", *inner, "};"]
    )


def _bound(transfer: TransferFunction, made: dict[str, str], shape: list[str], tau: str, size: int) -> str:
    """The function that returns all functions at some values of the parameters."""
    own, everything = ", ".join(shape), ", ".join(f"p{i}" for i in range(size))

    def value(name: str) -> str:
        return f"{name}({own})" if name in made else "null"

    def of_x(name: str) -> str:
        return f"(x) => {name}({', '.join(['x', *shape])})" if name in made else "null"

    inflections = [name for name in made if name.startswith("inflection")]
    slopes = "null"
    if "inputs_of_slope" in made:
        count = made["inputs_of_slope"].count("return [")
        call = f"inputs_of_slope({', '.join(['m', *shape])})"
        slopes = f"(m) => {call}" if count else f"(m) => [{call}]"
    closed = transfer.has_closed_forms
    low, high = "null", "null"
    if closed:
        finite = bool(transfer.range.inf.is_finite)
        low = "0" if transfer.threshold is not None else f"F(-FARTHEST, {own})" if finite else "-Infinity"
        high = f"F(FARTHEST, {own})" if transfer.bounded else "Infinity"

    def several(name: str) -> str:
        return f"[{value(name)}].flat()" if name in made else "[]"

    lines = [
        f"const [{everything}] = values;",
        "return {",
        f"  shape: [{own}],",
        f"  F: {of_x('F')},",
        f"  dF: {of_x('dF')},",
        f"  d2F: {of_x('d2F')},",
        f"  closedInverse: {of_x('F_inverse')},",
        f"  inflections: [{', '.join(f'{name}({own})' for name in inflections)}],",
        f"  inputsOfSlope: {slopes},",
        f"  largestSlope: {value('largest_slope')},",
        f"  threshold: {value('threshold')},",
        f"  slopeAtThreshold: {of_x('slope_at_threshold')},",
        f"  asymptoticSlope: {value('asymptotic_slope')},",
        f"  asymptoticOffset: {value('asymptotic_offset')},",
        f"  low: {low},",
        f"  high: {high},",
        f"  kinks: {several('kinks')},",
        f"  switches: {several('switches')},",
        f"  input: (r) => input(r, {everything}),",
        f"  drdt: (r, f) => drdt(r, f, {everything}),",
        f"  eigenvalue: (d) => eigenvalue(d, {everything}),",
        f"  slopeOfH: (d) => slope_of_h(d, {everything}),",
        f"  eigenvalueOf: (slope) => eigenvalue_of(slope, {everything}),",
        "  tauEff: tau_eff,",
        f"  rateAt: (x) => rate_at(x, {everything}),",
        f"  drive: (x, r) => drive(x, r, {everything}),",
        f"  weight: () => weight({everything}),",
        f"  feedforward: (t, start, f) => feedforward(t, start, f, {tau}),",
        f"  euler: (dt) => euler({everything}, dt),",
        "};",
    ]
    if closed:
        lines[-1:] = ["  exact,", "};"]
    else:
        lines[-1:] = [
            f"  caseAt: {of_x('caseAt')},",
            f"  enclosures: (() => {{ const all = enclosures({own}); return (i) => all[i]; }})(),",
            "};",
        ]
    return javascript.definition("bind", "values", lines)


def _cases(transfer: TransferFunction) -> str:
    """Which case of a formula holds at an input, counted from 0."""
    names = [f"p{i}" for i in range(len(transfer.parameters) + 1)]
    source = Source(dict(zip([x, *(p.symbol for p in transfer.parameters)], names, strict=True)), compensated=False)
    text = "nan"
    if isinstance(transfer.formula, sympy.Piecewise):
        for i, (_, condition) in reversed(list(enumerate(transfer.formula.args))):
            always = condition == sympy.true
            text = f"{float(i)}" if always else f"where({source.condition(condition)}, {float(i)}, {text})"
    else:
        text = "0.0"
    return source_definition("caseAt", names, [*source.lines, f"return {text},"])


def _exact(model: RateModel) -> str:
    """The function of F's parameters, w and I, with many digits, that returns what near_fold.js needs; or null."""
    (population,), weight = model.populations, model.weights[0][0]
    transfer = population.transfer
    assert weight is not None
    forms = exact_forms(transfer)
    responses = [forms.pop(name) for name in ("F", "dF", "d2F")]
    # No parameter of F can be called so.
    w, drive = Symbol("the weight", real=True), Symbol("the input", real=True)
    given = {weight.symbol: w, population.I_ext.symbol: drive}
    placeholders = [Symbol(f"response {k}") for k in range(len(responses))]
    put = dict(zip(placeholders, responses, strict=True))
    h = [e.subs(given).xreplace(put) for e in _h_slopes(model, placeholders)]
    shape = [p.symbol for p in transfer.parameters]
    named = {"F": responses[0], **dict(zip(("h", "dh", "d2h"), h, strict=True)), **forms}
    text = exactly("made", x, [*shape, w, drive], named)
    if text is None:
        return "const exact = null;"
    called = sorted(javascript.names_in([text]) & DIGITS)
    return "\n".join(
        ["const exact = (() => {", f"const {{ {', '.join(called)} }} = NC.digits;", text, "return made;", "})();"]
    )


def _enclosures(transfer: TransferFunction) -> str:
    """The function of the parameters that returns, for each case of a formula, enclosures of F, F' and F''."""
    forms = stable_forms(transfer)
    cases = [
        [case for case, _ in form.args] if isinstance(transfer.formula, sympy.Piecewise) else [form]
        for form in (forms.F, forms.dF, forms.d2F)
    ]
    own = [p.symbol for p in transfer.parameters]
    texts = []
    for i, (F, dF, d2F) in enumerate(zip(*cases, strict=True)):
        # F and F' at 1/s and at -1/s, for boxes that reach to infinity.
        far = {"right": (F, dF, 1), "left": (F, dF, -1)}
        ends = {
            f"{name}{end}": far_out(e, x, side)
            for end, (*both, side) in far.items()
            for name, e in zip(("F", "dF"), both, strict=True)
        }
        texts.append(enclosing(f"case{i}", x, own, {"F": F, "dF": dF, "d2F": d2F, **ends}))
    arguments = ", ".join(f"p{i}" for i in range(len(own)))
    called = sorted(javascript.names_in(texts) & INTERVALS)
    return "\n".join(
        [
            "const enclosures = (() => {",
            f"const {{ {', '.join(called)} }} = NC.intervals;",
            *texts,
            f"return ({arguments}) => [{', '.join(f'case{i}({arguments})' for i in range(len(texts)))}];",
            "})();",
        ]
    )
