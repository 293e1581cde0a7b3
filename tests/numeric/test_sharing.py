"""Work that threads share is done once each, and an error ends it."""

import threading

import pytest
from nullcline.numeric import sharing


@pytest.mark.parametrize("threads", [1, 2, 5, 100])
@pytest.mark.parametrize("size", [0, 1, 7])
def test_every_piece_is_done_once(threads, size):
    done = []
    sharing.each(done.append, range(size), threads)
    assert sorted(done) == list(range(size))


def test_two_threads_work_at_a_time_and_the_caller_is_one():
    both, who = threading.Barrier(2, timeout=60), set()

    def run(_):
        both.wait()
        who.add(threading.get_ident())

    sharing.each(run, range(2), 2)
    assert len(who) == 2
    assert threading.get_ident() in who


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("by_caller", [True, False])
def test_an_error_is_raised_and_no_other_piece_is_begun(threads, by_caller):
    begun = []
    caller, other_began = threading.get_ident(), threading.Event()

    def run(piece):
        begun.append(piece)
        is_caller = threading.get_ident() == caller
        if threads == 2:
            # Both have begun a piece before one fails.
            if is_caller:
                assert other_began.wait(60)
            else:
                other_began.set()
        if is_caller == by_caller or threads == 1:
            raise ZeroDivisionError
        stop.wait(0.05)

    stop = threading.Event()
    with pytest.raises(ZeroDivisionError):
        sharing.each(run, range(1000), threads)
    assert len(begun) < 1000
