"""What a report is made of: chapters of numbered entries, tables and figures, with nothing of how they look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from matplotlib.axes import Axes

from ..symbolic.derivation import CheckResult, Step, Verdict


@dataclass(frozen=True)
class Entry:
    """A step of the derivation with the number under which the report cites it, and what its checks have shown."""

    number: str
    step: Step
    verdict: Verdict
    results: tuple[CheckResult, ...]


@dataclass(frozen=True)
class Row:
    """A row of a table: what is shown, and the same at full precision under names, for programs."""

    cells: tuple[str, ...]
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table: caption, the heads of the columns, the rows; `numeric` says which columns hold numbers."""

    key: str
    caption: str
    heads: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[Row, ...]
    number: int = 0


@dataclass(frozen=True)
class Illustration:
    """A figure: its caption, what it shows (`description`, for who cannot see it), and how it is drawn."""

    key: str
    caption: str
    description: str
    draw: Callable[[Axes], Axes] = field(repr=False, compare=False)
    number: int = 0


@dataclass(frozen=True)
class Chapter:
    """A part of a report: an introduction, numbered entries, then figures and tables."""

    key: str
    number: int
    title: str
    introduction: str
    entries: tuple[Entry, ...]
    illustrations: tuple[Illustration, ...]
    tables: tuple[Table, ...]
