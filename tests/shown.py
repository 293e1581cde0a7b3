"""What tests ask of a MIME bundle: HTML that is well formed and LaTeX that is balanced, whatever a name is made of."""

import re
from html.parser import HTMLParser

HOSTILE = "<script>alert(1)</script> $x$ \\input{secret} &amp; %off\n\n\"'}{\x07"

_EMPTY = frozenset(["mspace", "br", "polyline"])


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.all: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append(tag)
        self.attributes += attrs
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def texts_of(html: str) -> list[str]:
    """Return the texts of well-formed HTML without scripts, handlers, addresses or colours."""
    read = _Elements()
    read.feed(html)
    read.close()
    assert read.open == []
    assert not {"script", "style", "iframe", "object", "embed", "link", "img"} & set(read.all)
    for name, value in read.attributes:
        assert not name.startswith("on"), name
        assert name not in ("href", "src", "srcdoc")
        assert name != "style" or not re.search(r"color|#[0-9a-f]|rgb|url", value or "", re.IGNORECASE), value
    return read.texts


def assert_sound_latex(latex: str) -> None:
    """Display formulas and nothing else, with balanced braces, fences and environments."""
    assert "\n\n$$" in latex or latex.count("$$") == 2
    blocks = re.fullmatch(r"(\$\$(?:(?!\$\$).)+\$\$(?:\n\n)?)+", latex, re.DOTALL)
    assert blocks, latex
    assert "\\input" not in latex
    for block in latex.split("\n\n"):
        inside = block[2:-2].replace("\\\\", "  ")
        # In a text a dollar sign would begin a formula.
        assert not re.search(r"(?<!\\)[$%#]", inside), block
        assert not re.search(r"(?<!\\)&", "".join(re.findall(r"\\text\{((?:\\.|[^{}\\]|\{\})*)\}", inside))), block
        depth = 0
        for brace in re.findall(r"(?<!\\)[{}]", inside):
            depth += 1 if brace == "{" else -1
            assert depth >= 0, block
        assert depth == 0, block
        assert sorted(re.findall(r"\\begin\{(\w+)\}", inside)) == sorted(re.findall(r"\\end\{(\w+)\}", inside))
        assert len(re.findall(r"\\left\b", inside)) == len(re.findall(r"\\right\b", inside))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", latex)
