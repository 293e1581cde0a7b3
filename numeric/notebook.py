"""How results show themselves in a notebook: tables, and the course of a simulation as a line."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..symbolic.mimebundle import Block, Bundle, Cell, Drawing, Grid, Line, bundle
from ..symbolic.model import RateModel
from ..symbolic.notation import layout, name
from .cases import Case
from .door import Array
from .fold_results import (
    EVERYWHERE,
    MOST_SHOWN,
    CriticalPoints,
    Cusp,
    Cusps,
    FoldCurve,
    RateRange,
    bounds_in_words,
    inputs_in_words,
    rows_of,
    size_of,
)
from .frozen import Result
from .results import Certified, FixedPoints
from .trajectory import Audit, Trajectory
from .wording import counted

if TYPE_CHECKING:
    from .answers.answer import Answer
    from .verification.results import Verification

__all__ = ["of_answer", "of_result", "of_verification"]

Types = Collection[str] | None

_WIDTH, _HEIGHT, _MARGIN = 320, 72, 4
# So many runs of an ensemble are drawn, and a line has so many pieces: more would not be seen.
_MOST_LINES, _MOST_PIECES = 8, 160
_DASHES = ("", "6 3", "1 3", "6 3 1 3")


def of_result(result: Result, include: Types = None, exclude: Types = None) -> Bundle:
    """Return a result as a heading and tables, a simulation as a drawing too; it is not audited for that."""
    return bundle(repr(result), _blocks(result), include, exclude)


def _blocks(result: Result) -> list[Block]:
    match result:
        case FixedPoints():
            return _fixed_points(result)
        case Certified():
            return _certified(result)
        case Trajectory():
            return _trajectory(result)
        case Audit():
            return _audit(result)
        case CriticalPoints() | Cusps():
            return _turns(result)
        case Cusp():
            return [Line("A cusp", is_heading=True), *_rows(result)]
        case FoldCurve():
            return _fold_curve(result)
        case RateRange():
            return _rate_range(result)
    raise TypeError(f"a notebook cannot show {type(result).__name__}")


def of_verification(verification: "Verification", include: Types = None, exclude: Types = None) -> Bundle:
    """Return what came of each property, a row each, and the numbers for which one failed."""
    failed = len(verification.failures)
    verdict = f"{failed} FAILED" if failed else "all hold"
    rows = [
        (
            row.name,
            "–" if row.skipped is not None else str(row.examples),
            "–" if row.worst_over_bound is None else f"{row.worst_over_bound:.2g}",
            "skipped" if row.skipped is not None else "holds" if row.passed else "FAILED",
            row.claim if row.skipped is None else f"{row.claim} ({row.skipped})",
        )
        for row in verification.rows
    ]
    blocks: list[Block] = [
        Line(f"Verification of {verification.model}: {verdict}", is_heading=True),
        Grid(("property", "examples", "worst error over bound", "verdict", "claim"), rows),
    ]
    for row in verification.failures:
        case = "; ".join(f"{key} = {value!r}" for key, value in (row.counterexample or {}).items())
        blocks.append(Line(f"{row.name} failed for {case}"))
    return bundle(repr(verification), blocks, include, exclude)


def of_answer(answer: "Answer", include: Types = None, exclude: Types = None) -> Bundle:
    """Return a grade: the headline, then each finding and each note."""
    blocks: list[Block] = [Line(answer.headline, is_heading=True)]
    blocks += [Line(str(finding)) for finding in answer.findings]
    blocks += [Line(f"Note: {note}") for note in answer.notes]
    return bundle(repr(answer), blocks, include, exclude)


# Fixed points ---------------------------------------------------------------------------------------------------------


def _fixed_points(found: FixedPoints) -> list[Block]:
    """Return a list of fixed points as a table, and lists for arrays of parameters as how many there are of each."""
    if np.ndim(found.count):
        return _tally(found)
    number = "a continuum of fixed points" if found.count < 0 else counted(found.count, "fixed point")
    complete = "the list is complete" if found.complete else "the list is NOT known to be complete"
    blocks: list[Block] = [Line(f"{number.capitalize()} of {found.model.name}: {complete}", is_heading=True)]
    if found.case != Case.REGULAR:
        blocks.append(Line(f"{str(found.case)[:1].upper()}{str(found.case)[1:]}."))
    if found.r.shape[0]:
        blocks.append(_of_one_population(found) if found.model.is_single else _of_several(found))
    blocks.append(_parameters(found.model, found.parameters))
    return blocks


def _certified(proof: Certified) -> list[Block]:
    """Return the proofs of one list of fixed points, or how many are certified in lists for arrays of parameters."""
    there = proof.status[proof.status != ""]
    blocks: list[Block] = [
        Line(f"{np.sum(there == 'certified')} of {there.size} fixed points certified", is_heading=True),
        Line(f"The parameters were read as {proof.read_as}."),
    ]
    if proof.status.ndim == 1 and proof.enclosure.ndim == 2:
        bounds = zip(proof.enclosure.tolist(), proof.eigenvalue_enclosure.tolist(), strict=True)
        rows = [
            (str(status), _interval(*rate), _interval(*eigenvalue))
            for status, (rate, eigenvalue) in zip(proof.status, bounds, strict=True)
        ]
        blocks.append(Grid(("status", "the rate lies in", "the eigenvalue (1/ms) lies in"), rows))
    return blocks


def _of_one_population(found: FixedPoints) -> Grid:
    heads: list[Cell] = [name("r_star"), "eigenvalue (1/ms)", "stability"]
    sides = found.one_sided_eigenvalues.tolist()
    rows: list[list[Cell]] = [
        [_number(r), " | ".join(map(_number, both)) if kind == "nonsmooth" else _number(eigenvalue), str(kind)]
        for r, eigenvalue, kind, both in zip(found.r, found.eigenvalue, found.stability, sides, strict=True)
    ]
    return _with_proofs(found, heads, rows)


def _of_several(found: FixedPoints) -> Grid:
    heads: list[Cell] = [*(name(f"{p.rate}_star") for p in found.model.populations)]
    heads += ["eigenvalues (1/ms)", "stability", "type"]
    kinds = found.type if found.type is not None else found.stability
    rows: list[list[Cell]] = [
        [*map(_number, r), ", ".join(map(_complex, values)), str(stability), str(kind)]
        for r, values, stability, kind in zip(found.r, found.eigenvalue, found.stability, kinds, strict=True)
    ]
    return _with_proofs(found, heads, rows)


def _with_proofs(found: FixedPoints, heads: list[Cell], rows: list[list[Cell]]) -> Grid:
    if found.certified is None:
        return Grid(heads, rows)
    proofs = zip(found.status, found.enclosure.tolist(), strict=True)
    proved = [
        [*row, str(status), "; ".join(_interval(*ends) for ends in np.reshape(bounds, (-1, 2)).tolist())]
        for row, (status, bounds) in zip(rows, proofs, strict=True)
    ]
    return Grid([*heads, "status", "the rate lies in"], proved)


def _tally(found: FixedPoints) -> list[Block]:
    counts, times = np.unique(found.count, return_counts=True)
    incomplete = int(np.sum(~found.complete))
    complete = "all are complete" if not incomplete else f"{incomplete} NOT known to be complete"
    rows = [("a continuum" if c < 0 else str(c), f"{n:,}") for c, n in zip(counts, times, strict=True)]
    return [
        Line(f"Fixed points of {found.model.name} for {found.count.size:,} sets of parameters: {complete}", True),
        Grid(("fixed points", "sets of parameters"), rows),
        _parameters(found.model, found.parameters),
    ]


def _parameters(model: RateModel, values: Mapping[str, Any]) -> Grid:
    heads = [layout(model.parameters[key].symbol) if key in model.parameters else key for key in values]
    return Grid(heads, [[_value(value) for value in values.values()]])


def _value(value: Any) -> str:
    if np.ndim(value) == 0:
        return repr(value).removesuffix(".0").replace("-", "−") if isinstance(value, float) else str(value)
    given = np.asarray(value)
    return f"{given.min():g} to {given.max():g}, shape {given.shape}" if given.size else f"shape {given.shape}"


# A simulation ---------------------------------------------------------------------------------------------------------


def _trajectory(run: Trajectory) -> list[Block]:
    """Return a simulation as a drawing of its rates over time, and what was asked for; it is not audited for that."""
    single = run.model.is_single
    ensemble = run.r.shape[:-1] if single else run.r.shape[:-2]
    facts = [f"method {run.method}", f"T = {run.T:g} ms", f"dt = {run.dt:g} ms", counted(run.t.size, "sample")]
    facts += [f"seed {run.seed}"] if run.seed is not None else []
    facts += [f"ensemble of shape {ensemble}"] if ensemble else []
    return [
        Line(f"Simulation of {run.model.name}", is_heading=True),
        Line(", ".join(facts)),
        Drawing(_drawing(run), _in_words(run)),
        Line(_in_words(run)),
        _parameters(run.model, run.parameters),
        Line("run.audit says what these numbers are worth."),
    ]


def _audit(audit: Audit) -> list[Block]:
    """Return an audit as its sentences."""
    return [Line(f"Audit of a run by method {audit.method}", is_heading=True), *map(Line, audit.notes)]


def _lines(run: Trajectory) -> list[tuple[str, Array]]:
    """The rates to draw, each with the dashes of its population."""
    if run.model.is_single:
        return [("", line) for line in run.r.reshape(-1, run.t.size)[:_MOST_LINES]]
    members = run.r.reshape(-1, *run.r.shape[-2:])[:_MOST_LINES]
    return [(_DASHES[i % len(_DASHES)], member[:, i]) for member in members for i in range(run.r.shape[-1])]


def _drawing(run: Trajectory) -> str:
    lines = _lines(run)
    finite = np.concatenate([line[np.isfinite(line)] for _, line in lines] or [np.zeros(0)])
    if not finite.size or run.t.size < 2:
        return ""
    low, high = float(finite.min()), float(finite.max())
    # A line as wide as the doubles cannot be measured in them.
    rise = high - low if 0 < high - low < np.inf else 1.0
    drawn = "".join(
        f'<polyline points="{points}" fill="none" stroke="currentColor"'
        + (f' stroke-dasharray="{dashes}"' if dashes else "")
        + "/>"
        for dashes, line in lines
        for points in _points(run.t, line, low, rise)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'aria-hidden="true">{drawn}</svg>'
    )


def _points(t: Array, r: Array, low: float, rise: float) -> Iterator[str]:
    """The corners of a line, of its least and its largest value in each piece; where there is no number, it ends."""
    keep = np.arange(t.size)
    if t.size > 2 * _MOST_PIECES:
        edges = np.linspace(0, t.size, _MOST_PIECES + 1).astype(int)
        ends = [(a + int(np.argmin(r[a:b])), a + int(np.argmax(r[a:b]))) for a, b in pairwise(edges)]
        keep = np.unique([0, t.size - 1, *(place for pair in ends for place in pair)])
    across = _MARGIN + (_WIDTH - 2 * _MARGIN) * (t[keep] - t[0]) / (t[-1] - t[0])
    up = _HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * (r[keep] - low) / rise
    line: list[str] = []
    for x, y in zip([*across, np.nan], [*up, np.nan], strict=True):
        if np.isfinite(y):
            line.append(f"{x:.1f},{y:.1f}")
        elif line:
            yield " ".join(line)
            line = []


def _in_words(run: Trajectory) -> str:
    if not run.t.size:
        return "No sample was kept."
    names = ["r"] if run.model.is_single else [str(p.rate) for p in run.model.populations]
    rates = run.r[..., None] if run.model.is_single else run.r
    ends = [0, -1] if run.t.size > 1 else [0]
    told = [
        f"{each} = {_span(rates[..., end, i])} at t = {run.t[end]:g} ms" for i, each in enumerate(names) for end in ends
    ]
    return "; ".join(told)


def _span(values: Array) -> str:
    low, high = float(np.min(values)), float(np.max(values))
    return _number(low, 4) if low == high or np.isnan(low) else f"{_number(low, 4)} to {_number(high, 4)}"


# Turning points, folds, cusps, the range of F -------------------------------------------------------------------------


def _turns(found: CriticalPoints | Cusps) -> list[Block]:
    what = "cusp" if isinstance(found, Cusps) else "turning point"
    where = "" if found.interval == EVERYWHERE else f", among {_signs(inputs_in_words(found.interval))}"
    complete = "the list is complete" if found.complete else f"the list may lack {what}s"
    head = f"{counted(found.count, what).capitalize()} of {found.model.name}{where}: {complete}"
    notes = [Line(f"{found.note[:1].upper()}{found.note[1:]}.")] if found.note else []
    # A cusp is one of all weights and inputs.
    given = _shape(found) if isinstance(found, Cusps) else [_parameters(found.model, found.parameters)]
    return [Line(head, is_heading=True), *notes, *_rows(found), *given]


def _fold_curve(curve: FoldCurve) -> list[Block]:
    blocks: list[Block] = [
        Line(f"Fold curve of {curve.model.name}: {_signs(size_of(curve))}", is_heading=True),
        *_rows(curve),
    ]
    if curve.cusps.count:
        blocks += [Line(f"{counted(curve.cusps.count, 'cusp').capitalize()}:"), *_rows(curve.cusps)]
    return [*blocks, *_shape(curve)]


def _rate_range(found: RateRange) -> list[Block]:
    bounds = [_interval(*found.low_enclosure), _interval(*found.high_enclosure)]
    return [
        Line(f"F of {found.model.name} {_signs(bounds_in_words(found))}", is_heading=True),
        Grid(("the infimum of F lies in", "the supremum of F lies in"), [bounds]),
        *_shape(found),
    ]


def _rows(found: CriticalPoints | Cusp | Cusps | FoldCurve) -> list[Block]:
    quantities = {"x", "r", "w", "I_ext"}
    heads, rows = rows_of(found)
    shown = [list(map(_signs, row)) for row in rows[:MOST_SHOWN]]
    more = [Line(f"And {len(rows) - MOST_SHOWN:,} more.")] if len(rows) > MOST_SHOWN else []
    return [Grid([name(head) if head in quantities else head for head in heads], shown), *more] if rows else []


def _shape(found: Cusps | FoldCurve | RateRange) -> list[Block]:
    (population,) = found.model.populations
    values = {p.name: found.parameters[p.name] for p in population.shape}
    return [_parameters(found.model, values)] if values else []


# Numbers --------------------------------------------------------------------------------------------------------------


def _number(value: float, digits: int = 6) -> str:
    return f"{value:.{digits}g}".replace("-", "−")


def _complex(value: complex) -> str:
    if value.imag == 0:
        return _number(value.real)
    return f"{_number(value.real)} {'+' if value.imag > 0 else '−'} {_number(abs(value.imag))}i"


def _signs(text: str) -> str:
    """Text with a true minus before its numbers."""
    return re.sub(r"(?<![\w-])-(?=\d|inf)", "−", text)


def _interval(low: float, high: float) -> str:
    return f"[{low!r}, {high!r}]".replace("-", "−")
