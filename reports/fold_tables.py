"""Tables of what has no closed form and is found with proof: turning points, cusps, and the bounds of F.

Proving takes seconds: the tables are kept on disk.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..numeric.fold_results import CriticalPoints, Cusps, RateRange, inputs_in_words
from ..numeric.folds import cusps_of
from ..numeric.rate_range import bounds_of_F
from ..numeric.turning import turning_points
from ..symbolic.kept import answer, content, generator
from ..symbolic.model import RateModel
from .content import Row, Table
from .numbers import decimals, exact

__all__ = ["fold_tables"]

_MOST_ROWS = 20


def fold_tables(model: RateModel, values: Mapping[str, float]) -> dict[str, Table]:
    """Return the tables by key, for one population whose F has no closed form for them; none for any other."""
    if not model.is_single or model.populations[0].transfer.has_closed_forms:
        return {}

    def found() -> list[Any]:
        tables = (
            _range_table(bounds_of_F(model, values)),
            _turning_table(turning_points(model, values)),
            _cusp_table(cusps_of(model, values)),
        )
        return [[t.key, t.caption, t.heads, t.numeric, [[r.cells, dict(r.data)] for r in t.rows]] for t in tables]

    here = Path(__file__).parent
    asked = json.dumps([content(model), [[name, repr(value)] for name, value in values.items()]])
    kept = answer("folds", (asked, generator(here, here.parent / "numeric")), found, lambda value: bool(_tables(value)))
    return {table.key: table for table in _tables(kept)}


def _tables(kept: Any) -> list[Table]:
    """Return the tables that were kept, none where these are no tables."""
    try:
        return [
            Table(key, caption, tuple(heads), tuple(numeric), tuple(Row(tuple(cells), data) for cells, data in rows))
            for key, caption, heads, numeric, rows in kept
        ]
    except (TypeError, ValueError):
        return []


def _range_table(found: RateRange) -> Table:
    rows = [
        Row((name, _number(value), what), {"name": name, "value": repr(value)})
        for name, value, what in (
            ("F_min", found.low, _bound(found.low_enclosure, "smallest")),
            ("F_max", found.high, _bound(found.high_enclosure, "largest")),
        )
    ]
    region = (
        "between them lies the trapping region"
        if found.is_bounded
        else "F is not known to be bounded on both sides, and sets no trapping region"
    )
    caption = f"The bounds of F for {inputs_in_words(found.interval, exact)}, proved in ball arithmetic: {region}."
    return Table("range", caption, ("", "bound", ""), (False, True, False), tuple(rows))


def _bound(enclosure: tuple[float, float], which: str) -> str:
    low, high = enclosure
    if low == high and math.isinf(low):
        return "F has no bound there"
    if not math.isfinite(high - low):
        return "a bound from outside" if math.isfinite(low) or math.isfinite(high) else "no bound is known"
    return f"the {which} value of F, reached or approached"


def _turning_table(found: CriticalPoints) -> Table:
    rows = [
        Row(
            (
                *(decimals(float(v)) for v in (found.x[i], found.r[i], found.I_ext[i])),
                _TURNS[str(found.direction[i])],
                str(found.kind[i]),
                str(found.status[i]),
            ),
            {name: repr(float(getattr(found, name)[i])) for name in ("x", "r", "I_ext")}
            | {name: str(getattr(found, name)[i]) for name in ("direction", "kind", "status")},
        )
        for i in range(found.count)
    ]
    caption = f"The turning points of h, and the folds there, {_searched(found)}"
    heads = ("x", "r", "I_ext", "two fixed points", "kind", "")
    return _table("critical_points", caption, heads, (True, True, True, False, False, False), rows)


_TURNS = {
    "maximum": "vanish as I_ext rises",
    "minimum": "vanish as I_ext falls",
    "none": "do not meet, or three do",
}


def _cusp_table(found: Cusps) -> Table:
    rows = [
        Row(
            (*(decimals(v) for v in (point.w, point.I_ext, point.r, point.x)), point.kind, point.status),
            {name: repr(getattr(point, name)) for name in ("w", "I_ext", "r", "x")}
            | {"kind": point.kind, "status": point.status},
        )
        for point in found.points
    ]
    caption = f"The cusps, over all weights and inputs, {_searched(found)}"
    heads = ("w", "I_ext", "r", "x", "kind", "")
    return _table("cusps", caption, heads, (True, True, True, True, False, False), rows)


def _table(key: str, caption: str, heads: tuple[str, ...], numeric: tuple[bool, ...], rows: Sequence[Row]) -> Table:
    if len(rows) > _MOST_ROWS:
        caption = f"{caption} The first {_MOST_ROWS} of {len(rows)} are shown."
    # A table without rows would not say that there is none.
    shown = tuple(rows[:_MOST_ROWS]) or (Row(("none", *("–" for _ in heads[1:]))),)
    return Table(key, caption, heads, numeric, shown)


def _searched(found: CriticalPoints | Cusps) -> str:
    """Say where was searched, and what is not known."""
    done = "the list is complete" if found.complete else "the list may lack some"
    if found.note.startswith("only inputs"):
        note = " How F goes on beyond is not known."
    else:
        note = f" {found.note[:1].upper()}{found.note[1:]}." if found.note else ""
    return f"searched with proof among {inputs_in_words(found.interval, exact)} ({done}).{note}"


def _number(value: float) -> str:
    return decimals(value) if math.isfinite(value) else "∞" if value > 0 else "−∞"
