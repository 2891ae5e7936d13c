"""What a closed page computes: the main picture, and nothing of those that are closed."""

from collections.abc import Iterator

import pytest

from bnsim.experiments import all_experiments

SLOW = [slug for slug, experiment in all_experiments().items() if experiment.work is not None]


@pytest.mark.parametrize("slug", [*SLOW, "depth"])
def test_closed_pictures_are_not_made_for_the_first(slug):
    assert isinstance(all_experiments()[slug].figures({}), Iterator)
