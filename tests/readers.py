"""The programs that read exports, where they are installed: what cannot be read back is not exported.

Python readers are looked for in the environment that NULLCLINE_READERS names by its Python, then in `.venv-readers`,
which `.ci/run` makes, then in this one. With NULLCLINE_ALL_READERS=1 a missing one is a failure and no skip.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_PLACE = ROOT / ".venv-readers"


def program(*names: str) -> str:
    """Return the path of the first of these programs that is installed; skip the test if none is."""
    for name in names:
        for bundled in (_PLACE / "programs" / "usr" / "bin" / name, _PLACE / "bin" / name):
            if bundled.exists():
                return str(bundled)
        found = shutil.which(name)
        if found:
            return found
    raise _missing(f"{names[0]} is not installed")


def python_with(module: str) -> str:
    """Return a Python that has a module; skip the test if none does."""
    for candidate in _pythons():
        if _has(candidate, module):
            return candidate
    raise _missing(f"{module} is not installed: python -m pip install '.[readers]'")


def output(arguments: list[str], folder: Path, text: str = "") -> str:
    """Run a reader in a folder; return what it prints."""
    done = subprocess.run(arguments, cwd=folder, input=text, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, f"{' '.join(arguments)[:300]}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def _missing(why: str) -> BaseException:
    if os.environ.get("NULLCLINE_ALL_READERS"):
        return AssertionError(why)
    return pytest.skip.Exception(why)


def _pythons() -> list[str]:
    own = _PLACE / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    named = os.environ.get("NULLCLINE_READERS")
    return [*([named] if named else []), *([str(own)] if own.exists() else []), sys.executable]


@cache
def _has(python: str, module: str) -> bool:
    check = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([python, "-c", check], capture_output=True).returncode == 0
