"""What goes out by the command line: text and JSON on stdout, files, a progress bar for who watches."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...symbolic.errors import brief
from ..files import cannot_write
from .ending import ReaderGone, Refused


def print_out(text: str) -> None:
    """Print to stdout, and find out at once if nobody reads it."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise ReaderGone from None


def as_json(document: "Mapping[str, Any] | list[dict[str, Any]]") -> str:
    return json.dumps(document, allow_nan=False, ensure_ascii=False)


@contextmanager
def progress_bar() -> "Iterator[Callable[[str, int, int], None] | None]":
    """A progress bar on stderr, for a person who watches; None otherwise."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit="example", delay=1.0, leave=False, file=sys.stderr) as bar:

        def progress(name: str, done: int, total: int) -> None:
            bar.total = total
            if bar.desc != f"{name}: ":
                bar.set_description(name, refresh=False)
            bar.update(done - bar.n)

        yield progress


def writable(text: str, suffixes: tuple[str, ...] = (), what: str = "--out") -> Path:
    """Return the path if a file can be put there; refuse it before anything is computed."""
    path = Path(text)
    if not text.strip():
        raise Refused(f"{what} needs a file name, got nothing")
    if suffixes and path.suffix not in suffixes:
        raise Refused(f"{what} must end in {' or '.join(suffixes)}, got {brief(text)}")
    try:
        if path.is_symlink():
            raise Refused(f"{path} is a symbolic link: name the file itself, {path.resolve()}")
        if path.is_dir():
            example = path / ("my.toml" if ".toml" in suffixes else "report.html")
            raise Refused(f"{path} is a folder: name a file in it, such as {example}")
        if not path.parent.is_dir():
            raise Refused(f"there is no folder {path.parent}: make it first, or choose another {what}")
        if path.exists() and not path.is_file():
            raise Refused(f"{path} is not a regular file: choose another {what}")
        if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
            raise Refused(f"cannot write {path}: no permission")
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from None
    return path
