"""What stands in the page beside its text: the style sheet with its fonts, and scripts that the page's policy names."""

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

__all__ = ["policy", "read", "script", "style_sheet"]


@lru_cache
def read(name: str) -> str:
    """Return a text file of the page."""
    return files("nullcline.reports.page").joinpath(name).read_text(encoding="utf-8")


@lru_cache
def style_sheet() -> str:
    """Return the style sheet of the page, its fonts as `data:` addresses in it."""
    return re.sub(r'url\("([a-z-]+\.woff2)"\)', lambda found: f'url("{_embedded(found.group(1))}")', read("style.css"))


def _embedded(font: str) -> str:
    data = files("nullcline.reports.page").joinpath(font).read_bytes()
    return f"data:font/woff2;base64,{b64encode(data).decode('ascii')}"


def script(text: str) -> str:
    """Return a script fit to stand inside a `script` element: nothing in its strings can end the element.

    >>> script('say("</script>")')
    'say("<\\\\/script>")'
    """
    # In a string or a regular expression an escaped slash or exclamation mark is the same character; code has neither.
    return text.replace("</", "<\\/").replace("<!--", "<\\!--").strip()


def policy(*scripts: str) -> str:
    """Return the sources of scripts for a Content-Security-Policy: these texts and no other.

    >>> policy("alert(1)")
    "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    """
    digests = (b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii") for text in scripts)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
