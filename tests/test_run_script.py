"""run.py: what it says when something is missing, when it installs again, and what it passes on."""

import ast
import configparser
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "run.py"


@pytest.fixture
def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location("run_script", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def environment(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An environment whose steps are recorded instead of run: `steps` the commands, `code` the exit code of each."""
    made = script.Environment(str(tmp_path / "venv"))
    steps: list[list[str]] = []

    def logged(arguments: list[str]) -> int:
        steps.append(arguments)
        made.output = b"no route to host\n"
        if "venv" in arguments:
            programs = Path(made.python).parent
            programs.mkdir(parents=True)
            Path(made.folder, "pyvenv.cfg").touch()
            program = Path(made.python)
            # A working interpreter, as far as the script asks: it says its version.
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
            program.chmod(0o755)
        return made.code

    monkeypatch.setattr(made, "logged", logged)
    monkeypatch.setattr(script.shutil, "which", lambda name: None)
    made.steps, made.code = steps, 0
    return made


posix = pytest.mark.skipif(os.name == "nt", reason="the interpreter that stands in is a shell script")


def installs(steps: list[list[str]]) -> list[str]:
    """What was installed, in order: the last word of each install."""
    return [step[-1] for step in steps if "install" in step]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_usage_names_the_two_commands(arguments: list[str]):
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "python3 run.py report" in done.stdout
    assert "python3 run.py test" in done.stdout


# An old Python


def test_it_parses_on_old_pythons():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 4))
    assert [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.Nonlocal)] == []
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        assert function.args.kwonlyargs == []
        assert function.returns is None
    assert [node for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.cause] == []  # raise ... from


def old_pythons() -> list[str]:
    """Interpreters older than the oldest that will do, from PATH and from pyenv, if there are any."""
    paths = [shutil.which(name) for name in ("python2", "python3.6", "python3.8", "python3.9", "python3.10")]
    pyenv = Path.home().glob(".pyenv/versions/*/bin/python")
    old = "import sys; print(sys.executable); sys.exit(sys.version_info >= (3, 11))"
    asked = [subprocess.run([path, "-c", old], capture_output=True, text=True) for path in (*paths, *pyenv) if path]
    return sorted({answer.stdout.strip() for answer in asked if answer.returncode == 0})


def test_an_old_python_says_what_is_needed():
    found = old_pythons()
    if not found:
        pytest.skip("there is no old Python here")
    for old in found:
        done = subprocess.run([old, str(SCRIPT), "report"], env={"PATH": ""}, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith("run.py: nullcline needs Python 3.11 or newer; this is Python ")
        assert done.stderr.count("\n") == 1


def test_without_a_newer_python_it_says_what_is_needed(script, monkeypatch, capsys):
    monkeypatch.setattr(script.sys, "version_info", (3, 9, 18))
    monkeypatch.setattr(script.sys, "executable", "/usr/bin/python3")
    monkeypatch.setattr(script, "newer_python", lambda: None)
    assert script.main(["report"]) == 3
    assert capsys.readouterr().err == (
        "run.py: nullcline needs Python 3.11 or newer; this is Python 3.9 (/usr/bin/python3). Install one from your "
        "system's packages or https://www.python.org/downloads, then run this script with it.\n"
    )


def test_a_newer_python_on_the_path_takes_over(script, monkeypatch):
    calls: list[list[str]] = []
    monkeypatch.setattr(script.sys, "version_info", (3, 9, 18))
    monkeypatch.setattr(script, "newer_python", lambda: ["/opt/python3.13"])
    monkeypatch.setattr(script, "call", lambda arguments: calls.append(arguments) or 5)
    assert script.main(["report", "--open"]) == 5
    assert calls == [["/opt/python3.13", str(SCRIPT), "report", "--open"]]


def test_a_python_is_asked_for_its_version_and_not_trusted_for_its_name(script, monkeypatch):
    monkeypatch.setattr(script, "which", lambda name: {"python3.14": "/stub", "python3.12": sys.executable}.get(name))
    assert script.newer_python() == [sys.executable]
    monkeypatch.setattr(script, "which", lambda name: None)
    assert script.newer_python() is None


def test_uv_fetches_a_python_where_there_is_none(script, monkeypatch):
    monkeypatch.setattr(script, "which", {"uv": "/bin/uv"}.get)
    monkeypatch.setattr(script, "run_quietly", lambda arguments: (0, b""))
    assert script.newer_python() == ["/bin/uv", "run", "--no-project", "--python", ">=3.11,<3.15", "python"]


# Installing


@posix
def test_it_installs_once_and_again_only_for_more(environment, capsys):
    environment.prepare([])
    environment.prepare([])
    assert installs(environment.steps) == ["."]
    environment.prepare(["test"])
    environment.prepare([])
    environment.prepare(["test"])
    assert installs(environment.steps) == [".", ".[test]"]
    assert sum("venv" in step for step in environment.steps) == 1
    out, progress = capsys.readouterr()
    assert out == ""
    assert len(progress.splitlines()) == 5  # made, installing, ready; installing, ready


@posix
@pytest.mark.parametrize("changed", ["setup.cfg", "pyproject.toml"])
def test_it_installs_again_when_what_is_needed_has_changed(environment, script, changed, tmp_path, monkeypatch):
    for name in ("setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(script, "ROOT", str(tmp_path))
    environment.prepare(["test"])
    with open(tmp_path / changed, "a") as file:
        file.write("# one more line\n")
    environment.prepare([])
    assert installs(environment.steps) == [".[test]", ".[test]"]  # what was there stays there
    assert sum("venv" in step for step in environment.steps) == 1


@posix
def test_an_interrupted_setup_is_made_anew(environment):
    environment.prepare([])
    os.remove(environment.stamp)
    remains = Path(environment.folder, "half-installed")
    remains.touch()
    environment.prepare([])
    assert not remains.exists()
    assert installs(environment.steps) == [".", "."]


@posix
def test_a_broken_environment_is_made_anew(environment):
    environment.prepare([])
    os.remove(environment.python)
    environment.prepare([])
    assert installs(environment.steps) == [".", "."]
    assert sum("venv" in step for step in environment.steps) == 2


@posix
def test_an_environment_of_another_python_is_made_anew(environment, script, monkeypatch):
    environment.prepare([])
    monkeypatch.setattr(script.sys, "version_info", (3, 99, 0))
    assert not environment.holds([])
    assert not environment.usable()


def test_a_folder_that_is_no_environment_is_left_alone(environment, script):
    Path(environment.folder).mkdir()
    thesis = Path(environment.folder, "thesis.tex")
    thesis.touch()
    with pytest.raises(script.SetupError) as refusal:
        environment.prepare([])
    assert str(refusal.value) == (
        f"{environment.folder} is there and is not a virtual environment. "
        "Move it, or set NULLCLINE_VENV to another folder."
    )
    assert thesis.exists()


def test_a_folder_that_cannot_be_written_is_named(script, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(script.SetupError, match="cannot write the environment"):
        script.Environment(str(tmp_path / "file" / "venv")).prepare([])


@posix
def test_a_failed_install_shows_the_log_and_leaves_no_stamp(environment, script, monkeypatch):
    monkeypatch.setattr(environment, "create", lambda uv: environment.logged(["venv"]))
    environment.code = 1
    with pytest.raises(script.SetupError) as failure:
        environment.prepare([])
    assert str(failure.value).splitlines() == [
        "the last lines of the log:",
        "    no route to host",
        "The installation failed. If this machine is offline or behind a proxy, connect it or set HTTPS_PROXY "
        "(a package mirror: PIP_INDEX_URL), then run the same command again: it starts afresh.",
        f"The whole log: {environment.log}",
    ]
    assert not os.path.exists(environment.stamp)


def test_a_missing_ensurepip_says_which_package_has_it(environment, script, monkeypatch):
    monkeypatch.setattr(script, "has_ensurepip", lambda: False)
    with pytest.raises(script.SetupError, match="sudo apt install python3-venv"):
        environment.prepare([])


@posix
def test_uv_is_used_where_it_is(environment, script, monkeypatch):
    monkeypatch.setattr(script.shutil, "which", {"uv": "/bin/uv"}.get)
    environment.prepare([])
    assert [step[:3] for step in environment.steps] == [["/bin/uv", "venv", "--quiet"], ["/bin/uv", "pip", "install"]]


@posix
def test_pip_is_used_where_uv_fails(environment, script, monkeypatch):
    monkeypatch.setattr(script.shutil, "which", {"uv": "/bin/uv"}.get)
    succeed = environment.logged
    monkeypatch.setattr(environment, "logged", lambda step: 2 if step[0] == "/bin/uv" else succeed(step))
    environment.prepare(["test"])
    assert environment.holds(["test"])
    assert [step[1:3] for step in environment.steps] == [["-m", "venv"], ["-m", "pip"], ["-m", "pip"]]
    assert installs(environment.steps) == [".[test]"]


def test_what_the_script_writes_down_is_what_it_reads(script, tmp_path):
    path = tmp_path / "stamp.json"
    assert script.read_json(str(path)) == {}
    script.write_atomically(str(path), json.dumps({"extras": ["test"]}))
    assert script.read_json(str(path)) == {"extras": ["test"]}
    assert [file.name for file in tmp_path.iterdir()] == ["stamp.json"]


def extras_of_setup() -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return dict(parser["options.extras_require"])


@posix
@pytest.mark.parametrize(
    ("command", "installed"),
    [
        (["report", "--format", "pdf"], ".[certify,pdf]"),
        (["check-answer", "my.toml"], ".[certify]"),
        (["fixed-points", "my.toml"], ".[certify]"),
        (["simulate", "my.toml"], ".[certify]"),
        (["verify", "my.toml"], ".[certify,verify]"),
        (["export", "my.toml"], "."),
        (["test"], ".[test]"),
    ],
)
def test_the_environment_has_what_the_command_needs(environment, script, monkeypatch, command, installed):
    monkeypatch.setattr(script, "Environment", lambda folder: environment)
    monkeypatch.setattr(script, "call", lambda arguments, cwd=None: 0)
    assert script.main(command) == 0
    assert installs(environment.steps) == [installed]


def test_each_extra_is_one_of_the_projects(script):
    named = {extra for extras in script.EXTRAS.values() for extra in extras}
    assert named <= set(extras_of_setup())


# Running the command


@pytest.mark.parametrize(
    ("given", "run"),
    [
        (["report"], ["report", "--set", "w=5", "--set", "I_ext=0.5"]),
        (["report", "--out", "a.html"], ["report", "--set", "w=5", "--set", "I_ext=0.5", "--out", "a.html"]),
        (["report", "--set", "w=2"], ["report", "--set", "w=2"]),
        (["report", "wilson-cowan"], ["report", "wilson-cowan"]),
        (["report", "my.toml"], ["report", "my.toml"]),
        (["fixed-points", "--set", "w=5"], ["fixed-points", "--set", "w=5"]),
    ],
)
def test_the_arguments_go_to_the_command(script, given, run):
    environment = script.Environment("venv")
    assert script.command(environment, given) == [environment.program("nullcline"), *run]


def test_the_arguments_of_test_go_to_pytest(script):
    environment = script.Environment("venv")
    command = script.command(environment, ["test", "-k", "fold"])
    assert command[:4] == [environment.python, "-P", "-m", "pytest"]
    assert command[-2:] == ["-k", "fold"]
    # Given again, as by `-m ""`, an option of pytest's takes the place of the first.
    assert command[command.index("-m", 3) + 1 :][0] == "not slow"


def test_the_exit_code_is_the_commands_own(script):
    assert script.call([sys.executable, "-c", "raise SystemExit(7)"]) == 7
    assert script.call([sys.executable, "-c", "pass"]) == 0


@posix
def test_a_killed_command_is_told_as_shells_tell_it(script):
    assert script.call([sys.executable, "-c", "import os; os.kill(os.getpid(), 15)"]) == 143


def test_a_program_that_is_not_there_is_named(script, capsys):
    assert script.call(["/nowhere/nullcline"]) == 3
    assert capsys.readouterr().err.startswith("run.py: cannot run /nowhere/nullcline: ")


def test_foreign_variables_do_not_reach_the_environment(script, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example")
    kept = script.clean_environment()
    assert "PYTHONPATH" not in kept
    assert kept["PIP_INDEX_URL"] == "https://mirror.example"
