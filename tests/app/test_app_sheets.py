"""Style sheets as they are sent; that a browser reads the same rules in them is among the browser tests of looks."""

from bnsim.app import live
from bnsim.app.sheets import sheet


class TestSheet:
    def test_is_one_line_without_remarks_and_one_element(self, tmp_path, monkeypatch):
        monkeypatch.setattr(live, "HERE", tmp_path)
        (tmp_path / "a.css").write_text("/* What\n it is */\n.a{\n  color:red; }\n\n.b,\n.c{top:0}\n")
        (tmp_path / "b.css").write_text(".d{left:0}")

        assert sheet("a.css", "b.css") == "<style>.a{ color:red; } .b, .c{top:0} .d{left:0}</style>"
