"""What a generator draws is kept, and always the same whoever asks for how much of it in which parts."""

from threading import Barrier, Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsim.engine.statistics.draws import Draws

KINDS = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "chi-squared": lambda rng, shape: rng.chisquare(3, shape),
    "integers": lambda rng, shape: rng.integers(0, 1797, shape),
}


def draws(kind="normal", most=10, row=(), asked=None):
    """Return draws that keep ten rows, and note in `asked` how many are drawn at a time."""

    def draw(rng, shape):
        if asked is not None:
            asked.append(shape)
        return KINDS[kind](rng, shape)

    return Draws(np.random.default_rng(1), draw, most, row)


def at_once(kind, count, row=()):
    return KINDS[kind](np.random.default_rng(1), (count, *row))


@pytest.mark.parametrize("kind", KINDS)
@given(lengths=st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=4))
def test_parts_of_any_length_in_any_order_are_those_drawn_at_once(kind, lengths):
    known = draws(kind, row=(2,))
    for each in lengths:
        parts = list(known.parts(each))

        assert [len(part) for part in parts] == each
        found = np.concatenate([*parts, np.empty((0, 2))])
        assert found.tolist() == at_once(kind, sum(each), (2,)).tolist()


def test_what_is_kept_is_drawn_once_and_what_is_beyond_each_time():
    asked = []
    known = draws(asked=asked)
    for count in (4, 3, 7, 10, 4):
        known.first(count)
    assert asked == [(4,), (3,), (3,)]

    del asked[:]
    assert known.first(12).tolist() == known.first(12).tolist() == at_once("normal", 12).tolist()
    assert asked == [(2,), (2,)]


def test_nobody_can_write_to_what_others_are_given():
    known = draws()
    for count in (3, 7, 10):
        with pytest.raises(ValueError, match="read-only"):
            known.first(count)[0] = 0.0
    assert known.first(10).tolist() == at_once("normal", 10).tolist()


def test_threads_that_ask_at_once_get_the_same():
    known, start, found = draws(most=1000), Barrier(4), []

    def ask(count):
        start.wait()
        found.extend((count, known.first(count)) for _ in range(20))

    threads = [Thread(target=ask, args=(count,)) for count in (300, 900, 600, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    expected = at_once("normal", 1000)
    assert len(found) == 80
    assert all(values.tolist() == expected[:count].tolist() for count, values in found)


def test_who_is_interrupted_while_drawing_leaves_everything_as_it_was():
    stops = [False]

    def draw(rng, shape):
        found = rng.standard_normal(shape)
        if stops[0]:
            raise KeyboardInterrupt
        return found

    known = Draws(np.random.default_rng(1), draw, 10)
    for count in (4, 7, 12):
        stops[0] = True
        with pytest.raises(KeyboardInterrupt):
            known.first(count)
        stops[0] = False
        assert known.first(count).tolist() == at_once("normal", count).tolist()
