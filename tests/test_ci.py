"""`.ci/run`: what it installs where, in which order it goes, and that what its tests need is declared."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = (ROOT / ".ci/run").read_text(encoding="utf-8")
STEPS = re.findall(r'^step "(.+)"$', SCRIPT, re.MULTILINE)

bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def test_cheap_steps_come_before_the_tests():
    order = ["environment", "ruff", "layers", "types", "programs", "readers"]
    order += ["tests, with the coverage of branches", "slow tests", "browser"]
    assert order == STEPS


def test_no_option_stands_twice():
    for line in SCRIPT.replace("\\\n", " ").splitlines():
        options = re.findall(r" (--[\w-]+=\S+)", line)
        assert len(options) == len(set(options)), line


# Programs for the whole machine ---------------------------------------------------------------------------------------


def installed(tmp_path: Path, *, user: int, there: tuple[str, ...] = (), apt: str = "", **more: str) -> tuple[str, str]:
    """Run the step that installs programs, where only these are there; return what it says, and what it calls."""
    calls = tmp_path / "calls"
    programs = {
        **dict.fromkeys(there, ""),
        "apt-get": f'echo "apt-get $*" >>"{calls}"\n{apt}',
        "sudo": f'echo "sudo $*" >>"{calls}"\nshift\n"$@"',
        "id": f"echo {user}",
    }
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in programs.items():
        (folder / name).write_text(f"#!{shutil.which('bash')}\n{text}\n")
        (folder / name).chmod(0o755)
    (folder / "env").symlink_to(str(shutil.which("env")))
    part = SCRIPT[SCRIPT.index('step "programs"') : SCRIPT.index("# The programs that exports are written for")]
    start = "set -euo pipefail\nstep() { :; }\npip=(:)\n"
    done = subprocess.run(
        [str(shutil.which("bash")), "-c", start + part],
        env={"PATH": str(folder), **more},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout, calls.read_text() if calls.exists() else ""


ALL = ("chromium", "chromedriver", "firefox-esr", "pdflatex")
NEEDED = "chromium chromium-driver firefox-esr texlive-latex-base texlive-pictures"


@bash
def test_a_contributors_machine_is_left_as_it_is(tmp_path: Path):
    said, called = installed(tmp_path, user=1000)
    assert called == ""
    assert f"not installed, so some tests are skipped: {NEEDED}\n" in said
    assert f"sudo apt-get install --no-install-recommends {NEEDED}\n" in said


@bash
def test_root_and_a_runner_install_what_is_missing(tmp_path: Path):
    for name, user, more in (("root", 0, {}), ("runner", 1000, {"CI": "true"})):
        (tmp_path / name).mkdir()
        said, called = installed(tmp_path / name, user=user, there=ALL[:1], **more)
        assert said == ""
        assert "apt-get update" in called
        assert NEEDED.removeprefix("chromium ") in called
        assert ("sudo" in called) == bool(user)


@bash
def test_where_all_is_there_nothing_is_installed(tmp_path: Path):
    tex = tmp_path / "tex"
    tex.mkdir()
    said, called = installed(tex, user=0, there=ALL)
    assert "texlive-pictures" in called
    (tmp_path / "whole").mkdir()
    said, called = installed(tmp_path / "whole", user=0, there=(*ALL, "kpsewhich"), apt="exit 1")
    assert "texlive-pictures" in called  # kpsewhich found no TikZ
    assert said == (
        "apt-get update failed: the lists of packages may be old\n"
        "could not be installed, so some tests are skipped: texlive-pictures\n"
    )


# What the tests need --------------------------------------------------------------------------------------------------


def requirements() -> dict[str, set[str]]:
    """Return the bounds of each package that an extra names."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    found: dict[str, set[str]] = {}
    for text in parser["options.extras_require"].values():
        for line in filter(None, text.splitlines()):
            name, bound = re.fullmatch(r"([\w.-]+)(.*)", line.partition("[")[0] if "[" in line else line).groups()
            found.setdefault(name, set()).add(bound)
    return found


def test_a_package_has_one_bound_in_all_extras():
    assert {name: bounds for name, bounds in requirements().items() if len(bounds) > 1} == {}


def test_what_drives_a_browser_is_declared():
    assert {"selenium", "websocket-client", "axe-playwright-python"} <= set(requirements())


@pytest.mark.slow
@pytest.mark.parametrize(("all_of_them", "outcome"), [("", "skipped"), ("1", "errors")])
def test_a_missing_browser_is_a_failure_where_all_are_asked_for(tmp_path: Path, all_of_them: str, outcome: str):
    command = [sys.executable, "-P", "-m", "pytest", "tests/browser", "-m", "", "-q", "-r", "", "--tb=no"]
    command += ["-p", "no:cacheprovider", "-p", "no:xdist", "--basetemp", str(tmp_path)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": "", "NULLCLINE_ALL_BROWSERS": all_of_them},
        capture_output=True,
        text=True,
    )
    ended = dict(re.findall(r"(\d+) (\w+)", done.stdout.splitlines()[-1]))
    assert {word.rstrip("s") for word in ended.values()} - {"passed", "second", "warning"} <= {outcome.rstrip("s")}
    assert sum(int(n) for n, word in ended.items() if word.rstrip("s") == outcome.rstrip("s")) > 90


def test_what_is_made_here_does_not_go_into_the_source_archive():
    manifest = (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines()
    grafted, pruned = ({line.split()[1] for line in manifest if line.startswith(word)} for word in ("graft", "prune"))
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines() if line[:1] == "/"}
    inside = {folder for folder in ignored if folder.partition("/")[0] in grafted}
    assert inside == pruned
    assert {"docs/_build", ".ci/screenshots"} <= pruned
