"""What a script holds is set aside while a console is made ready, and is no more afterwards than old."""

import gc
import os
import threading

import pytest

from lager.collecting import kept_off


@pytest.fixture(autouse=True)
def as_it_was():
    assert not gc.get_freeze_count()
    yield
    gc.unfreeze()
    gc.enable()


def is_old(thing):
    return any(one is thing for one in gc.get_objects(generation=2))


def test_what_there_is_is_set_aside_and_then_old():
    held = [None]
    with kept_off():
        assert gc.get_freeze_count()
        made = [None]
    assert not gc.get_freeze_count()
    assert is_old(held)
    assert made


def test_the_last_of_several_threads_ends_it_and_an_error_does():
    inside, over = threading.Event(), threading.Event()

    def other():
        with kept_off():
            inside.set()
            over.wait(20)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(20)
    with pytest.raises(ZeroDivisionError), kept_off():
        _ = 1 / 0
    assert gc.get_freeze_count()
    over.set()
    thread.join()
    assert not gc.get_freeze_count()


def test_a_script_that_has_frozen_or_collects_by_itself_is_left_alone():
    gc.disable()
    with kept_off():
        assert not gc.get_freeze_count()
    gc.enable()
    gc.freeze()
    count = gc.get_freeze_count()
    with kept_off():
        pass
    assert gc.get_freeze_count() > count / 2  # some of it may be gone by now


def test_a_forked_child_collects_as_before():
    with kept_off():
        child = os.fork()
        if not child:
            os._exit(bool(gc.get_freeze_count()))
        assert gc.get_freeze_count()
    assert os.waitpid(child, 0)[1] == 0
