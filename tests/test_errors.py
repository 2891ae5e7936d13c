"""What somebody may have meant."""

from bnsim.errors import nearest


class TestNearest:
    def test_is_the_one_most_like_it_capitals_aside(self):
        assert nearest("Gama", ["beta", "gamma", "gain"]) == "gamma"
        assert nearest("unit_7", ["UNIT7", "TIME"]) == "UNIT7"

    def test_is_none_where_nothing_is_like_it(self):
        assert nearest("x", ["gamma", "beta"]) is None
        assert nearest(7, ["gamma"]) is None

    def test_may_be_asked_to_be_surer(self):
        assert nearest("gm", ["gamma"], cutoff=0.5) == "gamma"
        assert nearest("gm", ["gamma"], cutoff=0.75) is None
