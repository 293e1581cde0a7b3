"""The tables of a report: the parameters, the fixed points, and what was checked."""

import math
from collections.abc import Mapping

from ..numeric import FixedPoints
from ..symbolic.derivation import Kind, Verification
from ..symbolic.model import RateModel
from ..symbolic.verbatim import Sentence, Verbatim
from .content import Entry, Row, Table
from .numbers import decimals, exact, residual

__all__ = ["check_table", "fixed_point_table", "parameter_table"]


def parameter_table(model: RateModel, values: Mapping[str, float]) -> Table:
    """Return the parameters with value, unit and meaning; `data` has name and value."""
    rows = tuple(
        Row(
            (p.name, exact(values[p.name]), Verbatim(p.unit or "–"), Verbatim(p.meaning)),
            {"name": p.name, "value": repr(values[p.name])},
        )
        for p in model.parameters.values()
    )
    heads, numeric = ("symbol", "value", "unit", "meaning"), (False, True, False, False)
    return Table("parameters", "The parameters and their values in this report.", heads, numeric, rows)


def fixed_point_table(found: FixedPoints) -> Table:
    """Return the fixed points; `data` has r, eigenvalue and stability at full precision.

    For several populations r and eigenvalue in `data` are lists separated by spaces, the latter as Python writes
    complex numbers. An eigenvalue that is not defined (at a kink) is nan.
    """
    return _of_one_population(found) if found.model.is_single else _of_several(found)


def check_table(entries: tuple[Entry, ...]) -> Table:
    """Return one row for each step: its verdict, how many checks of which kind, and the largest numerical residual."""
    rows = []
    for entry in entries:
        numerical = [r for r in entry.results if r.kind is Kind.NUMERICAL]
        symbolic = len(entry.results) - len(numerical)
        points = sum(r.points for r in numerical)
        worst = max((r.residual for r in numerical), key=_size, default="")
        shown = residual(worst) if worst else "–"
        cells = (Sentence(f"{entry.number} ", entry.step.title), str(entry.verdict), str(symbolic), str(points), shown)
        rows.append(Row(cells, {"step": entry.step.key, "verdict": str(entry.verdict)}))
    return Table(
        "checks",
        "What was checked: symbolic checks, points of the numerical ones, and the largest residual among these.",
        ("step", "verdict", "symbolic", "points", "residual"),
        (False, False, True, True, True),
        tuple(rows),
    )


def tally(verification: Verification) -> str:
    """Return how many steps are proved, verified numerically, refuted, and unchecked if any is."""
    verdicts = [verification.verdict(step.key) for step in verification.steps]
    always = ("proved", "verified numerically", "refuted")
    shown = [*always, *(sorted({str(v) for v in verdicts} - set(always)))]
    return ", ".join(f"{[str(v) for v in verdicts].count(word)} {word}" for word in shown)


def _of_one_population(found: FixedPoints) -> Table:
    rows = []
    for i, stability in enumerate(map(str, found.stability)):
        r, x, eigenvalue = (float(v[i]) for v in (found.r, found.x, found.eigenvalue))
        if stability == "nonsmooth":
            shown = " | ".join(decimals(float(v)) for v in found.one_sided_eigenvalues[i])
        else:
            shown = decimals(eigenvalue)
        time = "–" if math.isnan(eigenvalue) or eigenvalue == 0 else decimals(-1 / eigenvalue)
        cells = (str(i + 1), decimals(r), decimals(x), shown, time, stability)
        rows.append(Row(cells, {"r": repr(r), "eigenvalue": repr(eigenvalue), "stability": stability}))
    return Table(
        "fixed_points",
        f"The fixed points, ordered by rising input x* = w r* + I_ext {_completeness(found)}",
        ("", "r*", "x*", "λ (1/ms)", "τ_eff (ms)", "stability"),
        (True, True, True, True, True, False),
        tuple(rows),
    )


def _of_several(found: FixedPoints) -> Table:
    names = [p.name for p in found.model.populations]
    kinds = found.stability if found.type is None else found.type
    rows = []
    for i, (stability, kind) in enumerate(zip(map(str, found.stability), map(str, kinds), strict=True)):
        rates = [float(v) for v in found.r[i]]
        eigenvalues = [complex(v) for v in found.eigenvalue[i]]
        told = kind if stability in kind else f"{stability} {kind}"
        cells = (str(i + 1), *map(decimals, rates), ", ".join(map(_complex, eigenvalues)), told)
        data = {
            "r": " ".join(map(repr, rates)),
            "eigenvalue": " ".join(map(repr, eigenvalues)),
            "stability": stability,
        }
        rows.append(Row(cells, data))
    return Table(
        "fixed_points",
        f"The fixed points, ordered by rising input of the first population {_completeness(found)}",
        ("", *(f"r_{name}*" for name in names), "eigenvalues (1/ms)", "stability"),
        (True, *(True for _ in names), True, False),
        tuple(rows),
    )


def _completeness(found: FixedPoints) -> str:
    return "(the list is complete)." if found.complete else "(the list may lack some)."


def _complex(value: complex) -> str:
    real = decimals(value.real, 4)
    return real if value.imag == 0 else f"{real} {'+' if value.imag > 0 else '−'} {decimals(abs(value.imag), 4)} i"


def _size(text: str) -> float:
    """A residual as a number; one that is no number counts as infinite."""
    try:
        return abs(float(text))
    except ValueError:
        return math.inf
