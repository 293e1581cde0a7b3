"""What a verification says: a row for each property, printed as a table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..frozen import plain, table


@dataclass(frozen=True)
class PropertyResult:
    """What came of one property.

    `claim` is what must hold, in a sentence. `examples` says how often it was put to the test, and `worst_over_bound`
    is the largest error over its bound among them: at most 1 where the property holds, None where nothing was measured.
    `counterexample` is the simplest example found for which it does not hold, with the numbers, and `skipped` the
    reason why the property was not tested; either is None otherwise.
    """

    name: str
    claim: str
    examples: int
    worst_over_bound: float | None
    passed: bool
    counterexample: Mapping[str, Any] | None = None
    skipped: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold; what is no finite number is None."""
        return {
            "name": self.name,
            "claim": self.claim,
            "examples": self.examples,
            "worst_over_bound": plain(self.worst_over_bound),
            "passed": self.passed,
            "counterexample": None if self.counterexample is None else plain(dict(self.counterexample)),
            "skipped": self.skipped,
        }


@dataclass(frozen=True)
class Verification:
    """The properties of a model's numbers, each put to the test; `ok` says that none failed."""

    model: str
    rows: tuple[PropertyResult, ...]
    seed: int

    @property
    def ok(self) -> bool:
        """Whether no property failed; what was skipped does not count."""
        return all(row.passed for row in self.rows)

    @property
    def failures(self) -> tuple[PropertyResult, ...]:
        """The properties that failed."""
        return tuple(row for row in self.rows if not row.passed)

    def __getitem__(self, name: str) -> PropertyResult:
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"no property {name!r} (known: {', '.join(row.name for row in self.rows)})")

    def to_list(self) -> list[dict[str, Any]]:
        """Return the rows as plain Python values that JSON can hold."""
        return [row.to_dict() for row in self.rows]

    def __repr__(self) -> str:
        done = sum(row.skipped is None for row in self.rows)
        failed = len(self.failures)
        verdict = f"{failed} FAILED" if failed else "all hold"
        skipped = len(self.rows) - done
        head = f"Verification of {self.model!r}: {done} properties, {verdict}"
        head += f"; {skipped} skipped" if skipped else ""
        lines = [table(["property", "examples", "worst/bound", "", "claim"], [_cells(row) for row in self.rows])]
        lines += [f"skipped {row.name}: {row.skipped}" for row in self.rows if row.skipped is not None]
        for row in self.failures:
            lines.append(f"FAILED {row.name}: {row.claim}")
            lines += [f"  {name} = {_shown(value)}" for name, value in (row.counterexample or {}).items()]
        return "\n".join([head, *lines])

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        from ..notebook import of_verification  # typesetting is loaded for who shows something

        return of_verification(self, include, exclude)


def _cells(row: PropertyResult) -> list[str]:
    if row.skipped is not None:
        return [row.name, "-", "-", "skipped", row.claim]
    worst = "-" if row.worst_over_bound is None else f"{row.worst_over_bound:.2g}"
    return [row.name, str(row.examples), worst, "holds" if row.passed else "FAILED", row.claim]


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_shown(v)}" for name, v in value.items())
    return value if isinstance(value, str) else repr(value)
