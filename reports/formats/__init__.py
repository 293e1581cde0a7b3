"""The formats of a report, one writer each; this is the one place that knows them all."""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from ...symbolic.errors import MissingExtra, NullclineError, brief, unknown_name
from ..files import cannot_write, write_file

if TYPE_CHECKING:
    from ..report import Report

__all__ = ["ENDINGS", "FORMATS", "ask_for_extra", "format_of", "save", "write"]

# By name: the endings of its files (the first is the usual one), and the module with its writer.
ENDINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "html": (".html", ".htm"),
        "pdf": (".pdf",),
        "tex": (".tex",),
        "md": (".md", ".markdown"),
        "ipynb": (".ipynb",),
        "json": (".json",),
    }
)
FORMATS = tuple(ENDINGS)
_WRITERS = {"html": "html", "pdf": "pdf", "tex": "latex", "md": "markdown", "ipynb": "notebook", "json": "json"}
# What a format needs beyond what every installation has: a module, and the extra that brings it.
_NEEDS = {"pdf": ("typst", "pdf")}


def write(report: "Report", format: str) -> str | bytes:
    """Return a report in a format: text, or bytes for pdf.

    Raises NullclineError for an unknown format, MissingExtra where an extra is needed.
    """
    ask_for_extra(format)
    writer = f"as_{_WRITERS[format]}"
    made = getattr(import_module(f"{__name__}.{writer}"), writer)
    return cast("Callable[[Report], str | bytes]", made)(report)


def save(report: "Report", path: Path, format: str | None = None) -> None:
    """Write a report to a file; Markdown gets its figures in a folder beside it, `NAME-figures`.

    Raises NullclineError where the format and the ending of the file disagree, and where the system refuses.
    """
    chosen = format_of(path, format)
    if chosen != "md":
        write_file(path, write(report, chosen))
        return
    from .as_markdown import as_markdown, figure_files

    folder = path.with_name(f"{path.stem}-figures")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from None
    for name, drawing in figure_files(report).items():
        write_file(folder / name, drawing)
    write_file(path, as_markdown(report, figures=folder.name))


def format_of(path: Path, format: str | None = None) -> str:
    """Return the format that a file's ending tells; one that is given must agree with it.

    Raises NullclineError where they disagree or the ending is none of a report.

    >>> format_of(Path("my-report.tex"))
    'tex'
    """
    told = next((name for name, endings in ENDINGS.items() if path.suffix.lower() in endings), None)
    if format is not None:
        _known(format)
        if told != format:
            wanted = " or ".join(ENDINGS[format])
            raise NullclineError(f"a report in format {format} is a file that ends in {wanted}, got {brief(path.name)}")
    if told is None:
        endings = ", ".join(each[0] for each in ENDINGS.values())
        raise NullclineError(f"the ending of a report's file tells its format ({endings}), got {brief(path.name)}")
    return told


def ask_for_extra(format: str) -> None:
    """Raise MissingExtra where a format needs what is not installed, before anything is computed for it."""
    _known(format)
    module, extra = _NEEDS.get(format, ("", ""))
    if module and find_spec(module) is None:
        line = f"a report as {format} is set by {module}, which is not installed"
        raise MissingExtra(f"{line}: run pip install 'nullcline[{extra}]'", extra=extra)


def _known(format: str) -> None:
    if format not in ENDINGS:
        raise NullclineError(unknown_name("format", format, list(FORMATS)))
