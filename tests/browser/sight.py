"""What a visitor has in sight: words, numbers and controls above the fold, and what is cut off or scrolls sideways."""

import re
from urllib.parse import urlencode

from lab import PAGE_VIEW, SHARE, Lab

from bnsim.experiment import Result
from bnsim.experiments import all_experiments
from bnsim.scenario.link import decode, encode

SMALL = {"steps": "20", "seeds": "1"}
SMALL_OF = {
    "training": SMALL, "landscape": SMALL, "transfer": {**SMALL, "width": "16", "samples": "16", "draws": "1"}
}  # fmt: skip
"""Slow work of a size that is done in a second."""

EXPERIMENTS = all_experiments()
PAGES = ("home", "compare", *EXPERIMENTS)

EXPONENT = re.compile(r"e[+\u2212-]?\d+")

AT_WORK = """() => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning"
  || !!document.querySelector("[data-testid=stProgress]") || !document.querySelector(".bnq")"""

RUN_PANEL = ".st-key-run-panel"

PLACES = [
    f"[data-testid={place}] [data-testid=stExpander] details[open]:not([class*=st-key-pages-] *) > summary"
    for place in ("stSidebar", "stMain")
]
"""What is open: the sidebar's parts ask for a part of the page, those below the picture for all of it."""

CLOSE_CARDS = """() => document.querySelectorAll("details[data-card][open]").forEach((e) => { e.open = false; })"""

TITLES = {"home": "Home", "compare": "Compare", **{slug: each.title for slug, each in EXPERIMENTS.items()}}


def address(page: str, **query: str) -> str:
    """Return the link to a page that sets everything, as it is at first; on one of slow work, to little of it."""
    path = "/" if page == "home" else f"/{page}"
    defaults = encode(EXPERIMENTS[page].params()) if page in EXPERIMENTS else {}
    asked = defaults | SMALL_OF.get(page, {}) | dict([PAGE_VIEW.split("=")]) | query
    return path + ("?" + urlencode(asked) if page in EXPERIMENTS else "")


def arrive(lab: Lab, page: str, /, **query: str) -> Lab:
    """Go to a page, with everything as it is at first, and wait until all is done, drawn and closed."""
    close_all(reach(lab, page, **query))
    return lab


def reach(lab: Lab, page: str, /, **query: str) -> Lab:
    """Go to a page, with everything as it is at first, and wait until all is done and drawn; what is open stays so."""
    lab.grows = True
    lab.go(address(page, **query))
    lab.page.locator(".bnq").first.wait_for()
    assert lab.until(lambda: lab.page.title() == f"{TITLES[page]} - bnsim"), f"{page} is not shown"
    # The server has taken the link over: where the page is the same as before, nothing else tells that it begins anew.
    assert lab.until(lambda: page not in EXPERIMENTS or lab.query.get("view") != "page"), lab.query
    at_rest(lab)
    if page != "compare":
        lab.page.locator("svg.marks, canvas.marks").first.wait_for()
    return lab


def forget(lab: Lab) -> None:
    """Leave no saved scenario to the tests that come after, neither in the visit nor in the browser."""
    lab.go("/compare?set=My+saved+scenarios").page.get_by_role("combobox", name="Scenarios").wait_for()
    lab.settled()
    lab.reveal(SHARE)
    lab.page.get_by_role("button", name="Forget all").click()
    lab.page.get_by_text("Your saved scenarios are forgotten, by this browser too.").wait_for()
    lab.settled()


def close_all(lab: Lab) -> None:
    """Close what an earlier test has opened: it stays open through a visit."""
    lab.page.evaluate(CLOSE_CARDS)
    for part in map(lab.page.locator, PLACES):
        # One by one: Streamlit complains of what is asked of two fragments at once.
        while left := part.count():
            part.first.evaluate("each => each.click()")
            assert lab.until(lambda part=part, left=left: part.count() < left), "what was opened does not close"
            at_rest(lab)


def at_rest(lab: Lab) -> None:
    """Wait until no script runs and no slow work goes on, at two looks one after the other.

    On a page of slow work at more: between its end and the run that draws what it has found nothing goes on.
    """
    looks = 8 if lab.page.locator(RUN_PANEL).count() else 2
    rests = list[bool]()

    def long_enough() -> bool:
        rests.append(not lab.page.evaluate(AT_WORK))
        return all(rests[-looks:]) and len(rests) >= looks

    assert lab.until(long_enough), "the page is still working"


