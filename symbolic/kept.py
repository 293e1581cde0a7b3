"""What takes long to find out, kept on disk as JSON.

An answer is used for the very same question put to the very same code: its file is named by a digest of both. A file is
believed if it belongs to the user alone, is whole, and holds what may be an answer.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sympy

from . import own_cache

__all__ = ["answer", "content", "generator"]

# What is found faster than this, in seconds, is found again: the folder stays small.
_WORTH_KEEPING = 0.02

_PACKAGES = ("sympy", "mpmath", "numpy", "scipy", "python-flint")


def answer(kind: str, question: tuple[str, ...], find: Callable[[], Any], is_one: Callable[[Any], bool]) -> Any:
    """Return what `find` returns, which JSON must be able to hold, from disk where the same was asked before.

    What is found at once is not kept. `question` tells all that the answer depends on, the code among it (`generator`);
    `is_one` says whether a value read from disk may be an answer.
    """
    folder = own_cache.folder()
    if folder is None:
        return find()
    path = folder / f"{kind}-{_digest(*question)[:32]}.json"
    known, value = _read(own_cache.read(path))
    if known and is_one(value):
        return value
    start = time.perf_counter()
    found = find()
    if time.perf_counter() - start >= _WORTH_KEEPING:
        own_cache.is_written(path, _written(found))
    return found


def content(value: Any) -> Any:
    """Return all that a value is made of, a model or a formula, as lists and texts: what a question may be made of."""
    if isinstance(value, sympy.Basic):
        return sympy.srepr(value)
    if is_dataclass(value):
        return [type(value).__name__, *(content(getattr(value, f.name)) for f in fields(value))]
    if isinstance(value, Mapping):
        return [[content(key), content(of)] for key, of in value.items()]
    if isinstance(value, tuple | list):
        return [content(each) for each in value]
    return repr(value)


@cache
def generator(*folders: Path) -> str:
    """Return a digest of the code in this package and in some folders, and of the versions of what it runs on."""
    sources = [source for folder in (Path(__file__).parent, *folders) for source in sorted(folder.rglob("*.py"))]
    code = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()
    return _digest(code, sys.version, *map(_version, _PACKAGES))


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # loaded for who asks: a start is to be cheap

    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def _written(value: Any) -> bytes:
    text = json.dumps(value)
    return json.dumps({"digest": _digest(text), "results": text}).encode()


def _read(content: bytes | None) -> tuple[bool, Any]:
    """Return whether a file is whole, and what it holds."""
    if content is None:
        return False, None
    try:
        whole = json.loads(content)
        return (True, json.loads(whole["results"])) if whole["digest"] == _digest(whole["results"]) else (False, None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False, None


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
