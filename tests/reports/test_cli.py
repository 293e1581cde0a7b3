"""The nullcline command: what it prints, its exit codes, and one line for every refusal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nullcline.numeric import fixed_points, simulate
from nullcline.reports import cli
from nullcline.symbolic import RateModel, transfer


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


def strictly(text: str) -> dict:
    """Read one JSON document that holds no NaN or infinity."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} in JSON")

    return json.loads(text, parse_constant=refuse)


ENDINGS = ".html, .pdf, .tex, .md, .ipynb, .json"
REFUSALS = [
    (["nothing"], "no such command 'nothing'; see nullcline --help"),
    (["simulate", "--t", "5"], "no such option: --t; did you mean --T?; see nullcline simulate --help"),
    (
        ["simulate", "--sigma", "5"],
        "no such option: --sigma; did you mean --noise-sigma?; see nullcline simulate --help",
    ),
    (["verify", "--examples", "0"], "examples must be at least 1, got 0"),
    (["verify", "--examples", "1e3"], "examples must be a whole number, got '1e3'"),
    (["verify", "--seed", "-1"], "seed must be at least 0, got -1"),
    (["fixed-points", "--bogus"], "no such option: --bogus; see nullcline fixed-points --help"),
    (
        ["fixed-points", "my.toml"],
        "there is no file my.toml: write one by nullcline new my.toml",
    ),
    (
        ["fixed-points", "singel"],
        "unknown model 'singel'; did you mean 'single'? (known: single, wilson-cowan)",
    ),
    (
        ["report", "--transfer", "tahn"],
        "unknown transfer function 'tahn'; did you mean 'tanh'? "
        "(known: sigmoid, tanh, relu, softplus, erf, power, naka_rushton)",
    ),
    (["report", "--format", "doc"], "unknown format 'doc' (known: html, pdf, tex, md, ipynb, json)"),
    (["report", "--out", "no/such/place.html"], "there is no folder no/such: make it first, or choose another --out"),
    (["report", "--out", "x.doc"], f"--out must end in one of {ENDINGS}, got 'x.doc'"),
    (["report", "--out", "x"], f"--out must end in one of {ENDINGS}, got 'x'"),
    (["report", "--out", "x.html", "--format", "tex"], "--out must end in .tex for --format tex, got 'x.html'"),
    (["report", "--out", "."], ". is a folder: name a file in it, such as report.html"),
    (["report", "--out", ""], "--out needs a file name, got nothing"),
    (["fixed-points", "--set", "w"], "--set needs NAME=VALUE, got 'w': write for instance --set w=5"),
    (["fixed-points", "--set", "=5"], "--set needs NAME=VALUE, got '=5': write for instance --set w=5"),
    (["fixed-points", "--set", "w="], "w must be a number, got nothing"),
    (["fixed-points", "--set", "w=abc"], "w must be a number, got 'abc'"),
    (["fixed-points", "--set", "w=1_0"], "w must be a number, got '1_0'"),
    (["fixed-points", "--set", "w=1,5"], "w must be a number, got '1,5': write the decimal point as '1.5'"),
    (["fixed-points", "--set", "w=nan"], "w must be finite, got 'nan'"),
    (["fixed-points", "--set", "w=-inf"], "w must be finite, got '-inf'"),
    (["fixed-points", "--set", "w=1e999"], "w must be finite, got '1e999'"),
    (["fixed-points", "--set", "w=1", "--set", "w=1"], "w is set twice: give --set w=VALUE once"),
    (["fixed-points", "--set", "tau=-1"], "tau must be positive, got -1.0 ms"),
    (
        ["fixed-points", "--set", "thetha=1"],
        "unknown parameter 'thetha' for model 'single'; did you mean 'theta'? (known: tau, a, theta, w, I_ext)",
    ),
    (
        ["fixed-points", "wilson-cowan", "--set", "a=1"],
        "unknown parameter 'a' for model 'wilson-cowan'; did you mean 'a_E' or 'a_I'? "
        "(known: tau_E, a_E, theta_E, w_EE, w_EI, I_ext_E, tau_I, a_I, theta_I, w_IE, w_II, I_ext_I)",
    ),
    (
        ["simulate", "--method", "rk5"],
        "unknown method 'rk5'; did you mean 'rk4'? (known: euler, exponential_euler, heun, rk4, adaptive, exact)",
    ),
    (["simulate", "--dt", "0"], "dt must be positive, got 0.0 ms"),
    (["simulate", "--T", "long"], "T must be a number, got 'long'"),
    (["simulate", "--r-init", "nan"], "r-init must be finite, got 'nan'"),
    (["simulate", "--out", "run.png"], "--out must end in .csv or .json, got 'run.png'"),
    (["simulate", "--r-init", "E=0.1"], "r-init must be one rate for model 'single', as in 0.2, got 'E=0.1'"),
    (
        ["simulate", "wilson-cowan", "--r-init", "0.1,0.2"],
        "r-init needs a rate for each population, as in E=0.1,I=0.2, got '0.1,0.2'",
    ),
    (["simulate", "wilson-cowan", "--r-init", "E=1"], "r_init has no value for population 'I'"),
    (["simulate", "wilson-cowan", "--r-init", "E=1,E=2"], "r-init names population 'E' twice"),
]


