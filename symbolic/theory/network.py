"""What follows for several coupled populations: equations, Jacobian, eigenvalues, trapping box.

Reference: theory, sections 5 and 5.1.
"""

from itertools import combinations
from typing import Any

import mpmath
import sympy
from sympy import Derivative, Eq, Expr, ImmutableMatrix, MatrixSymbol, Symbol, oo

from ..checks import DIFFERENCED, Point, both_sides, numerical, right_sides, sides, symbolic
from ..derivation import Step
from ..model import RateModel
from ..proof import Domain, evaluate
from . import pair, pair_bifurcations, response
from .coupling import (
    branches_of,
    domain_of,
    entries_of,
    numeric_jacobian,
    numeric_rates_of_change,
    put_in,
    rate_of_time,
    total_inputs,
)
from .response import between, bounds_of, differences
from .vocabulary import Vocabulary, eigenvalue, t

jacobian_symbol = "J"
# The characteristic polynomial of N populations has more than N! terms.
_EXPANDED_UP_TO = 3


def steps(model: RateModel) -> tuple[Step, ...]:
    """Return the steps of the derivation for several populations."""
    populations = tuple(
        Vocabulary(model, p, row[i]) for i, (p, row) in enumerate(zip(model.populations, model.weights, strict=True))
    )
    own = [
        step
        for m in populations
        for step in (
            response.transfer(m),
            *((response.transfer_range(m),) if m.has_closed_forms else ()),
            response.transfer_derivatives(m)[0],
            *((response.transfer_inverse(m),) if m.has_closed_forms else ()),
        )
    ]
    # What rests on the range and the inverse of F, or on F rising, is found numerically where these are not known.
    closed = all(m.has_closed_forms for m in populations)
    chapter = [
        rate_equations(model, populations),
        *own,
        fixed_point_equations(model, populations),
        jacobian(model, populations),
    ]
    if len(populations) == 2:
        chapter += [
            pair.trace(model, populations),
            pair.determinant(model, populations),
            pair.eigenvalues_of_two(model, populations),
        ]
        if closed:
            chapter += [
                *(pair.nullcline(model, populations, i) for i in (0, 1)),
                pair_bifurcations.fold_condition(model, populations),
                pair_bifurcations.hopf_condition(model, populations),
            ]
    elif len(populations) <= _EXPANDED_UP_TO:
        chapter.append(characteristic_polynomial(model, populations))
    else:
        chapter.append(eigenvectors(model, populations))
    return (*chapter, trapping_region(model, populations)) if closed else tuple(chapter)


