"""Cases that are tested together: each of them counts, and those that fail are named."""

import inspect
import re

import pytest
from cases import together


def failing(*wrong: int):
    """Return a test of a grid of cases that fails for some."""

    @together("tens", [0, 10])
    @together("ones", [1, 2, 3])
    def test(tens, ones):
        assert tens + ones not in wrong, "so it is"

    return test


class TestTogether:
    def test_every_case_is_run(self):
        seen = []

        @together("one, other", [(1, 2), (3, 4)])
        @together("last", "ab")
        def test(one, other, last):
            seen.append((one, other, last))

        test()

        assert seen == [(1, 2, "a"), (1, 2, "b"), (3, 4, "a"), (3, 4, "b")]

    def test_nothing_is_told_where_all_holds(self):
        failing()()

    def test_all_that_fail_are_told_with_their_case(self):
        with pytest.raises(AssertionError) as error:
            failing(2, 3, 11)()

        said = re.sub(r"\nassert .*", "", str(error.value))
        assert re.findall(r"where (\w+ = \d+)", said) == [
            "tens = 0", "ones = 2", "ones = 3", "tens = 10", "ones = 1",
        ]  # fmt: skip
        assert said.startswith("2 of 2 cases\nwhere tens = 0: 2 of 3 cases\nwhere ones = 2: so it is")

    def test_another_error_says_in_which_case(self):
        @together("divisor", [1, 0])
        def test(divisor):
            assert 1 / divisor == 1

        with pytest.raises(ZeroDivisionError) as error:
            test()

        assert error.value.__notes__ == ["where divisor = 0"]

    def test_what_is_left_is_asked_of_pytest(self, tmp_path):
        @together("case", [1, 2])
        def test(case, folder):
            (folder / str(case)).touch()

        test(folder=tmp_path)

        assert list(inspect.signature(test).parameters) == ["folder"]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2"]

    def test_no_case_at_all_is_a_mistake(self):
        with pytest.raises(AssertionError, match="there is no case"):
            together("case", [])

    def test_so_is_a_case_that_the_test_does_not_take(self):
        with pytest.raises(AssertionError, match="the test takes no such case"):
            together("other", [1])(lambda case: None)
