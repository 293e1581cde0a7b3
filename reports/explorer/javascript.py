"""Lines of generated Python as JavaScript: what `numeric.source` writes, arithmetic and calls, both read alike."""

import re
from collections.abc import Iterable, Sequence

_DEFINITION = re.compile(r"def (\w+)\(([\w, ]*)\):")
_ASSIGNMENT = re.compile(r"(\w+) = (.*)")
# Texts, and signs around which a space says nothing; not + and -, of which two together would be another sign.
_TEXT = re.compile(r'("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)')
_SIGN = re.compile(r" ?([=,;:{}()\[\]<>?&|*%]) ?")
_NAME = re.compile(r"\b[A-Za-z_]\w*\b")


def functions(text: str) -> dict[str, str]:
    """Return each function of a generated text as the text of a JavaScript function, by its name.

    A function of one result returns it, one of several a list of them.

    >>> print(functions("def f(p0, p1):\\n    t0 = p0 + p1\\n    return t0,\\n")["f"])
    function f(p0, p1) {
      const t0 = p0 + p1;
      return t0;
    }
    """
    made: dict[str, str] = {}
    for part in re.split(r"^(?=def )", text, flags=re.MULTILINE):
        if not part.strip():
            continue
        head, *body = part.strip().split("\n")
        match = _DEFINITION.fullmatch(head)
        assert match is not None, head
        name, arguments = match.groups()
        lines = [line.strip() for line in body]
        *computed, last = lines
        assert last.startswith("return "), last
        results = _results(last.removeprefix("return "))
        answer = results[0] if len(results) == 1 else f"[{', '.join(results)}]"
        made[name] = definition(name, arguments, [*statements(computed), f"return {answer};"])
    return made


def statements(lines: Iterable[str]) -> list[str]:
    """Return lines that each give a name to a value as JavaScript statements."""
    made = []
    for line in lines:
        match = _ASSIGNMENT.fullmatch(line)
        assert match is not None, line
        made.append(f"const {match[1]} = {expression(match[2])};")
    return made


def expression(text: str) -> str:
    """Return the text of an expression as JavaScript has it."""
    return re.sub(r"(?<![<>=!])==(?!=)", "===", text.replace("!=", "!=="))


def definition(name: str, arguments: str, lines: Sequence[str]) -> str:
    """Return the text of a function from its statements."""
    return "\n".join([f"function {name}({arguments}) {{", *(f"  {line}" for line in lines), "}"])


def compact(text: str) -> str:
    """Return a script without the comments and the indentation that stand on lines of their own.

    >>> compact("/** What\\n * it does. */\\nconst f = 1; // one\\n  // two\\n  const g = 2;\\n")
    'const f = 1; // one\\nconst g = 2;\\n'
    """
    bare = re.sub(r"^[ ]*/\*.*?\*/[ ]*\n", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = (line.strip() for line in bare.split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def tightened(text: str) -> str:
    """Return a compact script without the comments at the ends of lines and the spaces around signs.

    For files of which no text holds what looks like a comment, and no template holds another.

    >>> tightened("const f = (x) => `a = ${x}`; // one\\nconst g = -2;\\n")
    'const f=(x)=>`a = ${x}`;\\nconst g=-2;\\n'
    """
    parts = _TEXT.split(re.sub(r"[ ]+// .*$", "", text, flags=re.MULTILINE))
    return "".join(part if i % 2 else _SIGN.sub(r"\1", part) for i, part in enumerate(parts))


def names_in(texts: Iterable[str]) -> set[str]:
    """Return every name that stands in some texts."""
    return {name for text in texts for name in _NAME.findall(text)}


def _results(text: str) -> list[str]:
    """Split a tuple at the commas that stand outside of brackets."""
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return [expression(p.strip()) for p in parts if p.strip()]
