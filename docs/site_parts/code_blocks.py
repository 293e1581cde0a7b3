"""Code blocks without the empty line that an example needs at its end, to be run as a test."""

from docutils import nodes
from sphinx.application import Sphinx


def trim(app: Sphinx, doctree: nodes.document) -> None:
    """Take the empty lines at the end of each block away."""
    for block in list(doctree.findall(nodes.literal_block)):
        if block.astext() != block.astext().rstrip():
            trimmed = nodes.literal_block(block.astext().rstrip(), block.astext().rstrip(), **block.attributes)
            block.replace_self(trimmed)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", trim)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
