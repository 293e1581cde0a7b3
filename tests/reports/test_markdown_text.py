"""Words in Markdown: letter by letter, and no links that nobody has made."""

import re
from html.parser import HTMLParser

import pytest
from nullcline.reports.formats.markdown_text import GITHUB, JUPYTER, Flavour, words

ADDRESSES = (
    "ask @octocat and @org/team, a@b.org; see http://e.org, HTTPS://e.org/x, ftp://e.org, www.e.org, (www.e.org), "
    "_www.e.org; owner/name#12, #3, GH-4, x:@y mailto:a@b.org xmpp:a@b.org/c"
)


class _Shown(HTMLParser):
    """The texts between the elements of a page, and the links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.links += tag == "a"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("flavour", [GITHUB, JUPYTER], ids=["GitHub", "Jupyter"])
def test_words_are_no_links(flavour: Flavour):
    cmarkgfm = pytest.importorskip("cmarkgfm")  # what GitHub reads Markdown with
    from cmarkgfm.cmark import Options

    shown = _Shown(cmarkgfm.github_flavored_markdown_to_html(ADDRESSES))
    assert shown.links > 5
    shown = _Shown(cmarkgfm.github_flavored_markdown_to_html(words(ADDRESSES, flavour), Options.CMARK_OPT_UNSAFE))
    assert shown.links == 0
    assert "".join(shown.texts).strip() == ADDRESSES
    # GitHub looks for people and issues in each of the texts that come of it.
    assert [text for text in shown.texts if re.search(r"@\w|#\d|GH-\d", text)] == []


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("@name", "<span>@</span>name"),
        ("http://e", "http<span>:</span>//e"),
        ("WWW.e", "WWW<span>.</span>e"),
        ("#1", r"<span>\#</span>1"),
        ("a: b / c, # and 1.5", r"a: b / c, \# and 1.5"),
    ],
)
def test_only_the_sign_that_would_link_is_set_apart(text: str, markdown: str):
    assert words(text, GITHUB) == markdown
