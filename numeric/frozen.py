"""What results share: read-only arrays that stay so when they travel, plain values for JSON, tables for people."""

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


def freeze(result: Any) -> None:
    """Make the arrays of a result read-only, and its dictionaries too."""
    for name, value in vars(result).items():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        elif isinstance(value, dict):
            for item in value.values():
                if isinstance(item, np.ndarray):
                    item.flags.writeable = False
            object.__setattr__(result, name, MappingProxyType(value))


def thawed(result: Any) -> dict[str, Any]:
    """Return the state of a result as pickle can hold it."""
    return {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in vars(result).items()}


def restore(result: Any, state: dict[str, Any]) -> None:
    """Set the state of a result that was pickled; its arrays are read-only again."""
    for name, value in state.items():
        object.__setattr__(result, name, value)
    freeze(result)
