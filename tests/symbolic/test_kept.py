"""What is kept on disk: an answer to the same question alone, and whichever it is, never a wrong formula."""

import json

import mpmath
import pytest
import sympy
from nullcline.symbolic import cancellation, formula_check, kept, own_cache
from nullcline.symbolic import transfer as transfer_functions
from nullcline.symbolic.cancellation import least_cancelling
from nullcline.symbolic.errors import FormulaError
from nullcline.symbolic.formula import read_formula
from nullcline.symbolic.formula_check import check_formula
from nullcline.symbolic.kept import answer, generator
from nullcline.symbolic.transfer import formula_derivative, x
from own_formulas import written


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NULLCLINE_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(kept, "_WORTH_KEEPING", 0)
    own_cache.folder.cache_clear()
    yield tmp_path / "kept"
    own_cache.folder.cache_clear()


def asked(question, value, is_one=lambda value: True):
    """Ask; return the answer and whether it had to be found."""
    found = []
    given = answer("test", question, lambda: found.append(1) or value, is_one)
    return given, bool(found)


def test_the_same_question_is_answered_from_disk(folder):
    assert asked(("a", "b"), [1, "two", None]) == ([1, "two", None], True)
    assert asked(("a", "b"), 5) == ([1, "two", None], False)
    # Where one part ends and the next begins is part of the question.
    assert asked(("ab", ""), 5) == (5, True)


def test_nothing_is_an_answer_too(folder):
    assert asked(("a",), None) == (None, True)
    assert asked(("a",), 1) == (None, False)


def test_what_cannot_be_an_answer_is_not_believed(folder):
    asked(("a",), [])
    assert asked(("a",), True, lambda value: isinstance(value, bool)) == (True, True)
    assert asked(("a",), False, lambda value: isinstance(value, bool)) == (True, False)


@pytest.mark.parametrize("text", ["", "[]", "null", "5", '{"digest": "", "results": "5"}', '{"results": 5}', "\0"])
def test_a_file_that_is_not_whole_is_not_believed(folder, text):
    asked(("a",), 1)
    (file,) = folder.glob("test-*.json")
    file.write_text(text)
    assert asked(("a",), 2) == (2, True)


def test_what_is_found_at_once_is_not_kept(folder, monkeypatch):
    monkeypatch.setattr(kept, "_WORTH_KEEPING", 3600)
    assert asked(("a",), 1) == (1, True)
    assert list(folder.iterdir()) == []


def test_a_formula_that_passed_is_not_checked_again(folder, monkeypatch):
    step, pole = read_formula("sign(x - 1)*abs(x)", []), read_formula("1/(x - 1)", [])
    first = check_formula(step, (-5.0, 5.0))
    assert (first.kinks, first.jumps) == ((0.0,), (1.0,))
    with pytest.raises(FormulaError):
        check_formula(pole, (-5.0, 5.0))
    monkeypatch.setattr(formula_check, "_checked", None)
    assert check_formula(step, (-5.0, 5.0)) == first
    for formula, inputs in ((step, (-5.0, 6.0)), (pole, (-5.0, 5.0))):
        with pytest.raises(TypeError):
            check_formula(formula, inputs)
    (file,) = folder.glob("formula-*.json")
    file.write_text(file.read_text().replace("1.0", "2.0"))
    with pytest.raises(TypeError):
        check_formula(step, (-5.0, 5.0))


def test_other_code_is_another_generator(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for place, text in ((one, "1"), (other, "2")):
        place.mkdir()
        (place / "code.py").write_text(text)
    assert len({generator(), generator(one), generator(other), generator(one, other)}) == 4


@pytest.mark.parametrize("name", ["bump", "wave", "clipped"])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_derivative_is_the_same_from_disk(folder, name, order, monkeypatch):
    function = written(name)
    first = afresh(function, order)
    notes = [json.loads(json.loads(file.read_text())["results"]) for file in folder.glob("shorter-*.json")]
    assert notes
    if not any(notes):
        # What is not collected is not even tried.
        monkeypatch.setattr(transfer_functions, "_collect_exponentials", None)
    assert afresh(function, order) == first


def test_a_wrong_note_makes_no_wrong_derivative(folder, monkeypatch):
    function = written("bump")
    right = afresh(function, 2)
    defaults = {p.symbol: sympy.Rational(str(p.default)) for p in function.parameters}
    for note in (True, False):
        monkeypatch.setattr(transfer_functions, "answer", lambda *asked, note=note: note)
        other = afresh(function, 2)
        for at in (-1.5, 0.3, 2.0):
            assert abs(sympy.N((other - right).subs({x: sympy.Rational(str(at)), **defaults}), 30)) < 1e-25


def test_the_choice_of_what_cancels_least_is_kept(folder, monkeypatch):
    candidates, points = [1 / x - 1 / (x + 1), 1 / (x * (x + 1))], [{x: mpmath.mpf(1000)}]
    assert least_cancelling(candidates, x, points) == candidates[1]
    monkeypatch.setattr(cancellation, "_magnified", None)
    assert least_cancelling(candidates, x, points) == candidates[1]
    for others in (list(reversed(candidates)), candidates[:1]):
        with pytest.raises(TypeError):
            least_cancelling(others, x, points)
    with pytest.raises(TypeError):
        least_cancelling(candidates, x, [{x: mpmath.mpf(3)}])


def afresh(function, order):
    for each in (formula_derivative, transfer_functions._shorter):
        each.cache_clear()
    return formula_derivative(function, order)
