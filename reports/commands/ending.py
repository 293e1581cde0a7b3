"""How a run of the command ends: its exit codes, a refusal, and the line that tells."""

import sys

from ...symbolic.errors import NullclineError

CHECK_FAILED, REFUSED, INTERNAL_ERROR, INTERRUPTED = 1, 2, 70, 130


class ReaderGone(Exception):
    """Whoever read our output has closed the pipe. Not an OSError: Typer would make exit code 1 of that."""


class Refused(NullclineError):
    """Something the command itself refuses: a file, a model's name, a format."""


def say(text: str, code: int) -> int:
    """Print one line to stderr and return the code."""
    print(f"nullcline: {' '.join(text.split())}", file=sys.stderr)
    return code
