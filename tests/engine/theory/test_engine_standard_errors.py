"""Standard errors of estimates, against what many trials show."""

import math

import numpy as np
import pytest

from bnsim.engine.theory.standard_errors import share_error, spread_error


class TestSpreadError:
    @pytest.mark.parametrize(("degrees", "kurtosis"), [(4, 6.0), (30, 3.4)])
    def test_is_what_many_trials_show(self, degrees, kurtosis):
        draws = np.random.default_rng(0).chisquare(degrees, (4000, 400))

        # A std over 4000 trials is good to 1 / √8000; the next order of the delta method is some kurtosis / 400.
        expected = spread_error(math.sqrt(2 * degrees), kurtosis, 400)
        assert draws.std(axis=1, ddof=1).std() == pytest.approx(expected, rel=4 / math.sqrt(8000) + 0.02)

    def test_of_a_normal_distribution_is_the_textbooks(self):
        # (3 - 1) / n + 2 / (n (n - 1)) = 2 / (n - 1): std / √(2 (n - 1)).
        assert spread_error(2.5, 3.0, 50) == pytest.approx(2.5 / math.sqrt(98), rel=1e-12)

    def test_of_no_spread_is_none(self):
        assert spread_error(0.0, 3.0, 10) == 0.0


class TestShareError:
    def test_is_that_of_a_binomial(self):
        draws = np.random.default_rng(1).binomial(50, 0.2, 20_000) / 50

        # A std over 20,000 trials is good to 1 / √40,000.
        assert draws.std() == pytest.approx(share_error(0.2, 50), rel=4 / math.sqrt(40_000))

    @pytest.mark.parametrize("share", [0.0, 1.0])
    def test_of_what_always_happens_is_none(self, share):
        assert share_error(share, 10) == 0.0
