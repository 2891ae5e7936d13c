"""What is made once is made once, whichever threads ask at once; and nobody waits for what he did not ask for."""

import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from bnsim.experiment import Result
from bnsim.experiments import all_experiments, find
from bnsim.once import kept, kept_once, once

THREADS = 8
PATIENCE = 10


def all_at_once(act):
    """Let some threads begin the same thing at one moment, and return what each of them found."""
    ready = threading.Barrier(THREADS)

    def begin(_):
        ready.wait(timeout=PATIENCE)
        return act()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(begin, range(THREADS)))


def slowly(made, value):
    """Note that something is made, and take long enough that all others ask before it is there."""
    made.append(value)
    threading.Event().wait(0.05)
    return [value]


class TestOnce:
    def test_threads_that_ask_at_once_share_what_one_of_them_makes(self):
        made = []
        shared = once(lambda: slowly(made, "x"))

        found = all_at_once(shared)

        assert made == ["x"]
        assert all(each is found[0] for each in found)

    def test_each_argument_has_its_own(self):
        made = []
        double = once(lambda number, times=2: slowly(made, number * times)[0])

        assert [double(1), double(3), double(1), double(1, times=5), double(1, times=5)] == [2, 6, 2, 5, 5]
        assert made == [2, 6, 5]

    def test_who_asks_for_something_else_does_not_wait(self):
        other_is_there = threading.Event()

        @once
        def make(name):
            if name == "slow":
                assert other_is_there.wait(timeout=PATIENCE)
            return name

        with ThreadPoolExecutor(1) as thread:
            slow = thread.submit(make, "slow")
            assert make("quick") == "quick"
            other_is_there.set()
            assert slow.result(timeout=PATIENCE) == "slow"

    def test_a_failure_is_not_kept(self):
        answers = iter([ValueError("not yet"), "there"])

        @once
        def make():
            answer = next(answers)
            if isinstance(answer, ValueError):
                raise answer
            return answer

        with pytest.raises(ValueError, match=r"^not yet$"):
            make()
        assert make() == "there"

    def test_it_can_be_forgotten(self):
        made = []
        shared = once(lambda: slowly(made, "x"))

        shared(), shared.cache_clear(), shared()

        assert made == ["x", "x"]

    def test_it_says_what_the_function_says(self):
        @once
        def make() -> int:
            """Make it."""
            return 1

        assert (make.__name__, make.__doc__) == ("make", "Make it.")


@dataclass(frozen=True)
class Thing:
    """Something with parts that are made late."""

    made: list
    wait_for: threading.Event | None = None

    @kept
    def alone(self):
        """Return what nobody waits for."""
        return slowly(self.made, "alone")

    @kept_once
    def part(self):
        """Return the part."""
        if self.wait_for is not None:
            assert self.wait_for.wait(timeout=PATIENCE)
        return slowly(self.made, "part")

    @kept_once
    def whole(self):
        """Return what is made of the part."""
        return [*self.part, "rest"]


class TestKept:
    def test_it_is_made_once_for_who_asks_again(self):
        thing = Thing([])

        assert thing.alone is thing.alone
        assert thing.made == ["alone"]

    def test_threads_that_ask_at_once_hold_the_same_in_the_end(self):
        thing = Thing([])

        found = all_at_once(lambda: thing.alone)

        assert all(each is found[0] for each in found)

    def test_what_has_it_can_be_sent_to_another_process(self):
        thing = Thing([])

        assert thing.alone == pickle.loads(pickle.dumps(thing)).alone == ["alone"]

    def test_the_class_still_shows_what_it_is(self):
        assert isinstance(Thing.alone, kept)
        assert Thing.alone.__doc__ == "Return what nobody waits for."


class TestKeptOnce:
    def test_threads_that_ask_at_once_share_what_one_of_them_makes(self):
        thing = Thing([])

        found = all_at_once(lambda: thing.part)

        assert thing.made == ["part"]
        assert all(each is found[0] for each in found)

    def test_one_may_be_made_of_another(self):
        thing = Thing([])

        assert thing.whole == ["part", "rest"]
        assert thing.part is thing.part

    def test_another_instance_does_not_wait(self):
        other_is_there = threading.Event()
        slow, quick = Thing([], other_is_there), Thing([])

        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(lambda: slow.part)
            assert quick.part == ["part"]
            other_is_there.set()
            assert waiting.result(timeout=PATIENCE) == ["part"]


class TestWhatIsKeptForEver:
    @pytest.mark.parametrize("slug", list(all_experiments()))
    def test_is_nothing_that_grows_with_what_visitors_set(self, slug):
        """Where a seed, or what else a link can say, were an argument, a thousand visitors would leave a thousand."""
        experiment = find(slug)

        def run(seed):
            result = Result(experiment, experiment.params.of({**experiment.small, "seed": seed}))
            result.everything()

        def held():
            modules = [module for name, module in sys.modules.items() if name.startswith("bnsim.")]
            every = {each for module in modules for each in vars(module).values() if isinstance(each, once)}
            return {f"{each.__module__}.{each.__qualname__}": len(each._kept) for each in every}

        run(1)
        before = held()
        for seed in (2, 3):
            run(seed)

        assert held() == before
