"""A limit of time and memory for a computation that may run away, such as SymPy on a formula nobody has seen before.

    with within(seconds=3, megabytes=500, what="the derivation"):
        ...

A thread watches the clock and the memory of the process. When either is spent it raises an exception in the thread
that it watches, again and again until that leaves the block: SymPy has places that swallow an exception. In flight it
is no Exception, so that none of SymPy's `except Exception` takes it for its own; what comes out is BudgetExceeded.

It arrives between two steps of Python: one long step inside C (a power with millions of digits) ends when it ends, and
must be prevented otherwise.
"""

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

from .errors import BudgetExceeded

_MEGABYTE = 2**20
# How often the memory is looked at, and how long an exception has to arrive before it is raised again.
_LOOKS_EVERY, _AGAIN_AFTER = 0.05, 0.1
# A thread that waits for others this many times longer than it may work is ended as well.
_PATIENCE = 10


class _Spent(BaseException):
    """The budget is spent. Each block raises a class of its own: an inner one does not end an outer one."""


class within:
    """End what runs inside the block with BudgetExceeded once it has taken `seconds`, or added `megabytes`.

    The seconds are processor time of the thread where the system tells it, so that a busy machine refuses nothing that
    a quiet one takes; ten times as long by the clock ends the block too. Blocks may be nested, and run in several
    threads. An exhausted stack or memory inside the block comes out as BudgetExceeded too. Where a system does not tell
    the memory of a process, only time is watched.

    >>> with within(seconds=0.05, what="counting"):
    ...     while True:
    ...         pass
    Traceback (most recent call last):
    nullcline.symbolic.errors.BudgetExceeded: counting took more than 0.05 s
    """

    def __init__(self, *, seconds: float, megabytes: float | None = None, what: str = "the computation") -> None:
        self.seconds = seconds
        self.megabytes = megabytes
        self.what = what

    def __enter__(self) -> "within":
        self._kind: type[BaseException] = type("_Spent", (_Spent,), {})
        self._thread = threading.get_ident()
        self._ended = threading.Event()
        self._reason: str | None = None
        self._watcher = threading.Thread(target=self._watch, name="nullcline-budget", daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._disarm()
        if kind is not None and issubclass(kind, self._kind):
            _forget_half_done()
            raise BudgetExceeded(str(self._reason)) from None
        if isinstance(error, RecursionError):
            raise BudgetExceeded(f"{self.what} needs a deeper stack than there is") from None
        if isinstance(error, MemoryError):
            raise BudgetExceeded(f"{self.what} needs more memory than there is") from None

    def _disarm(self) -> None:
        """Let the watcher end, and see that nothing of it arrives afterwards."""
        while True:
            try:
                self._ended.set()
                self._watcher.join()
                break
            except self._kind:
                continue
        if self._reason is None:
            return
        # One may have been raised that has not yet arrived. PyThreadState_SetAsyncExc with nothing in its place would
        # take it back, but leave CPython 3.11 waiting for it: traced by a debugger or by coverage, it hangs. So another
        # takes its place and is awaited. An outer watcher, whose exception it may have been, raises it again.
        try:
            _raise_in(self._thread, self._kind)
            while True:
                pass
        except self._kind:
            return

    def _watch(self) -> None:
        worked, start, before = _clock_of(self._thread), time.monotonic(), resident()
        begun = worked()
        while (left := self._left(worked() - begun, time.monotonic() - start)) > 0:
            if self._ended.wait(min(left, _LOOKS_EVERY if self.megabytes is not None else left)):
                return
            if self.megabytes is not None and resident() - before > self.megabytes * _MEGABYTE:
                self._reason = f"{self.what} needed more than {self.megabytes:g} MB of memory"
                break
        else:
            self._reason = f"{self.what} took more than {self.seconds:g} s"
        while not self._ended.is_set():
            _raise_in(self._thread, self._kind)
            self._ended.wait(_AGAIN_AFTER)

    def _left(self, worked: float, passed: float) -> float:
        return min(self.seconds - worked, self.seconds * _PATIENCE - passed)


def _clock_of(thread: int) -> Callable[[], float]:
    """Return a clock of the processor time of a thread, or of time where the system has none."""
    if not hasattr(time, "pthread_getcpuclockid"):  # macOS, Windows
        return time.monotonic
    number = time.pthread_getcpuclockid(thread)
    return lambda: time.clock_gettime(number)


def resident() -> int:
    """Return the memory of this process in bytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _raise_in(thread: int, kind: type[BaseException]) -> None:
    """Raise an exception in a thread at its next step, in place of one that has not arrived yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))


def _forget_half_done() -> None:
    """Empty SymPy's cache: what was interrupted may have left half an answer there."""
    cache = sys.modules.get("sympy.core.cache")
    if cache is not None:
        cache.clear_cache()
