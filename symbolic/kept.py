"""What takes long to find out, kept on disk as JSON.

An answer is used for the very same question put to the very same code: its file is named by a digest of both. A file is
believed if it belongs to the user alone, is whole, and holds what may be an answer.
"""

import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from . import own_cache

__all__ = ["answer", "generator"]

_PACKAGES = ("sympy", "mpmath", "numpy", "scipy", "python-flint")


def answer(kind: str, question: tuple[str, ...], find: Callable[[], Any], is_one: Callable[[Any], bool]) -> Any:
    """Return what `find` returns, which JSON must be able to hold, from disk where the same was asked before.

    `question` tells all that the answer depends on, the code among it (`generator`); `is_one` says whether a value read
    from disk may be an answer.
    """
    folder = own_cache.folder()
    if folder is None:
        return find()
    path = folder / f"{kind}-{_digest(*question)[:32]}.json"
    known, value = _read(own_cache.read(path))
    if known and is_one(value):
        return value
    found = find()
    own_cache.is_written(path, _written(found))
    return found


@cache
def generator(*folders: Path) -> str:
    """Return a digest of the code in this package and in some folders, and of the versions of what it runs on."""
    sources = [source for folder in (Path(__file__).parent, *folders) for source in sorted(folder.rglob("*.py"))]
    code = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()
    return _digest(code, sys.version, *map(_version, _PACKAGES))


def _version(package: str) -> str:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
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
