"""Files are written whole or not at all."""

import os
import tempfile
from pathlib import Path

from ..symbolic.errors import NullclineError

__all__ = ["cannot_write", "write_file"]


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file; one that is there stays as it is until the new one is complete.

    Raises NullclineError where the system refuses.
    """
    temporary = None
    try:
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        os.replace(temporary, path)
        temporary = None
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from None
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)


def cannot_write(path: Path, error: Exception) -> NullclineError:
    """Return the refusal that tells of an error of the system; a refusal of ours comes back as it is."""
    if isinstance(error, NullclineError):
        return error
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return NullclineError(f"cannot write {path}: {reason[:1].lower()}{reason[1:]}")


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