def result_of(lab: Lab, slug: str) -> Result:
    """Return what the engine makes of the address."""
    params, reports = decode(EXPERIMENTS[slug].params, lab.query)
    assert reports == ()
    return Result(EXPERIMENTS[slug], params)


def digits_of(word: str) -> int:
    """Return how many digits a word has, not counting those of an exponent."""
    return len(re.sub(r"\D", "", EXPONENT.sub("", word)))


SEEN = """() => {
  const wide = innerWidth, high = innerHeight;
  const inside = (r) =>
    r.width > 0 && r.height > 0 && r.bottom > 1 && r.top < high - 1 && r.right > 1 && r.left < wide - 1;
  const shown = (e, r) => {
    if (!inside(r) || getComputedStyle(e).visibility !== "visible") return false;
    const x = Math.min(Math.max((r.left + r.right) / 2, 0), wide - 1);
    const y = Math.min(Math.max((r.top + r.bottom) / 2, 0), high - 1);
    const hit = document.elementFromPoint(x, y);
    return !!hit && (e.contains(hit) || hit.contains(e) || !!e.closest("svg")?.contains(hit));
  };
  const words = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement;
    if (parent.closest(".bn-sr, script, style, [aria-hidden=true]:not(svg *)")) continue;
    for (const found of node.data.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      if ([...range.getClientRects()].some((r) => shown(parent, r))) words.push(found[0]);
    }
  }
  const typed = [...document.querySelectorAll("input, select, textarea, [role=combobox]")].filter((e) => {
    const box = e.type === "range" ? e : e.closest("label") ?? e;
    return shown(box, box.getBoundingClientRect());
  });
  const rows = new Set(typed.map((e) => e.closest(".bn-row") ?? e));
  const names = [...rows].map((e) => e.textContent.trim().slice(0, 40) || e.getAttribute("aria-label") || e.id);
  return { words, controls: names };
}"""

SIDEWAYS = """() => [...document.querySelectorAll(
  "html, .stMain, .stMainBlockContainer, [data-testid=stSidebarContent]")]
  .filter((e) => e.scrollWidth > (e === document.documentElement ? innerWidth : e.clientWidth))
  .map((e) => `${e.dataset.testid ?? e.tagName} ${e.scrollWidth} > ${e.clientWidth}`)"""

WRAPPED = """() => [...document.querySelectorAll(".bnr summary b, .bna b")].filter((e) => {
  const tops = new Set([...e.getClientRects()].map((r) => Math.round(r.top)));
  const box = e.getBoundingClientRect(), frame = e.closest(".bnr details, .bna").getBoundingClientRect();
  return tops.size > 1 || box.right > frame.right + 1 || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0;
}).map((e) => e.textContent)"""

MOVES = """() => {
  const moves = (window.bnsimMoves = {});
  const parts = { question: ".bnq", answer: ".bna", picture: ".st-key-first-figure", numbers: ".bnr" };
  const box = (query) => document.querySelector(query)?.getBoundingClientRect();
  const frame = () => {
    if (window.bnsimMoves !== moves) return;
    const lines = Math.round(box(parts.answer)?.height ?? 0);
    for (const [name, query] of Object.entries(parts)) {
      const found = box(query);
      if (!found) continue;
      const seen = (moves[`${name}, answer of ${lines} px`] ??= { top: [], height: [] });
      seen.top.push(found.top + document.querySelector(".stMain").scrollTop);
      seen.height.push(found.height);
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""

JUMPED = """(still) => {
  const seen = Object.entries(window.bnsimMoves), range = (all) => Math.max(...all) - Math.min(...all);
  window.bnsimMoves = null;
  return seen.filter(([name, { top, height }]) =>
    range(top) > still || name.startsWith("picture") && range(height) > still
  ).map(([name, { top, height }]) =>
    `${name}: top ${Math.min(...top)} to ${Math.max(...top)}, height ${Math.min(...height)} to ${Math.max(...height)}`);
}"""

STILL = 2
"""Pixels by which a part may move without anybody seeing it."""