def rate_equations(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    rates = {p.rate: rate_of_time(p) for p in model.populations}
    left = [m.tau * Derivative(rate_of_time(m.population), t) for m in populations]
    right = [
        -rate_of_time(m.population) + m.F(total.subs(rates))
        for m, total in zip(populations, model.inputs(), strict=True)
    ]
    back = {function: symbol for symbol, function in rates.items()}
    changes = {
        Derivative(rate_of_time(m.population), t): Symbol(f"change_{i}", real=True) for i, m in enumerate(populations)
    }

    def put_in_changes(step: Step) -> list[Expr]:
        lines = zip(left, right_sides(step.equation, *left), strict=True)
        return [put_in(populations, (a - b).xreplace(changes).xreplace(back)) for a, b in lines]

    def residual(step: Step) -> list[Expr]:
        known = dict(zip(changes.values(), model.right_hand_side(), strict=True))
        return [e.subs(known) for e in put_in_changes(step)]

    def summed(step: Step, point: Point) -> list[Any]:
        values = numeric_rates_of_change(model, populations, point)
        return [
            evaluate(e, {**point, **dict(zip(changes.values(), values, strict=True))}) for e in put_in_changes(step)
        ]

    domain = domain_of(model)
    return Step(
        "rate_equations",
        "The rate equations",
        "Each population relaxes with its own time constant towards its response to its total input: the "
        "weighted rates "
        "of all populations, inhibitory ones with a minus sign, plus its external input.",
        Eq(ImmutableMatrix(left), ImmutableMatrix(right), evaluate=False),
        "This is the model: everything below follows from it.",
        checks=(
            symbolic(
                "the weight matrix times the rates, row by row", residual, domain, branches_of(model, populations)
            ),
            numerical("the total inputs summed weight by weight", summed, domain),
        ),
    )


def _at_rest(model: RateModel) -> dict[Expr, Expr]:
    return {p.rate: Symbol(f"r_{p.name}_star", real=True) for p in model.populations}


def fixed_point_equations(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    rest = _at_rest(model)
    left = [rest[r] for r in model.rates]
    right = [m.F(total.subs(rest)) for m, total in zip(populations, model.inputs(), strict=True)]
    back = {star: rate for rate, star in rest.items()}

    def at_rest(step: Step) -> list[Expr]:
        taus = [m.tau for m in populations]
        changes = model.right_hand_side()
        return [
            put_in(populations, (a - b).subs(back)) + tau * change
            for a, b, tau, change in zip(left, right_sides(step.equation, *left), taus, changes, strict=True)
        ]

    def summed(step: Step, point: Point) -> list[Any]:
        changes = numeric_rates_of_change(model, populations, point)
        return [
            evaluate(put_in(populations, (a - b).subs(back)), point) + point[m.tau] * change
            for a, b, m, change in zip(left, right_sides(step.equation, *left), populations, changes, strict=True)
        ]

    domain = domain_of(model)
    return Step(
        "fixed_point_equations",
        "Fixed points",
        "Rates that do not change reproduce each other. No closed form; all solutions are found numerically, by an "
        "interval search that says whether it is complete.",
        Eq(ImmutableMatrix(left), ImmutableMatrix(right), evaluate=False),
        "Set every dr/dt to zero.",
        ("rate_equations",),
        (
            symbolic("the right-hand sides at rest", at_rest, domain, branches_of(model, populations)),
            numerical("the total inputs summed weight by weight", summed, domain),
        ),
    )


def jacobian(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    size = len(populations)
    totals = total_inputs(model, populations)
    true = sympy.Matrix(model.right_hand_side()).jacobian(sympy.Matrix(model.rates))

    def explicit(step: Step) -> list[Expr]:
        entries = right_sides(step.equation, *[MatrixSymbol(jacobian_symbol, size, size)] * size**2)
        return [put_in(populations, entry.subs(totals)) for entry in entries]

    def residual(step: Step) -> list[Expr]:
        return [got - expected for got, expected in zip(explicit(step), true, strict=True)]

    def by_difference(step: Step, point: Point) -> list[Any]:
        numbers = numeric_jacobian(model, populations, point)
        return [evaluate(e, point) - numbers[i // size, i % size] for i, e in enumerate(explicit(step))]

    domain = domain_of(model)
    names = ", ".join(f"x_{m.population.name}" for m in populations)
    return Step(
        "jacobian",
        "The Jacobian",
        f"How small deviations from a fixed point drive each other; {names} are the total inputs there.",
        Eq(MatrixSymbol(jacobian_symbol, size, size), entries_of(model, populations), evaluate=False),
        "Differentiate each right-hand side by each rate.",
        ("rate_equations", "fixed_point_equations", *(m.key("transfer_derivative") for m in populations)),
        (
            symbolic(
                "SymPy's Jacobian of the right-hand sides with F put in",
                residual,
                domain,
                branches_of(model, populations),
            ),
            numerical(
                "difference quotients of the right-hand sides", by_difference, domain, within=DIFFERENCED, points=5
            ),
        ),
    )


def characteristic_polynomial(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    size = len(populations)
    matrix = MatrixSymbol(jacobian_symbol, size, size)
    minors = {
        order: sympy.Add(
            *(sympy.Matrix(matrix).extract(list(rows), list(rows)).det() for rows in combinations(range(size), order))
        )
        for order in range(1, size + 1)
    }
    polynomial = (-eigenvalue) ** size + sympy.Add(
        *((-eigenvalue) ** (size - order) * minors[order] for order in minors)
    )
    entries = {matrix[i, j]: Symbol(f"j_{i}_{j}", real=True) for i in range(size) for j in range(size)}
    plain = sympy.Matrix(size, size, list(entries.values()))

    def leading(step: Step) -> list[Expr]:
        return [
            sympy.expand((a - b).subs(entries) - (plain - eigenvalue * sympy.eye(size)).det(method="berkowitz"))
            for a, b in sides(step.equation)
        ]

    def by_algorithm(step: Step, point: Point) -> list[Any]:
        numbers = numeric_jacobian(model, populations, point)
        found, _ = mpmath.eig(numbers)
        cells = {entries[matrix[i, j]]: numbers[i, j] for i in range(size) for j in range(size)}
        scale = max(1, mpmath.mnorm(numbers)) ** size
        return [
            evaluate((a - b).subs(entries), {**cells, eigenvalue: f}) / scale
            for a, b in sides(step.equation)
            for f in found
        ]

    return Step(
        "eigenvalues",
        "The eigenvalues",
        f"No closed form for {size} populations; found numerically as the roots of the characteristic polynomial.",
        Eq(polynomial, 0, evaluate=False),
        "Expand det(J − λ 1) by the principal minors of J.",
        ("jacobian",),
        (
            symbolic(
                "det(J − λ 1) by Berkowitz's algorithm",
                leading,
                Domain(dict.fromkeys((*entries.values(), eigenvalue), (-2, 2))),
            ),
            numerical(
                "the QR algorithm on a Jacobian by difference quotients",
                by_algorithm,
                domain_of(model),
                within=mpmath.mpf(10) ** -15,
                points=3,
            ),
        ),
    )


def eigenvectors(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    size = len(populations)
    matrix, vector = MatrixSymbol(jacobian_symbol, size, size), MatrixSymbol("v", size, 1)
    cells = {matrix[i, j]: Symbol(f"j_{i}_{j}", real=True) for i in range(size) for j in range(size)}
    parts = {vector[i, 0]: Symbol(f"v_{i}", real=True) for i in range(size)}

    def grows_exponentially(step: Step) -> list[Expr]:
        left, right = (sympy.Matrix(side).subs({**cells, **parts}) for side in both_sides(step.equation, sympy.Eq))
        deviation = sympy.Matrix(list(parts.values())) * sympy.exp(eigenvalue * t)
        driven = sympy.Matrix(size, size, list(cells.values())) * deviation
        # d(deviation)/dt - J deviation vanishes for every v and lambda that satisfy the line.
        return list(sympy.diff(deviation, t) - driven + (left - right) * sympy.exp(eigenvalue * t))

    def by_algorithm(step: Step, point: Point) -> list[Any]:
        numbers = numeric_jacobian(model, populations, point)
        values, vectors = mpmath.eig(numbers)
        lines = [
            (a - b).subs({**cells, **parts})
            for a, b in zip(*(sympy.Matrix(side) for side in both_sides(step.equation, sympy.Eq)), strict=True)
        ]
        here = {cells[matrix[i, j]]: numbers[i, j] for i in range(size) for j in range(size)}
        scale = max(1, mpmath.mnorm(numbers))
        residuals = []
        for k, value in enumerate(values):
            found = {parts[vector[i, 0]]: vectors[i, k] for i in range(size)}
            residuals += [evaluate(line, {**here, **found, eigenvalue: value}) / scale for line in lines]
        return residuals

    ranges = dict.fromkeys((*cells.values(), *parts.values(), eigenvalue), (-2.0, 2.0))
    return Step(
        "eigenvalues",
        "The eigenvalues",
        f"No closed form for {size} populations; found numerically. A fixed point is stable where all of them have a "
        "negative real part.",
        Eq(matrix * vector, eigenvalue * vector, evaluate=False),
        "Put a deviation v that grows or decays as a whole, by the factor e^(λ t), into the linearised equations.",
        ("jacobian",),
        (
            symbolic(
                "such a deviation solves the linearised equations",
                grows_exponentially,
                Domain({**ranges, t: (0.0, 1.0)}),
            ),
            numerical(
                "eigenvalues and eigenvectors by the QR algorithm",
                by_algorithm,
                domain_of(model),
                within=mpmath.mpf(10) ** -15,
                points=3,
            ),
        ),
    )


def trapping_region(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    start = {m: Symbol(f"r_{m.population.name}0", real=True) for m in populations}
    limit = sympy.Dummy("limit", real=True)
    parts: list[sympy.Basic] = []
    for m in populations:
        rate = rate_of_time(m.population)
        relax = sympy.dsolve(Eq(m.tau * rate.diff(t), -rate + limit), rate, ics={rate.subs(t, 0): start[m]}).rhs
        collected = sympy.collect(sympy.expand(relax), sympy.exp(-t / m.tau))
        f = m.population.transfer
        ends = [m.own(e) for e in (f.range.inf, f.range.sup)]
        low, high = (oo if end == oo else collected.subs(limit, end) for end in ends)
        between_them = between(low, rate, high, closed=True)
        parts += between_them.args if isinstance(between_them, sympy.And) else [between_them]

    def extremes(step: Step) -> list[Expr]:
        residuals = []
        for m in populations:
            f = m.population.transfer
            ends = (m.own(f.range.inf), m.own(f.range.sup))
            bounds = bounds_of(step.equation, rate_of_time(m.population))
            driven = tuple(None if b is None else m.tau * sympy.diff(b, t) + b for b in bounds)
            started = tuple(None if b is None else b.subs(t, 0) for b in bounds)
            starts = tuple(start[m] if end != oo else oo for end in ends)
            residuals += [*differences(driven, ends), *differences(started, starts)]
        return residuals

    def simulated(step: Step, point: Point) -> list[Any]:
        count = 100
        here = dict(point)
        for m in populations:
            here[m.population.rate] = point[start[m]]
        dt = point[t] / count
        for _ in range(count):
            changes = numeric_rates_of_change(model, populations, here)
            for m, change in zip(populations, changes, strict=True):
                here[m.population.rate] += dt * change
        residuals = []
        for m in populations:
            f = m.population.transfer
            rate = here[m.population.rate]
            low, high = bounds_of(step.equation, rate_of_time(m.population))
            sizes = [abs(evaluate(m.own(e), point)) for e in (f.range.inf, f.range.sup) if e != oo]
            # The bound of the scheme has (1 - dt/tau)^k for the exponential; the two differ by less than this.
            room = (abs(point[start[m]]) + 3 * max(sizes)) * dt / point[m.tau]
            residuals.append(0 if low is None else max(0, evaluate(low, point) - rate - room))
            residuals.append(0 if high is None else max(0, rate - evaluate(high, point) - room))
        return residuals

    domain = domain_of(model, (t, (0.0, 8.0)), *((s, (-0.5, 1.5)) for s in start.values()))
    bounded = all(m.population.transfer.bounded for m in populations)
    return Step(
        "trapping_region",
        "Where the rates are confined",
        (
            "Whatever the weights and however the inputs vary, every rate is drawn towards the range of its F "
            "and cannot blow up."
            if bounded
            else "Whatever the weights and however the inputs vary, every rate is drawn up to the range of its F. "
            "Where F is unbounded, F alone sets no upper bound: excitation can make the rates grow without limit."
        ),
        sympy.And(*parts, evaluate=False) if len(parts) > 1 else parts[0],
        "Each F stays in its range, so each rate is pulled at least as strongly as by a constant response at "
        "the ends of it.",
        ("rate_equations", *(m.key("transfer_range") for m in populations)),
        (
            symbolic("each bound solves its rate equation with F held at an end of its range", extremes, domain),
            numerical("simulated trajectories stay inside", simulated, domain, within=mpmath.mpf(0), points=3),
        ),
    )
