"""Slow work: parts that advance side by side, stop anywhere, and find the same however they are done."""

import math
import pickle

import pytest
from slow_toy import EXPERIMENT, STARTED, WORK, Outcome, Part, ToyParams
from threadpoolctl import threadpool_info

from bnsim.experiment import Result
from bnsim.scenario.wording import duration
from bnsim.work import MOST_OPEN, Found, Work, one_thread, seconds_left


class TestRun:
    def test_is_all_parts_joined(self):
        assert EXPERIMENT.run(ToyParams(steps=3, parts=2, seed=1)) == Outcome(
            ToyParams(steps=3, parts=2, seed=1), (1003, 1004)
        )

    def test_nothing_is_a_value_too(self):
        assert WORK.nothing(ToyParams(parts=3)).counts == (None, None, None)

    def test_one_part_can_be_heard(self):
        heard: list[float] = []

        assert WORK.finish(Part(5, 4, 1.0, False), heard.append) == 9
        assert heard == [0.25, 0.5, 0.75, 1.0]


class TestAdvance:
    @pytest.mark.parametrize("parts", [1, MOST_OPEN, MOST_OPEN + 1, 20])
    def test_ends_where_a_run_ends(self, parts):
        params = ToyParams(steps=7, parts=parts)
        *_, (done, values) = WORK.advance(params)

        assert done == 1
        assert WORK.join(params, values) == EXPERIMENT.run(params)

    def test_parts_grow_side_by_side(self):
        seen = [values for _, values in WORK.advance(ToyParams(steps=3, parts=2))]

        assert seen == [[1, None], [1, 2], [2, 2], [2, 3], [3, 3], [3, 4]]

    def test_the_share_done_never_falls(self):
        shares = [done for done, _ in WORK.advance(ToyParams(steps=5, parts=3))]

        assert shares == pytest.approx([k / 15 for k in range(1, 16)])

    def test_a_costly_part_weighs_more(self):
        work = Work(WORK.parts, WORK.do, WORK.join, lambda part: 3.0 if part.seed == 0 else 1.0)

        assert [done for done, _ in work.advance(ToyParams(steps=1, parts=2))] == [0.75, 1.0]

    def test_only_so_many_parts_are_open_at_once(self):
        STARTED.clear()
        growing = WORK.advance(ToyParams(steps=2, parts=20))
        for _ in range(MOST_OPEN):
            next(growing)

        assert list(range(MOST_OPEN)) == STARTED

    def test_what_was_yielded_stays_as_it_was(self):
        growing = WORK.advance(ToyParams(steps=3, parts=1))
        _, first = next(growing)
        next(growing)

        assert first == [1]

    def test_closing_it_stops_the_parts(self):
        closed = []

        def do(part):
            try:
                yield Found(0.5, 1)
                yield Found(1.0, 2)
            finally:
                closed.append(part.seed)

        growing = Work(WORK.parts, do, WORK.join, WORK.seconds).advance(ToyParams(parts=2))
        next(growing)
        next(growing)
        growing.close()
        del growing

        assert sorted(closed) == [0, 1]


class TestExperiment:
    def test_a_result_can_be_made_of_an_outcome_at_hand(self):
        params = ToyParams(parts=2)
        result = Result.of(EXPERIMENT, params, WORK.join(params, [3, None]))

        assert result.readouts == {"x": 3.0}
        assert result.notes == ("1 of 2 have begun.",)

    def test_parts_and_outcomes_can_be_sent(self):
        params = ToyParams()

        assert pickle.loads(pickle.dumps(WORK.parts(params))) == WORK.parts(params)
        assert pickle.loads(pickle.dumps(EXPERIMENT.run(params))) == EXPERIMENT.run(params)


class TestOneThread:
    def test_holds_linear_algebra_to_one_thread_and_lets_go(self):
        def threads():
            return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

        before = threads()
        with one_thread():
            assert set(threads()) <= {1}
        assert threads() == before


class TestTime:
    def test_the_rest_takes_as_long_as_the_beginning_did(self):
        assert seconds_left(3.0, 0.25) == 9.0
        assert seconds_left(3.0, 1.0) == 0.0

    def test_nothing_is_known_before_anything_is_done(self):
        assert math.isnan(seconds_left(3.0, 0.0))

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (0.04, "0.0 s"),
            (9.94, "9.9 s"),
            (9.96, "10 s"),
            (99.4, "99 s"),
            (200, "3 min 20 s"),
            (math.nan, "some time"),
        ],
    )
    def test_is_said_as_people_say_it(self, seconds, words):
        assert duration(seconds) == words
