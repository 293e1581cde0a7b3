"""The compiled loops on disk: where they are, who may touch them, and that nothing found there is trusted."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import routes
from nullcline.numeric import accelerator, simulate
from nullcline.symbolic import RateModel, own_cache

pytest.importorskip("numba")
ON_POSIX = pytest.mark.skipif(os.name == "nt", reason="the profile folder has its own access list")

TEXT = "def double(a):\n    return 2.0*a\n"


def loop():
    """The loop as a new process would get it: nothing is left in this one's memory."""
    accelerator._folder.cache_clear()
    own_cache.folder.cache_clear()
    accelerator.compiled.cache_clear()
    return accelerator.compiled(TEXT, "double", forms="right")


def works():
    return loop()(1.5) == 3.0


def files(folder):
    return {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def when(folder):
    return {f: f.stat().st_mtime_ns for f in folder.rglob("*") if f.is_file()}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own for the loops, not made yet."""
    monkeypatch.setenv("NULLCLINE_CACHE", str(tmp_path / "loops"))
    yield tmp_path / "loops"
    accelerator._folder.cache_clear()
    own_cache.folder.cache_clear()
    accelerator.compiled.cache_clear()


@pytest.fixture
def kept(folder):
    """The module of a loop that was compiled and kept."""
    assert works()
    (module,) = folder.glob("*.py")
    return module


def test_a_loop_is_kept_in_the_folder_that_is_named_and_used_again(kept, folder):
    assert {f.suffix for f in files(folder)} == {".py", ".nbi", ".nbc"}
    before = when(folder)
    assert works()
    assert when(folder) == before


def test_without_a_name_the_folder_is_the_users_cache(tmp_path, monkeypatch, folder):
    import platformdirs

    monkeypatch.setenv("NULLCLINE_CACHE", "")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name, appauthor: tmp_path / name)
    assert works()
    assert not folder.exists()
    assert len(list((tmp_path / "nullcline").glob("loop_*.py"))) == 1


@ON_POSIX
def test_what_is_kept_is_the_users_alone_whatever_he_gives_others_by_habit(folder):
    habit = os.umask(0)
    try:
        assert works()
    finally:
        os.umask(habit)
    for path, mode in [(folder, 0o700), (folder / "__pycache__", 0o700), (next(folder.glob("*.py")), 0o600)]:
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_module_is_named_by_all_that_its_machine_code_depends_on(kept, folder, monkeypatch):
    monkeypatch.setattr(accelerator, "_versions", lambda: "of another numba")
    assert works()
    monkeypatch.setattr(accelerator, "_elementary", lambda: b"other elementary functions")
    assert works()
    assert len(list(folder.glob("*.py"))) == 3


# What is found there is not trusted ----------------------------------------------------------------------------------

DAMAGES = {
    "poisoned": lambda path: path.write_text(path.read_text().replace("2.0*a", "4.0*a")),
    "poisoned at its end": lambda path: path.write_text(path.read_text() + "\nraise SystemExit\n"),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:100]),
    "empty": lambda path: path.write_bytes(b""),
    "not a text": lambda path: path.write_bytes(b"\xff\xfe\x00" * 50),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_module_that_is_not_what_it_should_be_is_written_again(damage, kept):
    text = kept.read_bytes()
    damage(kept)
    assert kept.read_bytes() != text
    assert works()
    assert kept.read_bytes() == text


@ON_POSIX
def test_a_module_that_others_can_write_to_is_written_again(kept):
    kept.chmod(0o666)
    assert works()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@ON_POSIX
def test_a_link_in_a_modules_place_is_replaced_and_what_it_points_to_left_alone(kept, tmp_path):
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_bytes(kept.read_bytes())
    kept.unlink()
    kept.symlink_to(elsewhere)
    before = elsewhere.stat().st_mtime_ns
    assert works()
    assert not kept.is_symlink()
    assert elsewhere.stat().st_mtime_ns == before


def test_a_folder_in_a_modules_place_stays_and_nothing_is_left_beside_it(kept, folder):
    kept.unlink()
    kept.mkdir()
    assert works()
    assert kept.is_dir()
    assert not list(folder.glob(".loop*"))


LEFT = {
    "nothing": lambda content: b"",
    "a few bytes": lambda content: content[:10],
    "half of it": lambda content: content[: len(content) // 2],
    "something else": lambda content: b"something else" * 99,
}


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)
def test_machine_code_that_cannot_be_read_is_made_anew(left, suffix, kept, folder):
    before = set(files(folder))
    for path in folder.rglob(f"*{suffix}"):
        path.write_bytes(left(path.read_bytes()))
    assert works()
    # It was compiled for that process alone; the next one keeps it again.
    assert works()
    assert set(files(folder)) == before
    before = when(folder)
    assert works()
    assert when(folder) == before


def test_machine_code_that_cannot_be_kept_serves_this_process(folder, monkeypatch):
    function = loop()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "replace", full)
        assert function(1.5) == 3.0
        assert function(1.5) == 3.0
    assert works()
    assert {f.suffix for f in files(folder)} == {".py", ".nbi", ".nbc"}


def test_a_module_that_cannot_be_kept_serves_this_process_and_leaves_nothing(folder, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "replace", full)
        assert works()
    assert files(folder) == {}


def test_an_error_that_is_not_the_caches_is_raised(kept):
    function = loop()
    for _ in range(2):
        with pytest.raises(Exception, match="nopython"):
            function("text")
    assert function(1.5) == 3.0


# Folders that are not safe to use ------------------------------------------------------------------------------------


def open_to_all(path):
    path.mkdir()
    path.chmod(0o777)


def linked(path):
    path.with_name("real").mkdir()
    path.symlink_to(path.with_name("real"))


def machine_code_open_to_all(path):
    (path / "__pycache__").mkdir(parents=True)
    path.chmod(0o755)
    (path / "__pycache__").chmod(0o777)


UNSAFE = {
    "a file": lambda path: path.write_text(""),
    "below a file": lambda path: path.parent.joinpath("loops").write_text(""),
    "open to all": open_to_all,
    "a link": linked,
    "machine code open to all": machine_code_open_to_all,
}


@ON_POSIX
@pytest.mark.parametrize("made", UNSAFE.values(), ids=UNSAFE)
def test_in_a_folder_that_is_not_safe_nothing_is_kept(made, folder, monkeypatch):
    if made is UNSAFE["below a file"]:
        monkeypatch.setenv("NULLCLINE_CACHE", str(folder / "deeper"))
    made(folder)
    before = files(folder.parent)
    assert works()
    assert files(folder.parent) == before


@ON_POSIX
@pytest.mark.parametrize("what", ["another's", "read-only"])
def test_in_anothers_and_in_a_read_only_folder_nothing_is_kept(what, folder, monkeypatch):
    folder.mkdir(mode=0o700)
    if what == "another's":
        monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    else:
        monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert works()
    assert files(folder) == {}


def test_processes_that_start_together_do_not_disturb_each_other(folder):
    script = (
        "from nullcline.numeric import accelerator\n"
        f"print(accelerator.compiled({TEXT!r}, 'double', forms='right')(1.5))"
    )
    started = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0].split() for process in started] == [["3.0"], ["3.0"]]
    assert len(list(folder.glob("*.py"))) == 1
    assert not list(folder.glob(".loop*"))
    before = when(folder)
    assert works()
    assert when(folder) == before


# Doing without numba -------------------------------------------------------------------------------------------------


def test_numba_can_be_switched_off(folder, monkeypatch):
    model = RateModel.single()
    for setting, used in [("1", True), ("", True), ("0", False)]:
        monkeypatch.setenv("NULLCLINE_NUMBA", setting)
        assert accelerator.is_available() == used
    monkeypatch.delenv("NULLCLINE_NUMBA")
    assert accelerator.is_available()
    with routes.by("NumPy"):
        simulate(model, T=300.0)
        simulate(model, r_init=np.linspace(0, 1, 3))
    assert not folder.exists()


def test_without_numba_runs_go_the_other_way(folder, monkeypatch):
    import importlib.util

    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "numba" else there(name))
    accelerator._installed.cache_clear()
    try:
        assert not accelerator.is_available()
        run = simulate(RateModel.single(), r_init=[0.1, 0.2], T=300.0)
    finally:
        accelerator._installed.cache_clear()
    assert run.r.shape == (2, 3000)
    assert not folder.exists()


# The modules ---------------------------------------------------------------------------------------------------------


def test_a_text_may_have_functions_for_its_own_use_and_named_numbers(folder):
    text = "def inner(a):\n    return a*SCALE\n\ndef outer(a):\n    return inner(a) + exp(0.0)\n"
    for forms in ("right", "quick", "prompt"):
        assert accelerator.compiled(text, "outer", forms=forms, SCALE=3.0)(2.0) == 7.0
    assert len(list(folder.glob("*.py"))) == 3


def test_every_module_says_that_it_is_not_to_be_edited(kept):
    assert kept.read_text().startswith("# Generated by nullcline; not meant to be edited")
    assert Path(kept).stem.startswith("loop_")
