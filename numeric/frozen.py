"""What results share: read-only arrays that stay so when they travel, plain values for JSON, tables for people."""

from collections.abc import Collection
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray


def table(columns: list[str], rows: list[list[str]]) -> str:
    """Return rows of text as columns under their heads."""
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [columns, *rows]]
    return "\n".join(f"  {line}".rstrip() for line in lines)


def plain(value: Any) -> Any:
    """Return a value as Python floats, strings, lists and dicts, with None in place of nan and infinities."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, complex):
        return {"re": plain(value.real), "im": plain(value.imag)}
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array, which can no longer be written to."""
    array.flags.writeable = False
    return array


class Result:
    """A result: its arrays and dictionaries are read-only, also after it has travelled, and notebooks can show it."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                read_only(value)
            elif isinstance(value, dict):
                for item in value.values():
                    if isinstance(item, np.ndarray):
                        read_only(item)
                object.__setattr__(self, name, MappingProxyType(value))

    def __getstate__(self) -> dict[str, Any]:
        # A read-only view of a dict does not travel; the dict does.
        return {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in vars(self).items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        Result.__post_init__(self)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        from .notebook import of_result  # typesetting is loaded for who shows something

        return of_result(self, include, exclude)
