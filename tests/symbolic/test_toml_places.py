"""Each key of a TOML text is found where it stands, and each character of a text value."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from nullcline.symbolic.toml_places import line_of, places
from strategies import examples

_BARE = st.text("abcXYZ019_-", min_size=1, max_size=4)
_ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def _basic(text: str) -> str:
    spelt = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(spelt.get(c, c if c.isprintable() else f"\\U{ord(c):08X}") for c in text) + '"'


def _long(text: str) -> str:
    return '"""\n' + _basic(text)[1:-1].replace("\\n", "\n").replace("b", "\\\n   b") + '"""'


_KEYS = st.one_of(_BARE, _ANY.map(_basic), st.text("ab c.#=[", max_size=4).map(lambda t: f"'{t}'"))
_TEXTS = st.one_of(_ANY.map(_basic), _ANY.map(_long), st.text('ab"#]\\ ', max_size=5).map(lambda t: f"'{t}'"))
_TEXTS |= st.text("ab'#\n\\ ", max_size=5).map(lambda t: f"'''{t.replace(chr(39) * 3, '')}b'''")
_PLAIN = st.sampled_from(["1", "-2.5e3", "true", "1979-05-27T07:32:00Z", "inf", "0x1F"])


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(_KEYS, inner), max_size=3)
    return st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[ # ]\n" + ", # x\n ".join(items) + "\n]"),
        pairs.map(lambda items: "{ " + ", ".join(f"{key} = {value}" for key, value in items) + " }"),
    )


_VALUES = st.recursive(st.one_of(_PLAIN, _TEXTS), _nested, max_leaves=4)
_DOTTED = st.lists(_KEYS, min_size=1, max_size=3).map(" . ".join)
_LINES = st.one_of(
    st.tuples(_DOTTED, _VALUES).map(lambda pair: f"{pair[0]} = {pair[1]}  # = [x]"),
    _DOTTED.map(lambda key: f"  [ {key} ]"),
    _DOTTED.map(lambda key: f"[[{key}]] # ]"),
    st.sampled_from(["", "# [a] = 'x'", "\t"]),
)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(leaf for key, item in inside for leaf in leaves(item, (*path, key)))]


@given(st.lists(_LINES, max_size=8).map("\n".join))
@examples(1000)
def test_every_key_has_a_place(text: str):
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return
    found = places(text.replace("\r\n", "\n"))
    assert set(found) == {path for path, _ in leaves(document)} - {()}
    for path, value in leaves(document):
        if isinstance(value, str):
            assert len(found[path].characters) == len(value) + 1
            for character, position in zip(value, found[path].characters, strict=False):
                assert text[position] in (character, "\\")


def test_lines_are_counted_from_one():
    text = 'schema = 1\n\n[transfer]\nformula = """\\\n   x*2\n + 1"""\nother = 1\n'
    found = places(text)
    assert line_of(text, found["transfer",].position) == 3
    assert line_of(text, found["transfer", "formula"].position) == 4
    value = tomllib.loads(text)["transfer"]["formula"]
    characters = found["transfer", "formula"].characters
    assert [text[i] for i in characters[:-1]] == list(value)
    assert line_of(text, characters[value.index("2")]) == 5
    assert line_of(text, characters[value.index("1")]) == 6
    assert line_of(text, found["transfer", "other"].position) == 7
