"""Docstrings as the reference shows them: plain text, in which only code between `backticks` and examples are marked."""

import re
from typing import Any

from sphinx.application import Sphinx

# In plain text these mean themselves; the generator would take them for marks of its own.
_MARKS = re.compile(r"([\\*|_])")
_CODE = re.compile(r"(`[^`]+`)")


def as_restructured(lines: list[str]) -> list[str]:
    """Return the lines with their marks taken for what they are; examples and indented lines stay as they stand.

    >>> as_restructured(["`t` has |h| * r_0.", "", ">>> 2 * 3", "6"])
    ['``t`` has \\\\|h\\\\| \\\\* r\\\\_0.', '', '>>> 2 * 3', '6']
    """
    written: list[str] = []
    verbatim = False
    for line in lines:
        if not line.strip():
            verbatim = False
        elif line.startswith((">>>", "    ")) and (not written or not written[-1].strip()):
            if line.startswith("    "):
                written += ["::", ""]
            verbatim = True
        written.append(line if verbatim else _plain(line))
    return written


def _plain(line: str) -> str:
    return "".join(f"`{part}`" if part.startswith("`") else _MARKS.sub(r"\\\1", part) for part in _CODE.split(line))


def rewrite(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    lines[:] = as_restructured(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", rewrite)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
