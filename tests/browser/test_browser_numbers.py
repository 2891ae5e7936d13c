"""Numbers and tooltips as they are painted: whole, with their exponents, and in words."""

import pytest
from lab import DESKTOP

import bnsim
from bnsim.app.panels import library

LARGEST = {each.experiment: name for name, each in sorted(library().sets.items(), key=lambda one: len(one[1].names))}
QUICK = [name for slug, name in LARGEST.items() if slug in ("transform", "batch-size", "folding", "norm-family")]
"""The largest set of each experiment that is quick."""

CUT = """() => [...document.querySelectorAll(".bng")].flatMap((grid) => {
  const edge = grid.getBoundingClientRect();
  const cells = [...grid.querySelectorAll("tbody td")];
  // What stays in sight at the left: what the numbers are called and, on a screen with room for it, the baseline.
  const stays = [...grid.querySelector("tbody tr").children].filter((e) => getComputedStyle(e).position === "sticky");
  const pinned = Math.max(...stays.map((e) => e.getBoundingClientRect().right));
  return cells.filter((cell) => {
    const box = cell.getBoundingClientRect();
    const inside = Math.min(box.right, edge.right) - Math.max(box.left, pinned);
    const partly = inside > 2 && inside < box.width - 2;
    return partly || cell.scrollWidth > cell.clientWidth + 1;
  }).map((cell) => cell.textContent);
})"""


WIDTHS = (1280, 390)


class TestTables:
    @pytest.mark.parametrize("name", QUICK)
    def test_cut_no_number(self, visit, name):
        visit.go(f"/compare?set={name}")
        title = bnsim.load(name).title
        assert visit.until(lambda: visit.chosen("Scenarios") == title)
        widths = WIDTHS
        for switch in ("All numbers", "All settings", None):
            visit.page.locator(".bng").nth(1).wait_for()
            visit.settled()
            for width in widths:
                visit.at_screen({"width": width, "height": 900})
                assert visit.until(lambda: visit.page.evaluate(CUT) == []), (name, switch, width)
            widths = widths[::-1]  # begins where the last one ended: every other width draws the picture anew
            if switch:
                visit.page.get_by_text(switch, exact=True).click()
        visit.page.evaluate("document.querySelectorAll('.bng').forEach((grid) => { grid.scrollLeft = 201; })")
        assert visit.until(lambda: visit.page.evaluate(CUT) == []), name
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= widths[0]


class TestTooltips:
    def test_the_tracked_sample_is_named_with_its_symbol(self, visit):
        lab = visit.at_screen(DESKTOP).show()
        dot = lab.page.locator(".st-key-first-figure .mark-symbol path[opacity='1']").nth(1)
        dot.scroll_into_view_if_needed()
        dot.hover(force=True)

        tip = lab.page.locator("#vg-tooltip-element.visible")
        tip.wait_for()
        assert tip.inner_text().split() == ["stage", "x̂,", "normalized", "tracked", "sample", "1.199999040001"]

    def test_what_one_says_does_not_stand_on_a_page_without_pictures(self, visit):
        lab = visit.at_screen(DESKTOP).open()
        dot = lab.page.locator(".st-key-first-figure .mark-symbol path[opacity='1']").nth(1)
        dot.scroll_into_view_if_needed()
        dot.hover(force=True)
        lab.page.locator("#vg-tooltip-element.visible").wait_for()
        lab.go("/lessons")
        lab.page.locator(".stVegaLiteChart").first.wait_for(state="detached")

        tip = lab.page.locator("#vg-tooltip-element")
        assert tip.count() == 1
        assert lab.until(lambda: not tip.is_visible())
