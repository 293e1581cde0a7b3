"""What the theme's markup lacks for who uses a keyboard or a screen reader, mended in the written pages."""

import re
from pathlib import Path

from sphinx.application import Sphinx

from .explorer import PAGE

_MENDED = (
    # Two landmarks of a kind need names, and a heading a level.
    (re.compile(r'<aside class="sidebar-drawer">'), '<aside class="sidebar-drawer" aria-label="Pages">'),
    (re.compile(r'<aside class="toc-drawer( no-toc)?">'), r'<aside class="toc-drawer\1" aria-label="On this page">'),
    (re.compile(r'role="heading"(?! aria-level)'), 'role="heading" aria-level="2"'),
    # What is wider than its column is scrolled by keyboard too.
    (re.compile(r"<pre>"), '<pre tabindex="0">'),
    (re.compile(r'<div class="table-wrapper( [\w-]+)*">'), lambda tag: f'{tag.group()[:-1]} tabindex="0">'),
    # The corner of a table is no heading.
    (re.compile(r'<th class="head"><p></p></th>'), '<td class="head"></td>'),
)
# The arguments of a long signature stand in a list that has no terms.
_ARGUMENTS = re.compile(r'(<span class="sig-paren">[(\[]</span>)\s*<dl>(.*?)</dl>', re.DOTALL)


def mended(page: str) -> str:
    """Return a page of the theme with these mended; a page that is mended already stays as it is.

    >>> mended("<pre>x</pre>"), mended(mended("<pre>x</pre>")) == mended("<pre>x</pre>")
    ('<pre tabindex="0">x</pre>', True)
    """
    for pattern, replacement in _MENDED:
        page = pattern.sub(replacement, page)
    return _ARGUMENTS.sub(_without_list, page)


def _without_list(found: re.Match[str]) -> str:
    lines = found.group(2).replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>")
    return f"{found.group(1)}{lines}"


def mend(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        for path in Path(app.outdir).rglob("*.html"):
            if path.name != PAGE:
                page = path.read_text(encoding="utf-8")
                if (better := mended(page)) != page:
                    path.write_text(better, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
