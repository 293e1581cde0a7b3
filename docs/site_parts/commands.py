"""The directive `commands`: the `nullcline` command as it explains itself, one section a command."""

from docutils import nodes
from nullcline.reports.cli import app as command
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.main import get_command
from typer.testing import CliRunner


def names() -> list[str]:
    """Return the names of the commands, in the order in which `nullcline --help` lists them."""
    return list(get_command(command).commands)


def help_of(*words: str) -> str:
    """Return what `nullcline ... --help` prints, 80 columns wide."""
    done = CliRunner().invoke(command, [*words, "--help"], prog_name="nullcline", env={"COLUMNS": "80", "TERM": "dumb"})
    if done.exit_code:
        raise RuntimeError(f"nullcline {' '.join(words)} --help ended with code {done.exit_code}: {done.output}")
    return done.output.strip()


class Commands(SphinxDirective):
    """Shows `nullcline --help` and the help of each command."""

    def run(self) -> list[nodes.Node]:
        shown: list[nodes.Node] = [nodes.literal_block("", help_of(), language="text")]
        for name in names():
            title = f"nullcline {name}"
            section = nodes.section("", nodes.title("", title), ids=[f"command-{name}"], names=[title])
            section += nodes.literal_block("", help_of(name), language="text")
            shown.append(section)
        return shown


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
