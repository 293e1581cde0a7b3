"""The outcome of checks on disk: used for the same question alone, and never believed when it may be another's."""

import json
import os
import stat
from dataclasses import replace

import pytest
import sympy
from nullcline.symbolic import RateModel, kept_checks, own_cache, transfer
from nullcline.symbolic.derivation import Derivation, Verdict
from nullcline.symbolic.kept_checks import verification_of

ON_POSIX = pytest.mark.skipif(os.name == "nt", reason="the profile folder has its own access list")
MODEL = RateModel.single(transfer.relu)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NULLCLINE_CACHE", str(tmp_path / "kept"))
    own_cache.folder.cache_clear()
    yield tmp_path / "kept"
    own_cache.folder.cache_clear()


@pytest.fixture
def checked(monkeypatch):
    """How often a derivation was really checked."""
    times = []
    check = Derivation.check
    monkeypatch.setattr(Derivation, "check", lambda self: times.append(1) or check(self))
    return times


def kept_in(folder):
    (file,) = folder.glob("checks-*.json")
    return file


def test_what_was_checked_once_is_not_checked_again(folder, checked):
    first, second = verification_of(MODEL), verification_of(MODEL)
    assert first == second == MODEL.derive().check()
    assert first.ok
    assert len(checked) == 2


def test_another_model_is_another_question(folder, checked):
    verification_of(MODEL)
    weight, *others = MODEL.weights[0]
    verification_of(replace(MODEL, weights=((replace(weight, default=0.25), *others),)))
    assert len(checked) == 2


def test_another_line_is_another_question(folder, checked, monkeypatch):
    verification_of(MODEL)
    derived = MODEL.derive()
    (eigenvalue,) = [s for s in derived.steps if s.key == "eigenvalue"]
    wrong = sympy.Eq(eigenvalue.equation.lhs, -eigenvalue.equation.rhs)
    monkeypatch.setattr(RateModel, "derive", lambda self: with_line(derived, "eigenvalue", wrong))
    assert verification_of(MODEL).verdict("eigenvalue") is Verdict.REFUTED


def with_line(derived, key, equation):
    return replace(derived, steps=tuple(replace(s, equation=equation) if s.key == key else s for s in derived.steps))


def test_other_code_is_another_question(folder, checked, monkeypatch):
    verification_of(MODEL)
    monkeypatch.setattr(kept_checks, "_generator", lambda: "another version")
    verification_of(MODEL)
    assert len(checked) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-40],
        lambda text: text.replace("proved", "refuted", 1),
        lambda text: "[]",
        lambda text: json.dumps({"digest": "", "results": 5}),
        lambda text: "\0",
    ],
)
def test_a_file_that_is_not_whole_is_not_believed(folder, checked, damage):
    right = verification_of(MODEL)
    file = kept_in(folder)
    file.write_text(damage(file.read_text()))
    assert verification_of(MODEL) == right
    assert len(checked) == 2
    assert verification_of(MODEL) == right
    assert len(checked) == 2


def test_answers_to_other_checks_are_not_believed(folder, checked):
    verification_of(MODEL)
    other = RateModel.single(transfer.tanh)
    verification_of(other)
    one, two = sorted(folder.glob("checks-*.json"))
    one.write_bytes(two.read_bytes())
    assert verification_of(MODEL).steps == MODEL.derive().steps
    assert verification_of(other).steps == other.derive().steps
    assert len(checked) == 3


@ON_POSIX
def test_a_file_that_others_can_write_to_is_not_believed(folder, checked):
    verification_of(MODEL)
    assert stat.S_IMODE(kept_in(folder).stat().st_mode) == 0o600
    kept_in(folder).chmod(0o666)
    verification_of(MODEL)
    assert len(checked) == 2
    assert stat.S_IMODE(kept_in(folder).stat().st_mode) == 0o600


@ON_POSIX
def test_a_folder_that_others_can_write_to_is_not_used(folder, checked):
    folder.mkdir(mode=0o700)
    folder.chmod(0o777)
    assert verification_of(MODEL).ok
    assert list(folder.iterdir()) == []


def test_without_a_folder_everything_is_checked(tmp_path, monkeypatch, checked):
    file = tmp_path / "no folder"
    file.write_text("")
    monkeypatch.setenv("NULLCLINE_CACHE", str(file))
    own_cache.folder.cache_clear()
    assert verification_of(MODEL).ok
    own_cache.folder.cache_clear()
    assert len(checked) == 1


def test_a_file_that_cannot_be_written_is_done_without(folder, checked, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert verification_of(MODEL).ok
    assert list(folder.iterdir()) == []
