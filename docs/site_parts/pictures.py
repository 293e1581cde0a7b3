"""The directive `picture`: a figure of the course, drawn while the site is built, with its caption and its description.

```{picture} feedforward
:alt: What it shows, in words.

The caption.
```
"""

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from nullcline.reports.formats.inline_svg import inline_svg
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from . import course_figures


class Picture(SphinxDirective):
    """Draws a figure of `course_figures` into the page."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"alt": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        name = directives.choice(self.arguments[0], tuple(course_figures.DRAWN))
        if "alt" not in self.options:
            raise self.error(f"picture {name!r} needs :alt:, a description for who cannot see it")
        self.env.note_dependency(course_figures.__file__)
        words, messages = self.parse_inline(" ".join(self.content))
        key = f"picture-{name}"
        title = f"Figure: {name.replace('-', ' ')}"
        svg = inline_svg(course_figures.DRAWN[name], key=key, title=title, description=self.options["alt"])
        figure = nodes.figure("", nodes.raw("", svg, format="html"), nodes.caption("", "", *words), classes=["drawn"])
        figure["ids"].append(key)
        return [figure, *messages]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
