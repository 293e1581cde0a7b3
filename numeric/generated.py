"""From generated text to functions: the one place where text is executed.

The text comes from `source`, which writes nothing but arithmetic, calls of elementary functions and neutral names.
"""

from collections.abc import Callable, Mapping
from typing import Any


def executed(text: str, calls: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """Return the functions that a generated text defines; `calls` is what it may call."""
    functions: dict[str, Any] = {}
    exec(compile(text, "<nullcline>", "exec"), {"__builtins__": {}, **calls}, functions)  # noqa: S102
    return functions
