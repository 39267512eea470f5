"""What is made at the start is not searched for garbage; what comes later is."""

import gc

import pytest

from mmsent.lasting import lasting


def test_what_stays_is_not_searched_for_garbage_and_the_rest_is() -> None:
    before = gc.get_freeze_count()
    with lasting():
        assert not gc.isenabled()
        made = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(made)


def test_a_start_that_fails_leaves_it_at_work() -> None:
    with pytest.raises(ImportError), lasting():
        raise ImportError
    assert gc.isenabled()