@pytest.mark.parametrize(
    ("arguments", "line"), REFUSALS, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_refusal_is_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert cli.run(arguments) == 2
    assert capsys.readouterr() == ("", f"nullcline: {line}\n")
    assert list(tmp_path.iterdir()) == []


def test_the_names_known_without_sympy_are_the_real_ones():
    assert tuple(transfer.catalogue) == cli.TRANSFERS
    assert [RateModel.single().name, RateModel.wilson_cowan().name] == list(cli.MODELS)


def test_fixed_points_for_people(capsys: pytest.CaptureFixture[str]):
    assert cli.run(["fixed-points", "--set", "w=5", "--set", "I_ext=0.5"]) == 0
    out, err = capsys.readouterr()
    rows = [line.split() for line in out.splitlines()[2:]]
    assert [[f"{float(r):.3f}", f"{float(e):.3f}", s] for r, e, s in rows] == [
        ["0.042", "-0.583", "stable"],
        ["0.447", "0.498", "unstable"],
        ["0.900", "-0.626", "stable"],
    ]
    assert err == ""


def test_fixed_points_for_programs(capsys: pytest.CaptureFixture[str]):
    assert cli.run(["fixed-points", "--set", "w=5", "--set", "I_ext=0.5", "--json"]) == 0
    document = strictly(capsys.readouterr().out)
    found = fixed_points(RateModel.single(), w=5, I_ext=0.5)
    points = document["fixed_points"]
    assert [p["r"] for p in points] == found.r.tolist()
    assert [p["eigenvalue"] for p in points] == found.eigenvalue.tolist()
    assert [p["stability"] for p in points] == ["stable", "unstable", "stable"]
    assert (document["complete"], document["count"], document["model"]) == (True, 3, "single")
    assert document["parameters"] == {"tau": 1.0, "a": 1.2, "theta": 2.8, "w": 5.0, "I_ext": 0.5}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--transfer", "relu", "--set", "a=1", "--set", "w=1", "--set", "I_ext=2.8"],  # a continuum
        ["--transfer", "relu", "--set", "I_ext=2.8"],  # a fixed point at the kink, without an eigenvalue
        ["--transfer", "relu", "--set", "w=2", "--set", "I_ext=4"],  # no fixed point
    ],
)
def test_no_case_puts_a_nan_into_json(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert cli.run(["fixed-points", *arguments, "--json"]) == 0
    strictly(capsys.readouterr().out)


def test_fixed_points_of_two_populations_for_programs(capsys: pytest.CaptureFixture[str]):
    assert cli.run(["fixed-points", "wilson-cowan", "--json"]) == 0
    points = strictly(capsys.readouterr().out)["fixed_points"]
    assert all(set(p["r"]) == {"E", "I"} for p in points)
    assert all([set(e) for e in p["eigenvalue"]] == [{"re", "im"}] * 2 for p in points)


def test_a_simulation_for_people(capsys: pytest.CaptureFixture[str]):
    assert cli.run(["simulate", "--set", "w=5", "--set", "I_ext=0.5"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].split() == ["t", "(ms)", "r"]
    assert lines[1].split() == ["0", "0.2"]
    assert lines[-1].split() == ["19.9", "0.0415382"]
    assert len({len(line) for line in lines}) == 1
    assert err.startswith("note: ")


def test_a_simulation_for_programs_and_as_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert cli.run(["simulate", "--set", "w=5", "--json", "--out", "run.csv"]) == 0
    document = strictly(capsys.readouterr().out)
    run = simulate(RateModel.single(), w=5)
    assert document["t"] == run.t.tolist()
    assert document["r"] == run.r.tolist()
    head, *rows = (tmp_path / "run.csv").read_text().splitlines()
    assert head == "t,r"
    assert [tuple(map(float, row.split(","))) for row in rows] == list(zip(run.t.tolist(), run.r.tolist(), strict=True))


def test_a_warning_is_one_line(capsys: pytest.CaptureFixture[str]):
    assert cli.run(["simulate", "--T", "10", "--dt", "2.5"]) == 0
    warned = [line for line in capsys.readouterr().err.splitlines() if line.startswith("nullcline: warning: ")]
    assert len(warned) == 1
    assert ".py" not in warned[0]


@pytest.mark.parametrize("arguments", [["--dt", "2.5", "--T", "10"], ["--dt", "0.3", "--T", "1"]], ids=" ".join)
def test_what_was_a_warning_is_not_a_note_as_well(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert cli.run(["simulate", *arguments]) == 0
    lines = capsys.readouterr().err.splitlines()
    (warned,) = (line.removeprefix("nullcline: warning: ") for line in lines if "warning" in line)
    assert warned.startswith((f"dt={arguments[1]} ms", "T=1.0 ms"))
    assert sum(warned in line for line in lines) == 1
    assert any(line.startswith("note: ") for line in lines)
    # A program reads both in one place.
    assert cli.run(["simulate", *arguments, "--json"]) == 0
    assert f"{warned}." in strictly(capsys.readouterr().out)["audit"]["notes"]


def test_a_document_names_the_populations_that_have_a_name(capsys: pytest.CaptureFixture[str]):
    for model, names in (("single", []), ("wilson-cowan", ["E", "I"])):
        assert cli.run(["simulate", model, "--json"]) == 0
        assert strictly(capsys.readouterr().out)["populations"] == names


def test_a_report_is_written_and_summed_up(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert cli.run(["report", "--transfer", "relu", "--set", "w=-2"]) == 0
    path, *summary = capsys.readouterr().out.splitlines()
    assert path == "single-report.html"
    assert [line.split("  ")[1] for line in summary] == ["model", "parameters", "fixed points", "eigenvalues", "checks"]
    assert (tmp_path / path).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [file.name for file in tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    ("arguments", "written", "starts"),
    [
        (["--format", "json"], "single-report.json", '{\n "schema": "nullcline-report/1"'),
        (["--format", "md"], "single-report.md", "# One population"),
        (["--out", "mine.tex"], "mine.tex", "% Written by nullcline"),
        (["--out", "MINE.IPYNB", "--format", "ipynb"], "MINE.IPYNB", '{\n "cells"'),
        (["--out", "mine.htm"], "mine.htm", "<!DOCTYPE html>"),
    ],
)
def test_a_report_is_written_in_the_format_asked_for(arguments, written, starts, capsys, tmp_path: Path):
    assert cli.run(["report", "--transfer", "relu", *arguments]) == 0
    assert capsys.readouterr().out.splitlines()[0] == written
    assert (tmp_path / written).read_text(encoding="utf-8").startswith(starts)


def test_a_format_whose_extra_is_missing_is_refused_before_anything_is_computed(monkeypatch, capsys, tmp_path: Path):
    monkeypatch.setattr("nullcline.reports.formats.find_spec", lambda name: None)
    monkeypatch.setattr(RateModel, "derive", lambda self: pytest.fail("the model was derived"))
    assert cli.run(["report", "--out", "x.pdf"]) == 2
    line = "a report as pdf is set by typst, which is not installed: run pip install 'nullcline[pdf]'"
    assert capsys.readouterr().err == f"nullcline: {line}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_failed_check_is_exit_code_one_and_still_a_report(monkeypatch, capsys, tmp_path: Path):
    from dataclasses import replace

    from nullcline.symbolic import Derivation

    whole = RateModel.single(transfer.relu).derive()
    unchecked = replace(whole["rate_equation"], checks=())
    monkeypatch.setattr(RateModel, "derive", lambda self: Derivation(self, (unchecked, whole["transfer"])))
    assert cli.run(["report", "--transfer", "relu", "--out", "failed.html"]) == 1
    err = capsys.readouterr().err
    assert err == "nullcline: rate_equation: left without a symbolic or without a numerical check\n"
    assert 'data-state="failed"' in (tmp_path / "failed.html").read_text(encoding="utf-8")


def test_a_file_that_is_there_survives_a_failure(monkeypatch, capsys, tmp_path: Path):
    kept = tmp_path / "run.csv"
    kept.write_text("what was there")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli.os, "replace", fail)
    assert cli.run(["simulate", "--out", "run.csv"]) == 2
    assert capsys.readouterr() == ("", "nullcline: cannot write run.csv: no space left on device\n")
    assert kept.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [kept]


def test_a_symbolic_link_is_not_followed(capsys, tmp_path: Path):
    target = tmp_path / "precious.csv"
    target.write_text("precious")
    try:
        (tmp_path / "run.csv").symlink_to(target)
    except OSError:
        pytest.skip("symbolic links are not allowed here")
    assert cli.run(["simulate", "--out", "run.csv"]) == 2
    assert (
        capsys.readouterr().err == f"nullcline: run.csv is a symbolic link: name the file itself, {target.resolve()}\n"
    )
    assert target.read_text() == "precious"


def test_an_interruption_is_told_as_shells_tell_it(monkeypatch, capsys):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nullcline.numeric.fixed_points", interrupted)
    assert cli.run(["fixed-points"]) == 130
    assert capsys.readouterr().err == "nullcline: interrupted\n"


def test_an_error_nobody_foresaw_is_one_line_unless_debugging(monkeypatch, capsys):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("nullcline.numeric.fixed_points", broken)
    assert cli.run(["fixed-points"]) == 70
    assert capsys.readouterr().err == (
        "nullcline: internal error, ZeroDivisionError: division by zero; please report it, with what --debug prints\n"
    )
    with pytest.raises(ZeroDivisionError):
        cli.run(["fixed-points", "--debug"])


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is told otherwise on Windows")
def test_a_reader_that_has_gone_is_no_error():
    code = "from nullcline.reports.cli import main; main()"
    command = [sys.executable, "-c", code, "simulate", "--T", "2000", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == 0
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


def test_the_bare_command_shows_the_help(capsys):
    assert cli.run([]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Usage: nullcline [OPTIONS] COMMAND [ARGS]...")
    assert err == ""


@pytest.mark.parametrize("arguments", [["--help"], ["report", "-h"], ["fixed-points", "-h"], ["simulate", "-h"]])
def test_help_loads_nothing_heavy(arguments: list[str]):
    code = f"""
import sys
from nullcline.reports import cli
code = cli.run({arguments!r})
print(code, sorted({{"sympy", "numpy", "scipy", "matplotlib", "rich"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_verify_prints_a_table_or_its_rows_as_json(capsys):
    assert cli.run(["verify", "--examples", "2", "--set", "w=5", "--set", "I_ext=0.5"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Verification of 'single': ")
    assert "all hold" in text
    assert cli.run(["verify", "--examples", "2", "--json"]) == 0
    rows = strictly(capsys.readouterr().out)
    assert {"name", "examples", "worst_over_bound", "passed"} <= rows[0].keys()
    assert all(row["passed"] for row in rows)
    assert {"derivation", "F", "fixed_points", "euler_error", "trapping_region"} <= {row["name"] for row in rows}


def test_a_property_that_fails_is_exit_code_1(capsys, monkeypatch):
    from nullcline.numeric.verification import derivation_property, verify
    from nullcline.numeric.verification.search import Property

    wrong = Property("wrong", "one is zero", lambda subject, case, judge: judge.within(1.0, 0.0, one=1))
    monkeypatch.setattr(verify, "properties", lambda: (wrong,))
    right = derivation_property.PropertyResult("derivation", "", 1, 0.0, True)
    monkeypatch.setattr(derivation_property, "derivation_checked", lambda model: right)
    assert cli.run(["verify", "--examples", "5", "--json"]) == 1
    out, err = capsys.readouterr()
    row = strictly(out)[1]
    assert (row["passed"], row["worst_over_bound"], row["counterexample"]["one"]) == (False, None, 1)
    assert err == "nullcline: property wrong failed: one is zero\n"


def test_verify_shows_a_progress_bar_on_a_terminal_only(capsys, monkeypatch):
    import io

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with cli._progress_bar() as progress:
        progress("F", 1, 10)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with cli._progress_bar() as none:
        assert none is None
