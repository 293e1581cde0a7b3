"""The project as it is installed: every module and every data file, by every way of installing it."""

import configparser
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("symbolic", "numeric", "reports")

# One worker runs these, since they share what is built.
pytestmark = pytest.mark.xdist_group("packaging")


def files_of_the_packages() -> list[Path]:
    """All files of the three packages, relative to the root."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    kept = [path for path in found if path.parent.name != "__pycache__" and not path.name.startswith(".")]
    return sorted(path.relative_to(ROOT) for path in kept)


def modules() -> set[str]:
    """The names of all modules on disk."""
    names = {".".join(("nullcline", *path.with_suffix("").parts)) for path in files_of_the_packages() if is_code(path)}
    return {name.removesuffix(".__init__") for name in names}


def is_code(path: Path) -> bool:
    return path.suffix == ".py"


def in_the_wheel(path: Path) -> str:
    return f"nullcline/{path.as_posix()}"


def test_setup_cfg_lists_every_package_on_disk():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = config["options"]["packages"].split()
    on_disk = {".".join(("nullcline", *path.parent.parts)) for path in files_of_the_packages() if is_code(path)}
    assert sorted(listed) == sorted(on_disk)


def test_every_package_folder_has_its_init():
    folders = {path.parent for path in files_of_the_packages() if is_code(path)}
    assert [folder for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []


def test_nothing_makes_the_namespace_a_package():
    assert not (ROOT / "__init__.py").exists()
    assert all((ROOT / folder / "py.typed").exists() for folder in FOLDERS)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project: building in the tree itself would pick up what an earlier build left there."""
    copy = tmp_path_factory.mktemp("source") / "nullcline"
    unwanted = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=unwanted)
    return copy


@pytest.fixture(scope="module")
def distributions(source: Path) -> dict[str, Path]:
    """The source archive, and the wheel built from it: so the archive holds all that a build needs."""
    out = source.parent / "dist"
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source)
    return {"sdist": next(out.glob("*.tar.gz")), "wheel": next(out.glob("*.whl"))}


@pytest.mark.slow
def test_the_wheel_holds_every_file_and_nothing_else(distributions: dict[str, Path]):
    with zipfile.ZipFile(distributions["wheel"]) as wheel:
        names = {name for name in wheel.namelist() if not name.split("/")[0].endswith(".dist-info")}
    assert names == {in_the_wheel(path) for path in files_of_the_packages()}


@pytest.mark.slow
def test_the_source_archive_holds_every_file_and_the_tests(distributions: dict[str, Path]):
    with tarfile.open(distributions["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {path.as_posix() for path in files_of_the_packages()}
    wanted |= {"setup.cfg", "pyproject.toml", "run.py", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")}
    assert wanted - names == set()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["wheel", "sdist", "folder", "editable"])
def test_an_install_has_every_module_every_data_file_and_the_command(
    way: str, source: Path, distributions: dict[str, Path], tmp_path: Path
):
    what = {"folder": [source], "editable": ["--editable", source]}.get(way) or [distributions[way]]
    environment = fresh_environment(tmp_path / "environment")
    pip = [sys.executable, "-m", "pip", "--python", environment / "python", "--disable-pip-version-check"]
    run(*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", *what)

    installed = json.loads(run(environment / "python", "-c", LOOK_INSIDE, cwd=tmp_path))
    home = source if way == "editable" else tmp_path / "environment"
    assert set(installed["modules"]) == modules()
    assert [file for file in installed["modules"].values() if not Path(file).is_relative_to(home.resolve())] == []
    data = {path.as_posix() for path in files_of_the_packages() if not is_code(path)}
    assert data - set(installed["data"]) == set()
    assert "fixed-points" in run(environment / "nullcline", "--help", cwd=tmp_path)


# Runs in the fresh environment: imports all there is under nullcline and says where each module came from.
LOOK_INSIDE = """
import importlib, importlib.resources, json, pathlib, pkgutil, sys

modules, data = {}, []
for folder in ("symbolic", "numeric", "reports"):
    package = importlib.import_module("nullcline." + folder)
    names = [package.__name__]
    names += [found.name for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
    for name in names:
        modules[name] = str(pathlib.Path(importlib.import_module(name).__file__).resolve())
    root = pathlib.Path(str(importlib.resources.files(package)))
    data += [folder + "/" + path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
print(json.dumps({"modules": modules, "data": data}))
"""


def fresh_environment(folder: Path) -> Path:
    """Make an environment that has this one's dependencies and not its nullcline; return the folder of its programs."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    scripts = "Scripts" if os.name == "nt" else "bin"
    programs = folder / scripts
    place = run(programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    # A folder named in a .pth file is searched, but its own .pth files are not read, an editable install's among them.
    Path(place, "shared.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return programs


def run(*command: str | Path, cwd: Path | None = None) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout
