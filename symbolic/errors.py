"""What can go wrong, said in one line: the exceptions of nullcline, and its warning. Imports nothing."""

# A refusal shows so many characters of a value, and so many of the names that it knows.
_LONGEST, _MOST_NAMES = 60, 30
# And so many of the error that a function given to us raised.
_LONGEST_ERROR = 300
# Of a line that holds a mistake it shows so many characters on either side.
_AROUND = 50


class NullclineError(ValueError):
    """The input was refused; the message says what, where and what to do."""


class ParameterError(NullclineError):
    """A parameter is unknown, missing, of the wrong kind or out of bounds.

    `name` is the parameter, `value` what was given, `allowed` the known names or the bounds.
    """

    def __init__(self, message: str, *, name: str, value: object = None, allowed: object = None) -> None:
        super().__init__(message)
        self.name = name
        self.value = value
        self.allowed = allowed


class ModelError(NullclineError):
    """The model itself is not well formed."""


class FormulaError(ModelError):
    """A formula was refused: `reason` says why, `position` is the place in `text` (None where there is no one place).

    As text: the reason, then the line with that place, and a caret below it.
    """

    def __init__(self, reason: str, text: str = "", position: "int | None" = None) -> None:
        super().__init__(reason, text, position)
        self.reason = reason
        self.text = text
        self.position = position

    def __str__(self) -> str:
        if self.position is None or not self.text:
            return self.reason
        return "\n".join([self.reason, *pointed_at(self.text, self.position)])


class BudgetExceeded(NullclineError):
    """A computation was ended because it took more time or memory than it was given."""


class NoClosedForm(NullclineError):
    """No closed form was found; the message says what can be had numerically instead."""


class MissingExtra(NullclineError):
    """A feature needs an optional dependency; `extra` is the name to install."""

    def __init__(self, message: str, *, extra: str) -> None:
        super().__init__(message)
        self.extra = extra


class NullclineWarning(UserWarning):
    """What was asked is legal but doubtful; the message says why."""


def unknown_name(
    kind: str,
    name: object,
    known: "list[str]",
    where: str = "",
    also: "tuple[str, ...]" = (),
    meant: "tuple[str, ...]" = (),
) -> str:
    """Return the line that refuses an unknown name and offers the nearest known one, or of those in `also`.

    Where it is known which ones must have been meant, those are offered.

    >>> unknown_name("parameter", "thetha", ["tau", "a", "theta"], "model 'single'")
    "unknown parameter 'thetha' for model 'single'; did you mean 'theta'? (known: tau, a, theta)"
    """
    near = nearest(name, [*known, *also])
    place = f" for {where}" if where else ""
    *others, last = [repr(m) for m in meant] if meant else [repr(near)]
    hint = f"; did you mean {', '.join(others)}{' or ' if others else ''}{last}?" if meant or near else ""
    more = f", and {len(known) - _MOST_NAMES} more" if len(known) > _MOST_NAMES else ""
    return f"unknown {kind} {brief(name)}{place}{hint} (known: {', '.join(known[:_MOST_NAMES])}{more})"


def nearest(name: object, known: "list[str]") -> "str | None":
    """Return the known name that is most like a given one, if any is."""
    if not isinstance(name, str) or len(name) > _LONGEST:
        return None
    from difflib import get_close_matches  # standard library; imported here because it is needed only on failure

    near = [k for k in known if name.lower() == k.lower()] or get_close_matches(name, known, n=1, cutoff=0.6)
    # get_close_matches is blind to a known name inside the given one: wexc -> w.
    near = near or [k for k in known if name.startswith(k)]
    # And to the one name that goes on where the given one ends: r -> r_init.
    longer = [k for k in known if name and k.startswith(f"{name}_")]
    near = near or (longer if len(longer) == 1 else [])
    return near[0] if near else None


def pointed_at(text: str, position: int) -> "tuple[str, str]":
    """Return the line of a text that holds a position, and a line with a caret that belongs below it.

    What cannot be printed is escaped, and of a long line only the surroundings are shown.

    >>> print(*pointed_at("1 +\\n2x", 5), sep="\\n")
        2x
         ^
    """
    from unicodedata import combining, east_asian_width  # standard library; needed only on failure

    position = min(max(position, 0), len(text))
    start = max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1
    ends = [end for end in (text.find("\n", position), text.find("\r", position)) if end >= 0]
    line = text[start : min(ends, default=len(text))]
    place = position - start
    first, last = max(0, place - _AROUND), place + _AROUND
    cut, more = ("..." if first > 0 else ""), ("..." if last < len(line) else "")
    before, after = (
        "".join(c if c.isprintable() else " " if c == "\t" else escaped(c) for c in piece)
        for piece in (line[first:place], line[place:last])
    )
    columns = sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in cut + before)
    return f"    {cut}{before}{after}{more}", f"    {' ' * columns}^"


def escaped(character: str) -> str:
    """Return a character as U+0041 names it, between angle brackets: what a terminal would obey it must not get."""
    return f"<U+{ord(character):04X}>"


def shown(value: object) -> str:
    """Return a value as a refusal shows it: on one line, not too long, with its type.

    >>> shown("1,5")
    "'1,5' (str)"
    """
    return f"{brief(value)} ({type(value).__name__})"


def brief(value: object) -> str:
    """Return what repr says of a value, on one line and not too long.

    >>> brief(10**100)
    '100000000000000000000000000000000000000000000000000000000...'
    """
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a refusal must not fail on what it refuses: an integer of 5000 digits has no repr
        text = "something that cannot be shown"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def raised(error: BaseException) -> str:
    """Return an error of somebody else's code, on one line; of a long one the beginning and the end.

    >>> raised(KeyError("later"))
    "KeyError('later')"
    """
    try:
        text = " ".join(repr(error).split())
    except Exception:  # as above
        text = type(error).__name__
    if len(text) <= _LONGEST_ERROR:
        return text
    # What went wrong is often told last.
    half = (_LONGEST_ERROR - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"
