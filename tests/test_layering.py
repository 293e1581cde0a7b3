"""The house rules that a machine can hold: one direction, cheap start, and the public names."""

import ast
import importlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("nullcline.symbolic", "nullcline.numeric", "nullcline.reports")


def python(code: str, *, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV_")} | variables
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True)


def test_imports_go_one_way(tmp_path: Path):
    lint_imports = Path(sysconfig.get_path("scripts"), "lint-imports")
    command = [str(lint_imports), "--config", str(ROOT / "setup.cfg"), "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["report", "--help"],
        ["fixed-points", "--help"],
        ["simulate", "--help"],
        ["verify", "--help"],
        ["check-answer", "--help"],
        ["export", "--help"],
        ["new", "--help"],
        ["new", "my.toml"],
    ],
)
def test_help_is_cheap(arguments: list[str], tmp_path: Path):
    loaded = python(LOADED_BY_THE_COMMAND.format(arguments=arguments), cwd=tmp_path)
    assert loaded.stdout.splitlines()[-1:] == ["heavy: []"], loaded.stdout + loaded.stderr


def test_shell_completion_is_cheap():
    request = {"_NULLCLINE_COMPLETE": "complete_bash", "COMP_WORDS": "nullcline fix", "COMP_CWORD": "1"}
    loaded = python(LOADED_BY_THE_COMMAND.format(arguments=[]), **request)
    assert loaded.stdout.splitlines()[-1:] == ["heavy: []"], loaded.stdout + loaded.stderr
    assert "fixed-points" in loaded.stdout


LOADED_BY_THE_COMMAND = """
import sys

sys.argv = ["nullcline", *{arguments}]
from nullcline.reports.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
finally:
    print()
    print("heavy:", sorted({{"sympy", "matplotlib", "numba"}} & set(sys.modules)))
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_there(package: str):
    module = importlib.import_module(package)
    missing = [name for name in module.__all__ if not hasattr(module, name)]
    assert missing == []
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_type_checker_sees_the_names_that_a_program_gets(package: str):
    module = importlib.import_module(package)
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    guarded = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [node for block in guarded for node in block.body if isinstance(node, ast.ImportFrom)]
    # One dot less: a home is told from within the package.
    origin = {alias.name: "." * (node.level - 1) + (node.module or "") for node in imports for alias in node.names}
    assert sorted(origin) == sorted(module.__all__)
    assert {name: home for name, home in origin.items() if home} == module._HOME


@pytest.mark.parametrize("package", PACKAGES)
def test_an_unknown_name_is_refused_as_usual(package: str):
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nonsense'"):
        importlib.import_module(package).nonsense  # noqa: B018


def test_a_function_is_not_replaced_by_the_module_of_its_name():
    numeric = importlib.import_module("nullcline.numeric")
    assert isinstance(importlib.import_module("nullcline.numeric.fixed_points"), ModuleType)
    assert callable(numeric.fixed_points)
    answer = python("import nullcline.numeric.fixed_points; print(nullcline.numeric.fixed_points)")
    assert answer.stdout.startswith("<function fixed_points"), answer.stderr


def test_the_folder_is_refused_as_a_package_of_its_own():
    answer = python("import symbolic", cwd=ROOT)
    assert answer.stderr.splitlines()[-1] == (
        "ImportError: this folder is the package nullcline.symbolic and cannot be imported as 'symbolic': "
        "install the project (pip install -e .) and write 'from nullcline.symbolic import RateModel'"
    )
