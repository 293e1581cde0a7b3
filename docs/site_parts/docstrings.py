"""Docstrings as the reference shows them: plain text, in which only code between `backticks` and examples are marked.

In signatures the types of arrays go by their short names, and not by all that these stand for.
"""

import re
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation

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
    if isinstance(thing, type) and issubclass(thing, Enum):
        lines += ["", f"One of: {', '.join(f'``{member.value}``' for member in thing)}.", ""]


# From what the generator writes to what is shown.
_NAMES = {
    stringify_annotation(ArrayLike, "smart"): "~numpy.typing.ArrayLike",
    stringify_annotation(NDArray[np.float64], "smart"): "~numpy.typing.NDArray[~numpy.float64]",
    stringify_annotation(NDArray[np.complex128], "smart"): "~numpy.typing.NDArray[~numpy.complex128]",
    stringify_annotation(NDArray[np.int64], "smart"): "~numpy.typing.NDArray[~numpy.int64]",
    stringify_annotation(NDArray[np.int8], "smart"): "~numpy.typing.NDArray[~numpy.int8]",
    stringify_annotation(NDArray[Any], "smart"): "~numpy.typing.NDArray",
    # How a dataclass shows a default that is made anew each time; it is no Python, and could not be read.
    "<factory>": "...",
    stringify_annotation(NDArray[np.str_], "smart"): "~numpy.typing.NDArray[~numpy.str_]",
}


def named(signature: str | None) -> str | None:
    """Return a signature with the types of arrays by their names."""
    if signature is None:
        return None
    for spelled, name in _NAMES.items():
        signature = signature.replace(spelled, name)
    return signature


def shorten(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    return named(signature), named(returned)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", rewrite)
    app.connect("autodoc-process-signature", shorten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
