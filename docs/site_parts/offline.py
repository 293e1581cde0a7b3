"""What a built page loads from the network: nothing, or the build fails."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

# What a browser fetches by itself, by element; a link (a href) is the reader's own choice.
_LOADING = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
_LOADING_LINKS = {
    "dns-prefetch",
    "icon",
    "manifest",
    "modulepreload",
    "preconnect",
    "prefetch",
    "preload",
    "stylesheet",
}
_ELSEWHERE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_IN_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?\s*((?:https?:)?//[^\"')\s;]*)", re.IGNORECASE)
_IN_SCRIPT = re.compile(
    r"(?:fetch|import|importScripts|sendBeacon|WebSocket|EventSource)\s*\(\s*[\"'`]((?:https?:|wss?:)?//[^\"'`]*)"
)


class _Loads(HTMLParser):
    """Collects what a page fetches from another place."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._inside = tag
        names = _LOADING.get(tag, ())
        if tag == "link" and _LOADING_LINKS & set(given.get("rel", "").lower().split()):
            names = ("href",)
        self.found += [given[name] for name in names if _ELSEWHERE.match(given.get(name, ""))]
        self.found += _IN_STYLE.findall(given.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.found += _IN_STYLE.findall(data)
        elif self._inside == "script":
            self.found += _IN_SCRIPT.findall(data)


def loads(text: str, suffix: str) -> list[str]:
    """Return the addresses that a file of this kind makes a browser fetch from elsewhere."""
    if suffix == ".html":
        page = _Loads()
        page.feed(text)
        return page.found
    pattern = {".css": _IN_STYLE, ".js": _IN_SCRIPT, ".svg": _IN_STYLE}.get(suffix)
    return pattern.findall(text) if pattern else []


def loads_of_site(folder: Path) -> Iterator[str]:
    """Yield one line for each thing that a page, style sheet or script of the site fetches from elsewhere."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".html", ".css", ".js", ".svg"):
            for address in loads(path.read_text(encoding="utf-8"), path.suffix):
                yield f"{path.relative_to(folder)} loads {address}"


def refuse(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html" and (found := list(loads_of_site(Path(app.outdir)))):
        raise ExtensionError("the site must not load anything from the network:\n" + "\n".join(found))


def setup(app: Sphinx) -> dict[str, bool]:
    # After the explorer's page is written.
    app.connect("build-finished", refuse, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
