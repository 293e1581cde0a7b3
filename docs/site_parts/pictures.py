"""The directive `picture`: a figure of the course, drawn as the site is built, with caption, description and numbers.

```{picture} feedforward
:alt: What it shows, in words.

The caption.
```
"""

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from nullcline.reports.content import Illustration, Table
from nullcline.reports.drawing import data_tables, drawn
from nullcline.reports.formats.inline_svg import STYLE, inline_svg
from nullcline.reports.formats.markup import element, sentence
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
        key, description = f"picture-{name}", self.options["alt"]
        illustration = Illustration(name, "", description, course_figures.DRAWN[name])
        drawing = drawn(illustration.draw, STYLE)
        svg = inline_svg(drawing, key=key, title=f"Figure: {name.replace('-', ' ')}", description=description)
        numbers = "\n".join(table(each) for each in data_tables(illustration, drawing))
        data = element("details", element("summary", "Numbers") + numbers, class_="data") if numbers else ""
        figure = nodes.figure("", nodes.raw("", svg, format="html"), nodes.caption("", "", *words), classes=["drawn"])
        figure["ids"].append(key)
        return [figure, nodes.raw("", data, format="html"), *messages]


def table(numbers: Table) -> str:
    """Return some of a figure's numbers as a table, which can be scrolled where it is wider than the page."""
    heads = "".join(element("th", sentence(text), scope="col") for text in numbers.heads)
    rows = "".join(element("tr", "".join(element("td", sentence(cell)) for cell in row.cells)) for row in numbers.rows)
    whole = element("table", element("thead", element("tr", heads)) + element("tbody", rows), class_="docutils")
    return element("div", whole, class_="table-wrapper", tabindex="0", role="group", aria_label="Numbers")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
