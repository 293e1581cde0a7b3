"""The `nullcline` command: report, fixed points, simulation, verification, export of a model, for people and programs.

Exit codes: 0 done, 1 a check failed, 2 the input was refused (one line on stderr says what, where and
what to do), 70 an internal error, 130 interrupted. What is imported here starts every run and every shell completion,
so SymPy, NumPy and matplotlib are imported inside the commands.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ..symbolic.errors import FormulaError, NullclineError, brief, nearest, pointed_at
from .commands.check_answer import check_answer_command
from .commands.ending import CHECK_FAILED, INTERNAL_ERROR, INTERRUPTED, REFUSED, ReaderGone
from .commands.ending import Refused as _Refused
from .commands.ending import say as _say
from .commands.export import export_command
from .commands.fixed_points import fixed_points_command
from .commands.new import new_command
from .commands.options import DebugOption, ModelArgument, SetOption, TransferOption
from .commands.reading import assigned as _assigned
from .commands.reading import chosen_model as _model
from .commands.reading import one_of as _one_of
from .commands.reading import stem as _stem
from .commands.simulate import simulate_command
from .commands.verify import verify_command
from .commands.writing import print_out as _print
from .commands.writing import writable as _writable
from .formats import ENDINGS, FORMATS, ask_for_extra, format_of

__all__ = ["app", "main"]

_LONGEST_USAGE = 200

app = typer.Typer(
    name="nullcline",
    help="From a firing-rate equation to a checked analysis.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command; every refusal is one line on stderr."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command with these arguments and return its exit code."""
    # Typer carries Click along, in newer versions as a part of itself: its errors are found from one that it exports.
    usage_error, any_error = typer.BadParameter.__mro__[1:3]
    debug = "--debug" in arguments
    try:
        with _warnings_in_one_line():
            code = app(arguments, prog_name="nullcline", standalone_mode=False)
        # Some versions of Typer turn an interruption into this code by themselves.
        return _say("interrupted", INTERRUPTED) if code == INTERRUPTED else code if isinstance(code, int) else 0
    except (ReaderGone, BrokenPipeError):
        # The reader has gone; what is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted", INTERRUPTED)
    except typer.Exit as end:
        return int(end.exit_code)
    except Exception as error:
        if debug:
            raise
        if isinstance(error, usage_error):
            return _say(_usage(error), REFUSED)
        if isinstance(error, any_error):
            return _say(error.format_message(), REFUSED)  # type: ignore[attr-defined]
        if isinstance(error, FormulaError):
            _say(error.reason, REFUSED)
            if error.position is not None and error.text:
                print(*pointed_at(error.text, error.position), sep="\n", file=sys.stderr)
            return REFUSED
        if isinstance(error, NullclineError):
            return _say(str(error), REFUSED)
        what = f"{type(error).__name__}: {error}"
        return _say(f"internal error, {what}; please report it, with what --debug prints", INTERNAL_ERROR)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"nullcline {version('nullcline')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _nullcline(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """From a firing-rate equation to a checked analysis."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(short_help="Write a checked derivation report.")
def report(
    model: ModelArgument = "single",
    set_: SetOption = None,
    transfer: TransferOption = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"One of: {', '.join(FORMATS)}; by default what --out ends in, or html.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", metavar="PATH", help="Where to write; by default MODEL-report.FORMAT.", show_default=False
        ),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the report: a page in the browser.")] = False,
    debug: DebugOption = False,
) -> int:
    """Derive, check and compute, and write it all down in one file.

    It is a page that needs no network (html), a document (pdf, tex, md), a notebook that derives it again (ipynb), or
    data for programs (json). Figures of md are files in a folder beside it. Exit code 1: a check of the derivation
    failed (the report marks it).
    """
    if format_ is not None:
        _one_of("format", format_, FORMATS)
    path = _writable(out if out is not None else f"{_stem(model)}-report{ENDINGS[format_ or 'html'][0]}")
    kind = _kind_of_report(path, format_)
    ask_for_extra(kind)
    chosen = _model(model, transfer)
    values = _assigned(set_, chosen)

    from .report import Report

    made = Report.of(chosen, **values)
    made.save(path, kind)
    _print(str(path))
    _print(made.summary())
    for failure in made.verification.failures:
        _say(failure, CHECK_FAILED)
    if open_:
        typer.launch(path.resolve().as_uri())
    return 0 if made.ok else CHECK_FAILED


def _kind_of_report(path: Path, format: str | None) -> str:
    """Return the format of a report that goes to a path."""
    try:
        return format_of(path, format)
    except NullclineError:
        if format is None:
            endings = ", ".join(each[0] for each in ENDINGS.values())
            raise _Refused(f"--out must end in one of {endings}, got {brief(str(path))}") from None
        wanted = " or ".join(ENDINGS[format])
        raise _Refused(f"--out must end in {wanted} for --format {format}, got {brief(str(path))}") from None


app.command("fixed-points", short_help="List the fixed points and their stability.")(fixed_points_command)
app.command("simulate", short_help="Simulate the rates over time.")(simulate_command)
app.command("verify", short_help="Put the model's numbers to the test (needs hypothesis).")(verify_command)
app.command("check-answer", short_help="Grade formulas or a list of fixed points.")(check_answer_command)
app.command("new", short_help="Write a model file to start from.")(new_command)
app.command("export", short_help="Write the model for another program.")(export_command)


def _usage(error: Exception) -> str:
    """Click's own sentence, with a small letter and the way to help."""
    text = " ".join(error.format_message().split()).rstrip(".")  # type: ignore[attr-defined]
    text = text if len(text) <= _LONGEST_USAGE else f"{text[:_LONGEST_USAGE]}..."
    context = getattr(error, "ctx", None)
    unknown = getattr(error, "option_name", None)
    if unknown is not None and context is not None and text.startswith(f"No such option: {unknown}"):
        # Click minds capitals: for --t it offers --dt, and not --T.
        near = nearest(unknown, [option for parameter in context.command.params for option in parameter.opts])
        text = f"no such option: {unknown}" + (f"; did you mean {near}?" if near else "")
    command = context.command_path if context is not None else "nullcline"
    return f"{text[:1].lower()}{text[1:]}; see {command} --help"


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Print each warning once, as one line without the place in the code."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        _say(f"warning: {message}", 0)

    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("default")
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            warnings.simplefilter("ignore", ImportWarning)
        warnings.showwarning = show
        yield
