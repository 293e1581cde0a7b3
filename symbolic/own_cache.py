"""The user's cache folder: files that nobody else can write, put there whole or not at all.

NULLCLINE_CACHE in the environment names another folder.
"""

import os
import stat
import tempfile
from functools import cache
from pathlib import Path


@cache
def folder() -> Path | None:
    """Return the folder, made if need be; None where there is none that is safe to use."""
    given = os.environ.get("NULLCLINE_CACHE")
    try:
        if given:
            path = Path(given)
        else:
            from platformdirs import user_cache_path

            path = user_cache_path("nullcline", appauthor=False)
        return path if is_made(path) and os.access(path, os.W_OK) else None
    except OSError:
        return None


def is_made(path: Path) -> bool:
    """Make a folder, if it is not there, for its owner alone; say whether it is one that nobody else can write to."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return is_ours(path)


def is_ours(path: Path) -> bool:
    """Whether a folder or file is the user's, and no other user can write to it."""
    if os.name == "nt":
        return True  # the profile folder has its own access list
    status = path.lstat()
    return (
        status.st_uid == os.getuid()
        and not stat.S_ISLNK(status.st_mode)
        and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


def read(path: Path) -> bytes | None:
    """Return what a file of the user's own holds; None where there is none, or somebody else may have written it."""
    try:
        return path.read_bytes() if is_ours(path) else None
    except OSError:
        return None


def is_written(path: Path, content: bytes) -> bool:
    """Write a file in one go, readable by its owner alone; say whether it is there."""
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        return False
    return True
