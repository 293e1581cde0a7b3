"""Where in a TOML text each key stands, and each character of a text value: tomllib tells neither.

The text is one that tomllib has read, so it is known to be right; what is found here is only where things are.
"""

import re
from dataclasses import dataclass

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_OTHER = re.compile(r"[^,\]}\n#]*")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}
_HEXADECIMAL = {"x": 2, "u": 4, "U": 8}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key or a table's header begins in the text; for a text value also where each of its characters is.

    `characters` has one entry more than the value: where it ends.
    """

    position: int
    characters: tuple[int, ...] = ()


def places(text: str) -> dict[Path, Place]:
    """Return the place of every key and table by its path; elements of arrays are numbered from 0.

    Lines end in line feeds alone, as tomllib has them.

    >>> found = places('[transfer]\\nformula = "x*2"')
    >>> found["transfer", "formula"].position, found["transfer", "formula"].characters
    (11, (22, 23, 24, 25))
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.found


def line_of(text: str, position: int) -> int:
    """Return the number of the line, from 1, that a position is in."""
    return text.count("\n", 0, position) + 1


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.index = 0
        self.found: dict[Path, Place] = {}
        # How many tables an array of tables has so far.
        self.tables: dict[Path, int] = {}

    def document(self) -> None:
        path: Path = ()
        self.skip(_BLANK)
        while self.index < len(self.text):
            start = self.index
            if self.taken("[["):
                path = self.header(array=True, start=start)
                self.taken("]]")
            elif self.taken("["):
                path = self.header(array=False, start=start)
                self.taken("]")
            else:
                self.pair(path)
            self.skip(_BLANK)

    def header(self, *, array: bool, start: int) -> Path:
        keys = self.keys()
        path: Path = ()
        for i, key in enumerate(keys):
            path = (*path, key)
            self.record(path, start)
            if array and i == len(keys) - 1:
                self.tables[path] = self.tables.get(path, 0) + 1
            if path in self.tables:
                path = (*path, self.tables[path] - 1)
                self.record(path, start)
        return path

    def pair(self, path: Path) -> None:
        start = self.index
        for key in self.keys():
            path = (*path, key)
            self.record(path, start)
        self.taken("=")
        self.skip(_SPACE)
        self.value(path)

    def keys(self) -> list[str]:
        keys = [self.key()]
        while self.taken("."):
            keys.append(self.key())
        return keys

    def key(self) -> str:
        self.skip(_SPACE)
        if self.text[self.index] in "\"'":
            key = self.string()[0]
        elif bare := _BARE.match(self.text, self.index):
            key = bare[0]
            self.index = bare.end()
        else:
            raise ValueError("no key: tomllib has not read this text")
        self.skip(_SPACE)
        return key

    def value(self, path: Path) -> None:
        self.skip(_BLANK)
        if self.text[self.index] in "\"'":
            _, characters = self.string()
            position = self.found[path].position if path in self.found else characters[0]
            self.found[path] = Place(position, tuple(characters))
        elif self.taken("["):
            self.elements("]", path)
        elif self.taken("{"):
            self.elements("}", path)
        else:
            self.skip(_OTHER)

    def elements(self, end: str, path: Path) -> None:
        count = 0
        self.skip(_BLANK)
        while not self.taken(end):
            if end == "]":
                self.record((*path, count), self.index)
                self.value((*path, count))
            else:
                self.pair(path)
            count += 1
            self.skip(_BLANK)
            self.taken(",")
            self.skip(_BLANK)

    def string(self) -> tuple[str, list[int]]:
        """Read a text of any of the four kinds; return it, and where each of its characters is."""
        quote = self.text[self.index]
        long = self.text.startswith(quote * 3, self.index)
        closing = quote * 3 if long else quote
        self.index += len(closing)
        if long:
            self.taken("\n")
        made: list[str] = []
        characters: list[int] = []
        while not self.closes(closing):
            start = self.index
            character = self.text[start]
            self.index += 1
            if character == "\\" and quote == '"':
                character = self.escaped()
            if character:
                made.append(character)
                characters.append(start)
        characters.append(self.index)
        self.index += len(closing)
        return "".join(made), characters

    def closes(self, closing: str) -> bool:
        # A long text may end in one or two quotes of its own.
        return self.text.startswith(closing, self.index) and not (
            len(closing) == 3 and self.text.startswith(closing, self.index + 1)
        )

    def escaped(self) -> str:
        letter = self.text[self.index]
        if letter in " \t\n":
            self.index = re.compile(r"[ \t\n]*").match(self.text, self.index).end()  # type: ignore[union-attr]
            return ""
        self.index += 1
        if letter in _HEXADECIMAL:
            digits = self.text[self.index : self.index + _HEXADECIMAL[letter]]
            self.index += len(digits)
            return chr(int(digits, 16))
        return _ESCAPED[letter]

    def record(self, path: Path, position: int) -> None:
        self.found.setdefault(path, Place(position))

    def taken(self, sign: str) -> bool:
        if not self.text.startswith(sign, self.index):
            return False
        self.index += len(sign)
        return True

    def skip(self, what: re.Pattern[str]) -> None:
        match = what.match(self.text, self.index)
        self.index = match.end() if match else self.index
