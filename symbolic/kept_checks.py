"""The outcome of a derivation's checks, kept on disk: checking takes longer than all else in a report.

An outcome is used for the very same lines of the very same model, checked by the very same code: its file is named by a
digest of both, of the source of this package and of the versions of what it computes with. A file is believed if it
belongs to the user alone, is whole, and answers exactly the checks that are asked.
"""

import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sympy

from . import own_cache
from .derivation import CheckResult, Kind, Verdict, Verification
from .model import RateModel


def verification_of(model: RateModel) -> Verification:
    """Return the outcome of `model.derive().check()`, from disk where the same has been checked before.

    Raises what `Derivation.check` raises.
    """
    derivation = model.derive()
    folder = own_cache.folder()
    if folder is None:
        return derivation.check()
    lines = [[step.key, *map(_content, (step.equation, step.general, step.condition))] for step in derivation.steps]
    path = folder / f"checks-{_digest(json.dumps([_content(model), lines]), _generator())[:32]}.json"
    asked = [(step.key, check.name, check.kind) for step in derivation.steps for check in step.checks]
    kept = _read(own_cache.read(path))
    if kept is not None and [(r.step, r.name, r.kind) for r in kept] == asked:
        return Verification(derivation.steps, kept)
    made = derivation.check()
    own_cache.is_written(path, _written(made.results))
    return made


def _written(results: tuple[CheckResult, ...]) -> bytes:
    rows = json.dumps([[getattr(r, f.name) for f in fields(CheckResult)] for r in results])
    return json.dumps({"digest": _digest(rows), "results": rows}).encode()


def _read(content: bytes | None) -> tuple[CheckResult, ...] | None:
    """Return the results that a file holds, None where it is not whole."""
    if content is None:
        return None
    try:
        whole = json.loads(content)
        if whole["digest"] != _digest(whole["results"]):
            return None
        rows = json.loads(whole["results"])
        return tuple(CheckResult(s, n, Kind(k), Verdict(v), residual, points) for s, n, k, v, residual, points in rows)
    except (ValueError, KeyError, TypeError):
        return None


def _content(value: Any) -> Any:
    """Return all that a model is made of, as lists and texts."""
    if isinstance(value, sympy.Basic):
        return sympy.srepr(value)
    if is_dataclass(value):
        return [type(value).__name__, *(_content(getattr(value, f.name)) for f in fields(value))]
    if isinstance(value, Mapping):
        return [[_content(key), _content(of)] for key, of in value.items()]
    if isinstance(value, tuple | list):
        return [_content(each) for each in value]
    return repr(value)


@cache
def _generator() -> str:
    """Return a digest of the code that derives and checks, and of what it runs on."""
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    code = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("sympy", "mpmath")]
    return _digest(code, sys.version, *versions)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
