"""The explorer's numeric script in an embedded V8, called with arrays of numbers."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from nullcline.reports.explorer.functions import numerics_script
from nullcline.symbolic import RateModel
from py_mini_racer import MiniRacer

# JSON has no nan and no infinities; as texts JavaScript and Python read them alike.
_SENT = """
const sent = (value) => JSON.stringify(value, (key, v) =>
  typeof v === "number" && !Number.isFinite(v) ? `number ${v}` : ArrayBuffer.isView(v) ? Array.from(v) : v);
"""


class Engine:
    """One V8 with the script of one model."""

    def __init__(self, v8: MiniRacer, script: str) -> None:
        self._v8 = v8
        v8.eval(f"{_SENT}\n{script}")

    def value(self, text: str, **given: object) -> object:
        """Return the value of an expression in which what is given stands by name."""
        names = ", ".join(given)
        values = ", ".join(json.dumps(v) for v in given.values())
        # Every number is a double there.
        return _read(json.loads(self._v8.eval(f"sent((({names}) => ({text}))({values}))"), parse_int=float))

    def each(self, text: str, rows: Sequence[Mapping[str, object]]) -> list[object]:
        """Return the values of an expression in `q`, one of the rows, for each row."""
        return self.value(f"rows.map((q) => {text})", rows=list(rows))


@contextmanager
def engine_of(model: RateModel) -> Iterator[Engine]:
    """Run V8 for as long as the block lasts."""
    with MiniRacer() as v8:
        yield Engine(v8, numerics_script(model))


def _read(value: object) -> object:
    if isinstance(value, list):
        return [_read(v) for v in value]
    if isinstance(value, dict):
        return {key: _read(v) for key, v in value.items()}
    if isinstance(value, str) and value.startswith("number "):
        return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}[value.removeprefix("number ")]
    return value
