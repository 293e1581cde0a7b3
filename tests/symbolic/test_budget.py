"""A budget ends what runs away, says which budget it was, and leaves nothing behind."""

import subprocess
import sys
import threading
import time

import pytest
from nullcline.symbolic.budget import within
from nullcline.symbolic.errors import BudgetExceeded, NullclineError

# A spent budget raises an exception anywhere: in the tracer of coverage too, which then waits for its own lock.
pytestmark = pytest.mark.no_cover


def runs_on(seconds: float = 20) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def watchers() -> int:
    return sum(thread.name == "nullcline-budget" for thread in threading.enumerate())


def test_time_is_limited():
    start = time.process_time()
    with pytest.raises(BudgetExceeded, match=r"^counting took more than 0\.1 s$"), within(seconds=0.1, what="counting"):
        runs_on()
    assert time.process_time() - start < 5
    assert issubclass(BudgetExceeded, NullclineError)
    assert watchers() == 0


def test_memory_is_limited():
    def grows() -> None:
        kept = []
        while True:
            kept.append(bytearray(10_000))

    line = r"^counting needed more than 50 MB of memory$"
    with pytest.raises(BudgetExceeded, match=line), within(seconds=30, megabytes=50, what="counting"):
        grows()


def wait():
    for _ in range(1000):
        time.sleep(0.01)


def test_waiting_is_limited_too():
    with pytest.raises(BudgetExceeded), within(seconds=0.02):
        wait()


def test_what_is_done_in_time_is_left_alone():
    for _ in range(200):
        with within(seconds=5, megabytes=500):
            pass
    assert watchers() == 0


def test_an_error_inside_comes_out_as_it_is():
    with pytest.raises(KeyError), within(seconds=5):
        raise KeyError("x")
    assert watchers() == 0


def test_nothing_inside_can_swallow_the_end():
    def stubborn() -> None:
        for _ in range(3):
            try:
                runs_on()
            except Exception:
                pass
            except BaseException:
                # Even this delays it only: it is raised again.
                continue
        runs_on()

    start = time.process_time()
    with pytest.raises(BudgetExceeded), within(seconds=0.1):
        stubborn()
    assert time.process_time() - start < 5


def test_an_inner_budget_ends_only_what_is_inside():
    with within(seconds=20):
        with pytest.raises(BudgetExceeded, match="inner"), within(seconds=0.1, what="the inner one"):
            runs_on()
        done = sum(range(1000))
    assert done == 499500


def test_an_outer_budget_ends_what_is_inside_an_inner_one():
    outer = within(seconds=0.1, what="the outer one")
    with pytest.raises(BudgetExceeded, match="outer"), outer, within(seconds=20, what="the inner one"):
        runs_on()


def test_both_spent_at_once_end_both():
    def inside() -> None:
        with pytest.raises(BudgetExceeded), within(seconds=0.05, what="the inner one"):
            runs_on()
        runs_on()

    for _ in range(10):
        with pytest.raises(BudgetExceeded, match="outer"), within(seconds=0.05, what="the outer one"):
            inside()
    assert watchers() == 0


def test_the_end_of_a_budget_and_of_the_work_may_coincide():
    for _ in range(50):
        try:
            with within(seconds=0.01):
                runs_on(0.01)
        except BudgetExceeded:
            pass
        # Nothing that was raised too late arrives here.
        runs_on(0.001)
    assert watchers() == 0


def test_threads_have_budgets_of_their_own():
    ended: list[str] = []

    def limited(seconds: float) -> None:
        try:
            with within(seconds=seconds):
                runs_on(0.6)
            ended.append("done")
        except BudgetExceeded:
            ended.append("spent")

    threads = [threading.Thread(target=limited, args=(seconds,)) for seconds in (0.1, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["done", "spent"]


def test_an_exhausted_stack_or_memory_is_told():
    def deeper(n: int) -> int:
        return deeper(n + 1) + 1

    with pytest.raises(BudgetExceeded, match="deeper stack"), within(seconds=20):
        deeper(0)
    with pytest.raises(BudgetExceeded, match="more memory"), within(seconds=20):
        raise MemoryError


def test_a_spent_budget_leaves_the_interpreter_as_it_was():
    # Traced, CPython 3.11 hung in the next call if an exception was taken back that had not arrived.
    code = """
import sys
from nullcline.symbolic.budget import within
from nullcline.symbolic.errors import BudgetExceeded

def called(frame, event, argument):
    return called

def step():
    return 1

for _ in range(20):
    try:
        with within(seconds=0.01):
            while True:
                step()
    except BudgetExceeded:
        sys.settrace(called)
        step()
        sys.settrace(None)
print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout == "done\n", done.stderr
