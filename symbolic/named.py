"""Values found by name."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from .errors import unknown_name

V = TypeVar("V")


class Named(Mapping[str, V]):
    """Values by name, read-only and in order; an unknown name is refused with the nearest one.

    >>> Named("letter", {"alpha": 1, "beta": 2})["alhpa"]
    Traceback (most recent call last):
    KeyError: "unknown letter 'alhpa'; did you mean 'alpha'? (known: alpha, beta)"
    """

    def __init__(self, kind: str, values: Mapping[str, V], where: str = "") -> None:
        self._kind = kind
        self._values = dict(values)
        self._where = where

    def __getitem__(self, name: str) -> V:
        # A name that is no text may have no hash: it is unknown all the same.
        if not isinstance(name, str) or name not in self._values:
            raise KeyError(unknown_name(self._kind, name, list(self._values), self._where))
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Named({self._kind}: {', '.join(self._values)})"
