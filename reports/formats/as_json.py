"""A report as JSON: the contract for other programs. `report.schema.json` says what may be relied on.

Numbers have every digit of a double; what does not exist is null, never NaN. Formulas come three times: as LaTeX, on
one line of text, and as a tree of lists (`symbolic.typeset.to_tree`).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from importlib.metadata import version as installed
from typing import Any

import sympy

from ...numeric.frozen import plain
from ...symbolic.derivation import CheckResult
from ...symbolic.model import Population
from ...symbolic.notation import layout
from ...symbolic.typeset import to_latex, to_text, to_tree
from .. import wording
from ..content import Chapter, Entry, Illustration, Table
from ..drawing import drawn
from ..origin import command_line, model_text, version
from ..report import Report

__all__ = ["SCHEMA", "as_json"]

# The number rises when something is taken away or changes its meaning; what is added leaves it as it is.
SCHEMA = "nullcline-report/1"


def as_json(report: Report) -> str:
    """Return the report as a JSON document, one entry of a list on a line."""
    return _lines(_document(report)) + "\n"


def _document(report: Report) -> dict[str, Any]:
    text = model_text(report.model)
    tables = [table for chapter in report.chapters for table in chapter.tables]
    figures = [picture for chapter in report.chapters for picture in chapter.illustrations]
    return {
        "schema": SCHEMA,
        "generator": {"name": "nullcline", "version": version(), "sympy": installed("sympy")},
        "command": command_line(report),
        "title": report.title,
        "abstract": list(report.abstract),
        "ok": report.ok,
        "model": {
            "name": report.model.name,
            "text": text,
            "sha256": None if text is None else hashlib.sha256(text.encode("utf-8")).hexdigest(),
            "populations": [_population(p) for p in report.model.populations],
        },
        "parameters": [_parameter(report, name) for name in report.parameters],
        "chapters": [_chapter(chapter) for chapter in report.chapters],
        "steps": [_step(entry, chapter, report) for chapter in report.chapters for entry in chapter.entries],
        "tables": [_table(table) for table in tables],
        "figures": [_figure(picture) for picture in figures],
        "fixed_points": report.fixed_points.to_dict(),
        "verification": _verification(report),
    }


def _population(population: Population) -> dict[str, Any]:
    transfer = population.transfer
    return {
        "name": population.name,
        "sign": population.sign,
        "transfer": {
            "name": transfer.name,
            "title": transfer.title,
            "source": transfer.source,
            "formula": _formula(transfer.expression),
            "inputs": None if transfer.inputs is None else list(transfer.inputs),
        },
    }


def _parameter(report: Report, name: str) -> dict[str, Any]:
    p = report.model.parameters[name]
    return {
        "name": name,
        "value": plain(report.parameters[name]),
        "default": plain(p.default),
        "unit": p.unit,
        "meaning": p.meaning,
        "minimum": plain(p.minimum),
        "maximum": plain(p.maximum),
        "minimum_is_excluded": p.open_minimum,
        "latex": to_latex(layout(p.symbol)),
        "symbol": str(p.symbol.name),
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "key": chapter.key,
        "number": chapter.number,
        "title": chapter.title,
        "introduction": chapter.introduction,
        "parts": [part for each in wording.parts(chapter) for part in _named(each)],
    }


def _named(part: Table | Entry | tuple[Illustration, ...]) -> list[dict[str, str]]:
    """What a part of a chapter is, by its key in the lists of steps, tables and figures."""
    match part:
        case Table():
            return [{"table": part.key}]
        case Entry():
            return [{"step": part.step.key}]
    return [{"figure": picture.key} for picture in part]


def _step(entry: Entry, chapter: Chapter, report: Report) -> dict[str, Any]:
    step = entry.step
    condition = wording.condition(step, report.model)
    return {
        "key": step.key,
        "number": entry.number,
        "chapter": chapter.key,
        "title": step.title,
        "statement": step.statement,
        "equation": _formula(step.equation),
        "general": None if step.general is None else _formula(step.general),
        "lines": [to_latex(line) for line in wording.lines(step)],
        "condition": None if condition is None else {"word": condition.word, **_formula(step.condition)},
        "because": step.because,
        "follows_from": [cited.step.key for cited in wording.cited(step, report.entries)],
        "verdict": str(entry.verdict),
        "checks": [_check(result) for result in entry.results],
    }


def _check(result: CheckResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "kind": str(result.kind),
        "verdict": str(result.verdict),
        "residual": result.residual,
        "points": result.points,
        "finding": str(wording.finding(result)),
    }


def _formula(expression: sympy.Basic) -> dict[str, Any]:
    written = layout(expression)
    return {"latex": to_latex(written), "text": to_text(written), "tree": to_tree(expression)}


def _table(table: Table) -> dict[str, Any]:
    return {
        "key": table.key,
        "number": table.number,
        "caption": table.caption,
        "heads": list(table.heads),
        "numeric": list(table.numeric),
        "rows": [{"cells": list(row.cells), "data": dict(row.data)} for row in table.rows],
    }


def _figure(picture: Illustration) -> dict[str, Any]:
    drawing = drawn(picture.draw, {})
    return {
        "key": picture.key,
        "number": picture.number,
        "caption": picture.caption,
        "description": picture.description,
        "x_label": drawing.x_label,
        "y_label": drawing.y_label,
        "series": [{"name": each.name, "x": plain(each.x), "y": plain(each.y)} for each in drawing.series],
    }


def _verification(report: Report) -> dict[str, Any]:
    found = report.verification
    verdicts = [str(entry.verdict) for entry in report.entries]
    return {
        "ok": found.ok,
        "proved": found.proved,
        "steps": len(verdicts),
        "verdicts": {word: verdicts.count(word) for word in sorted(set(verdicts))},
        "failures": list(found.failures),
    }


# How it is written ----------------------------------------------------------------------------------------------------

# In a text these might be obeyed by a terminal, end a line, or be no character at all; JSON can spell them.
_SPELLED = re.compile("[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _lines(document: Mapping[str, Any]) -> str:
    written = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            entries = ",\n".join(f"  {_dumped(each)}" for each in value)
            written.append(f' "{key}": [\n{entries}\n ]')
        else:
            written.append(f' "{key}": {_dumped(value)}')
    return "{\n" + ",\n".join(written) + "\n}"


def _dumped(value: Any) -> str:
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    return _SPELLED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
