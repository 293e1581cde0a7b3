"""The text of a TOML file and what it says, with the place of each key; every refusal names the file and the line."""

import os
import re
import stat
import tomllib
from dataclasses import dataclass
from typing import Any

from .budget import within
from .errors import BudgetExceeded, ModelError, NullclineError, brief, escaped, shown
from .toml_places import Path, Place, places

_MOST_BYTES = 1_000_000
# A key of many dotted parts takes tomllib time with the square of their number.
_LONGEST_LINE = 10_000
_SECONDS, _MEGABYTES = 3.0, 400.0


@dataclass(frozen=True)
class TomlFile:
    """A file that was read: its path as it may be shown, its text, what it says, and where."""

    path: str
    where: str
    text: str
    document: dict[str, Any]
    found: dict[Path, Place]


def read_toml(path: "str | os.PathLike[str]") -> TomlFile:
    """Return the text of a TOML file and what it says.

    Raises ModelError for what is no regular file, is larger than a million bytes, not UTF-8 or not TOML.
    """
    try:
        name = os.fspath(path)
    except TypeError:
        raise ModelError(f"a model file is named by its path, got {shown(path)}") from None
    if not isinstance(name, str):
        raise ModelError(f"a model file is named by its path as text, got {shown(path)}")
    where = _shown_path(name)
    text = _text(name, where)
    document, found = _parsed(where, text)
    return TomlFile(name, where, text, document, found)


def _shown_path(path: str) -> str:
    shown_path = "".join(c if c.isprintable() else escaped(c) for c in path)
    return shown_path if len(shown_path) <= 200 else f"...{shown_path[-197:]}"


def _text(path: str, where: str) -> str:
    try:
        # Not every kind of file ends: a device or a pipe might be read for ever.
        kind = os.stat(path)
        if stat.S_ISDIR(kind.st_mode):
            raise ModelError(f"{where} is a folder: name a model file in it")
        if not stat.S_ISREG(kind.st_mode):
            raise ModelError(f"{where} is no regular file: name a model file")
        if kind.st_size > _MOST_BYTES:
            line = f"{where} has {kind.st_size:,} bytes, a model file has at most {_MOST_BYTES:,}"
            raise ModelError(f"{line}: name a model file")
        with open(path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise ModelError(f"there is no file {where}: write one by nullcline new {where}") from None
    except (OSError, ValueError) as error:
        if isinstance(error, NullclineError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ModelError(f"cannot read {where}: {reason[:1].lower()}{reason[1:]}") from None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        wrong = f"{where}:{number}: the byte 0x{content[error.start]:02x} is not UTF-8"
        raise ModelError(f"{wrong}: save the file as UTF-8") from None
    # As tomllib has it; a mark at the start is what some editors put there.
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _parsed(where: str, text: str) -> tuple[dict[str, Any], dict[Path, Place]]:
    for number, source in enumerate(text.split("\n"), 1):
        if len(source) > _LONGEST_LINE:
            raise ModelError(f"{where}:{number}: a line has at most {_LONGEST_LINE:,} characters: break it up")
    try:
        with within(seconds=_SECONDS, megabytes=_MEGABYTES, what="reading the file"):
            return tomllib.loads(text), places(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{where}:{_syntax_error(str(error), text)}") from None
    except BudgetExceeded as spent:
        raise ModelError(f"{where}: {spent}: it is nested or dotted too deeply for a model file") from None
    except ValueError as error:
        # A whole number of more digits than Python converts, a date that does not exist.
        raise ModelError(f"{where}: a value is none that can be read: {printable(str(error))}") from None


def printable(text: str) -> str:
    """Return a text on one line, not too long, with what cannot be printed escaped."""
    return "".join(c if c.isprintable() else escaped(c) for c in " ".join(text.split()))[:200]


def _syntax_error(message: str, text: str) -> str:
    """Return a line number and what is wrong there, from the words of tomllib."""
    told = re.fullmatch(r"(.*?)(?: \(at (?:line (\d+), column (\d+)|end of document)\))?", message, re.DOTALL)
    what, number = (told[1], told[2]) if told else (message, None)
    line = int(number) if number else text.count("\n", 0, len(text.rstrip())) + 1
    source = text.split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
    key = source.partition("=")[0].strip()
    if what.startswith("Cannot overwrite") and "=" in source:
        return f"{line}: {brief(key)} is given twice: keep one of the two"
    if what.startswith("Cannot declare"):
        return f"{line}: the table {brief(source.strip())} is there twice: put all of it in one place"
    return f"{line}: this is not TOML: {printable(what[:1].lower() + what[1:])}"
