"""Driving the transform page in a real browser: what a visitor does, what a visitor sees, and whether it all agrees."""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, ViewportSize, WebSocket
from playwright.sync_api import TimeoutError as TooLate

from bnsim.charts.theme import STAGES
from bnsim.errors import InputError
from bnsim.experiment import Result
from bnsim.experiments.transform import EXPERIMENT
from bnsim.scenario.link import decode, encode
from bnsim.scenario.params import Params

Scheme = Literal["light", "dark"]

LIVE = ("mean", "std", "gamma", "beta", "x")
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
FIRST_FIGURE = ".st-key-first-figure svg.marks"
NARROW = 768
"""Pixels up to which Streamlit lays its sidebar over the page, and closes it."""

PATIENCE = 60.0
"""Seconds that the page may take to come to rest, on a machine that is busy with other tests."""

SOUGHT_IN_VAIN = ("_stcore/health", "_stcore/host-config")
"""Streamlit looks for its server below the page's own path first: two 404s on every first load that are not ours."""

PAGE_VIEW = "view=page"
"""Ends a presenter's view, which a visit goes on in, in a link."""

DEFAULTS = f"/transform?{urlencode(encode(EXPERIMENT.params()))}&{PAGE_VIEW}"
"""The link to the transform page that sets everything as it is at first."""

MORE, KEEP, GROUP = "More pictures", "Save and share", "Batch size, ε, seed"
SHARE = "Download, share, your saved scenarios"
"""Parts of the page, a group of controls, and a part of the comparison, which are closed at first."""

NOTHING_YET = ("Infinite extent for field", "Log scale domain includes zero: [NaN,NaN]")
"""Vega says so of a layer that has no data, as those of slow work have in the beginning; it is drawn all the same."""

N = r"\(?(-?\d[\d.]*(?:e[+-]?\d+)?)\)?"
STRIP = re.compile(rf"x̂ = \({N} - {N}\) / √\({N}² \+ {N}\) = {N}\ny = {N} · x̂ \+ {N} = {N}")
STRIP_NAMES = ("x", "batch_mean", "batch_std", "eps", "x_hat", "gamma", "beta", "y")
DOT = re.compile(rf"(?:x|x̂|y) = {N}")
MOMENTS = re.compile(rf"mean {N}, std {N}")

UNFOLDED = "(each) => each.open && !each.getAnimations().length"
"""Whether a part is open, and as large as it will be."""

RUNNING = "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'notRunning'"
"""Whether a script runs, which costs the page less to say than all that it shows."""

SEE = """() => {
  const [stages, map] = document.querySelectorAll("svg.marks");
  const all = (root, query) => root ? [...root.querySelectorAll(query)] : [];
  const words = (query) => all(document, query).map((e) => e.textContent);
  return {
    url: location.href,
    running: document.querySelector("[data-testid=stApp]").dataset.testScriptState !== "notRunning",
    typed: Object.fromEntries(all(document, ".bn-row").map(
      (row) => [row.querySelector("[type=range]").id.slice(6), row.querySelector(".bn-typed").value])),
    thumbs: Object.fromEntries(all(document, ".bn-row [type=range]").map(
      (e) => [e.id.slice(6), [e.min, e.max, e.step, e.value].map(Number)])),
    answer: words(".bna").join(" "),
    strip: all(stages, ".role-title tspan").map((e) => e.textContent).join("\\n").replace(/\\n\\xa0+/g, " "),
    texts: all(stages, ".mark-text:not(.role-title-text) text").map((e) => e.textContent),
    readouts: Object.fromEntries(all(document, ".bnr b[data-key]").map((e) => [e.dataset.key, e.textContent])),
    warnings: words("[data-testid=stMain] .bna ~ .bnn:not(.bad) p"),
    problems: words("[data-testid=stMain] .bnn.bad p"),
    crashed: words("[data-testid=stException]"),
    dimmed: document.body.classList.contains("bnsim-dragging"),
    broken: !stages || /NaN|Infinity|undefined/.test(stages.outerHTML + (map?.outerHTML ?? "")),
  };
}"""

# What a frame shows is what the document holds when the browser asks for the frame.
WATCH = """(name) => {
  const seen = { values: [], strips: [], answers: [], marks: {} };
  const hear = ({ target }) => target.id === "bnsim-" + name && seen.values.push(Number(target.value));
  const frame = () => {
    if (window.seen !== seen) return document.removeEventListener("input", hear, true);
    // What is drawn anew before the press is another element.
    const [stages, map] = document.querySelectorAll("svg.marks");
    const marks = {
      curve: [stages, ".mark-area path", "d"], dot: [stages, ".mark-symbol path[opacity='1']", "transform"],
      ...(map && {line: [map, ".mark-line path", "d"], point: [map, ".mark-symbol path[opacity='1']", "transform"]}),
    };
    const lines = [...stages.querySelectorAll(".role-title tspan")].map((e) => e.textContent);
    seen.answers.push(document.querySelector(".bna")?.textContent ?? "");
    seen.strips.push(lines.join("\\n").replace(/\\n\\xa0+/g, " "));
    for (const [kind, [figure, query, attribute]] of Object.entries(marks))
      figure.querySelectorAll(query).forEach((e, k) => (seen.marks[kind + k] ??= []).push(e.getAttribute(attribute)));
    requestAnimationFrame(frame);
  };
  window.seen = seen;
  document.addEventListener("input", hear, true);
  requestAnimationFrame(frame);
}"""
MARKS = {
    "curve0": "raw curve", "curve1": "normalized curve", "curve2": "output curve",
    "dot0": "raw dot", "dot1": "normalized dot", "dot2": "output dot",
    "line0": "identity line", "line1": "map line", "point0": "map cross", "point1": "map dot",
}  # fmt: skip


@dataclass(frozen=True)
class Drag:
    """What was seen while one slider was dragged, from the press to just before the release.

    `values`: distinct values that the slider took; `painted`: those of them that the formula strip showed in a frame;
    `moved`: in how many different places, shapes or words each mark and the strip were shown; `sent`: messages to the
    server meanwhile.
    """

    values: frozenset[float]
    painted: frozenset[float]
    moved: dict[str, int]
    sent: int

    @property
    def followed(self) -> bool:
        """Whether the picture followed: every value that the slider took was shown."""
        return self.painted == self.values


def read(pattern: re.Pattern[str], text: str) -> tuple[float, ...]:
    """Return the numbers of a text with a true minus; none where the text is not of that form."""
    found = pattern.search(text.replace("−", "-"))
    return tuple(map(float, found.groups())) if found else ()


def strip_numbers(text: str) -> dict[str, float]:
    """Return the numbers of the formula strip by name."""
    return dict(zip(STRIP_NAMES, read(STRIP, text), strict=False))


@lru_cache(maxsize=4)
def transformed(params: Params) -> Result:
    """Return what the engine makes of parameters, once while the page is looked at again and again."""
    return Result(EXPERIMENT, params)


class Lab:
    """The transform page in one tab."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.sent, self.complaints, self.grows = 0, list[str](), False
        page.on("websocket", self._opened)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))

    def _opened(self, socket: WebSocket) -> None:
        socket.on("framesent", self._sent)

    def _sent(self, _: object) -> None:
        self.sent += 1

    def _said(self, message: ConsoleMessage) -> None:
        ours = not message.location["url"].endswith(SOUGHT_IN_VAIN)
        ours &= not (self.grows and any(words in message.text for words in NOTHING_YET))
        if ours and message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def at_screen(self, viewport: ViewportSize, color_scheme: Scheme = "light") -> "Lab":
        """Put the tab on a screen, in a colour scheme, with the mouse in a corner and nothing in hand."""
        self.front()
        self.page.set_viewport_size(viewport)
        self.page.emulate_media(color_scheme=color_scheme, reduced_motion="no-preference")
        self.page.mouse.up()
        self.page.mouse.move(1, 1)
        return self

    def front(self) -> "Lab":
        """Put the tab before the others: behind them a page has a frame a second only, which every press waits for."""
        self.page.bring_to_front()
        return self

    def go(self, link: str) -> "Lab":
        """Follow a link to another page of the app: without loading the app again, where the tab has it already."""
        self.front()
        if self.page.url.startswith(self.base):
            self.page.evaluate("(to) => { history.pushState({}, '', to); dispatchEvent(new Event('popstate')); }", link)
        else:
            self.page.goto(self.base + link)
            self.page.locator("h1").wait_for()  # before the app is there, nobody would hear of the next link
        return self

    def open(self, link: str = "/transform", *, wait: bool = True) -> "Lab":
        """Open a link; `wait` until sliders and picture are there and all agree."""
        self.page.goto(self.base + link)
        return self.ready() if wait else self

    def show(self, link: str = "") -> "Lab":
        """Go to the transform page within the visit, to what a link says or to the defaults, and wait for all of it."""
        return self.go(f"/transform{link}&{PAGE_VIEW}" if link else DEFAULTS).ready()

    def ready(self) -> "Lab":
        """Wait until sliders and picture are there and all agree."""
        self.page.locator("#bnsim-x").wait_for(state="attached")
        size, closed = self.page.viewport_size, self.page.get_by_test_id("stExpandSidebarButton")
        if size and size["width"] > NARROW and closed.is_visible():
            closed.click()  # Streamlit closes it on a narrow screen, and does not always open it on a wide one again
        self.page.locator("#bnsim-x").wait_for()
        self.page.locator("svg.marks").first.wait_for()
        assert (found := self.disagreements()) == [], found
        return self

    def reveal(self, title: str) -> "Lab":
        """Open a part of the page, or a group of controls, and wait until what it holds is there and has unfolded.

        While it unfolds what is beneath moves away from under the pointer: a press would go down on one thing, come up
        on another, and be a press on neither.
        """
        part = self.page.locator("details", has=self.page.locator("summary", has_text=title)).first
        if not part.evaluate("each => each.open"):
            part.locator("summary").first.click()
        assert self.until(lambda: part.evaluate(UNFOLDED) and not self.running())
        return self

    def until(self, true: Callable[[], object]) -> bool:
        """Wait until something holds; return whether it came to hold."""
        start = time.monotonic()
        while not (held := bool(true())) and (waited := time.monotonic() - start) < PATIENCE:
            self.page.wait_for_timeout(25 if waited < 0.5 else 100)  # who looks too often keeps the page from its work
        return held

    def frame(self) -> None:
        """Wait for a frame, which shows what the page has heard of by now."""
        self.page.evaluate("() => new Promise(requestAnimationFrame)")

    def drawn(self) -> None:
        """Wait until what has happened on the page is drawn, and what its frames ask for is done."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def running(self) -> bool:
        """Whether a script runs for this page."""
        return bool(self.page.evaluate(RUNNING))

    def see(self) -> dict[str, Any]:
        """Return what the page shows now."""
        found: dict[str, Any] = self.page.evaluate(SEE)
        return found

    @property
    def query(self) -> dict[str, str]:
        """What the address holds."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def slider(self, name: str) -> Locator:
        """Return the slider of a parameter."""
        return self.page.locator(f"#bnsim-{name}")

    def drag_and_release(self, name: str) -> list[str]:
        """Drag a slider and let it go; return what was not painted, not silent, or does not agree after that."""
        drag = self.drag(name, moves=10)
        found = [f"{name} took {len(drag.values)} values only"] if len(drag.values) < 8 else []
        if not drag.followed:
            found.append(f"not painted: {sorted(drag.values - drag.painted)}")
        if drag.sent:
            found.append(f"{drag.sent} messages were sent")
        return found + self.release()

    def typed(self, name: str) -> Locator:
        """Return the number box of a parameter."""
        return self.page.locator(f".bn-row:has(#bnsim-{name}) .bn-typed")

    def type(self, name: str, text: str) -> None:
        """Type a value and press Enter."""
        self.typed(name).fill(text)
        self.typed(name).press("Enter")

    def choose(self, label: str, option: str) -> None:
        """Choose from a drop-down list, and wait for the answer: what is typed meanwhile might be drawn over."""
        box = self.page.get_by_role("combobox", name=label, exact=True)
        offered = self.page.get_by_role("option", name=option, exact=True)
        self.settled()
        for _ in range(5):
            box.click()
            box.press("ArrowDown")  # where the box has the focus already, the click alone does not open the list
            try:
                offered.click(timeout=5_000)
            except TooLate:  # running work has drawn the page anew, and the list closed under the pointer
                continue
            break
        assert self.until(lambda: box.input_value() == option)
        self.settled()

    def chosen(self, label: str) -> str:
        """Return what a drop-down list shows."""
        return self.page.get_by_role("combobox", name=label, exact=True).input_value()

    def way_to(self, page: str) -> Locator:
        """Return the link to a page in the navigation, having opened the menu that it is in."""
        across = self.page.get_by_role("navigation").get_by_role("link", name=page, exact=True)
        menu = self.page.get_by_test_id("stTopNavSection").filter(has_text="Experiments")
        narrow = self.page.locator(".st-key-pages summary")
        menu.or_(narrow).filter(visible=True).first.wait_for()
        if narrow.is_visible():
            narrow.click()
            return self.page.locator(".st-key-pages").get_by_role("link", name=page, exact=True)
        if across.count():
            return across
        menu.click()
        return self.page.get_by_role("menuitem", name=page, exact=True)

    def visit(self, page: str) -> None:
        """Go to another page by the navigation, and wait until it is there."""
        link = self.way_to(page)
        path = urlsplit(link.get_attribute("href") or "").path
        link.click()
        assert self.until(lambda: urlsplit(self.page.url).path == path)
        self.settled()

    def where(self, name: str, part: float) -> tuple[float, float]:
        """Return where the thumb is when a slider stands at a part of its range."""
        box = self.slider(name).bounding_box()
        assert box is not None
        return box["x"] + 8 + part * (box["width"] - 16), box["y"] + box["height"] / 2

    def press(self, name: str, part: float) -> None:
        """Take a slider's thumb in hand at a part of its range."""
        self.page.mouse.move(*self.where(name, part))
        self.page.mouse.down()
        self.frame()

    def pull(self, name: str, start: float, end: float, moves: int = 30) -> None:
        """Pull the thumb in hand from one part of its range to another; each move is drawn before the next."""
        (left, height), (right, _) = self.where(name, start), self.where(name, end)
        for k in range(1, moves + 1):
            self.page.mouse.move(left + (right - left) * k / moves, height)
            self.frame()

    def drag(self, name: str, start: float = 0.55, end: float = 0.95, moves: int = 30) -> Drag:
        """Drag a slider and watch; when this returns, the thumb is still in hand."""
        before = self.sent
        self.page.evaluate(WATCH, name)
        self.press(name, start)
        self.pull(name, start, end, moves)
        self.drawn()
        seen = self.page.evaluate("() => { const seen = window.seen; window.seen = null; return seen; }")
        shown = {"mean": "batch_mean", "std": "batch_std"}.get(name, name)
        values = frozenset(seen["values"])
        painted = {strip_numbers(strip).get(shown) for strip in dict.fromkeys(seen["strips"])}
        moved = {MARKS[mark]: len(set(places)) for mark, places in seen["marks"].items()}
        moved |= {"strip": len(set(seen["strips"])), "answer": len(set(seen["answers"]))}
        return Drag(values, values & painted, moved, self.sent - before)

    def release(self) -> list[str]:
        """Let the thumb go, and return what does not agree after that."""
        self.page.mouse.up()
        self.drawn()
        return self.disagreements()

    def disagreements(self) -> list[str]:
        """Wait until everything on the page agrees with the engine; return what does not."""
        found = list[str]()

        def agree() -> bool:
            found[:] = ["running is set"] if self.running() else self._differ()
            return not found

        # What is returned is what was seen, not a second look: by then the page may be at work again.
        self.until(agree)
        return found

    def settled(self) -> None:
        """Wait until the page has been told everything that it asked the server for.

        The page counts as running from the moment in which it asks: on a busy machine some milliseconds after a press.
        """
        self.drawn()
        assert self.until(lambda: not self.running()), "the page is still working"

    def result(self) -> Result:
        """Return what the engine makes of the parameters in the address."""
        params, reports = decode(EXPERIMENT.params, self.query)
        if reports:
            raise InputError(*reports)
        return transformed(params)

    def _differ(self) -> list[str]:
        if not self.query:
            return ["the address is empty"]
        try:
            seen, result = self.see(), self.result()
        except InputError:  # a damaged link, which the page has not mended yet
            return ["the address holds what the engine refuses"]
        found = [f"{name} is set" for name in ("running", "crashed", "dimmed", "broken") if seen[name]]
        found += [f"{what}: {there} is not {here}" for what, there, here in pairs(seen, result) if there != here]
        return found + [
            f"{what}: {there} is not {here}"
            for what, there, here, rel in figures(seen, result)
            if not math.isclose(there, here, rel_tol=rel, abs_tol=1e-12)
        ]


def pairs(seen: dict[str, Any], result: Result) -> list[tuple[str, object, object]]:
    """Return what must be equal: what it is, as shown, as the engine says."""
    params = dict(result.params)
    found: list[tuple[str, object, object]] = [
        (f"typed {name}", float(text), params[name]) for name, text in seen["typed"].items()
    ]
    for name, (low, high, step, value) in seen["thumbs"].items():
        nearest = low + step * round((min(max(params[name], low), high) - low) / step)
        found.append((f"thumb {name}", round(value, 9), round(nearest, 9)))
    items = {each.key: each.term.short(each.best) for each in result.readout_list}
    found += [(key, seen["readouts"].get(key), items[key]) for key in result.experiment.headline]
    found.append(("answer", seen["answer"], result.answer))
    return [*found, ("warnings", seen["warnings"], list(result.warnings))]


def figures(seen: dict[str, Any], result: Result) -> list[tuple[str, float, float, float]]:
    """Return the numbers of the picture: what, as shown, as the engine says, and how closely they must agree.

    Results have 13 digits, the moments in the stages' titles 9 and the operands of the formula strip 6.
    """
    params, readouts = dict(result.params), result.readouts
    truth = {**params, **readouts}
    operands = ("x", "batch_mean", "batch_std", "eps", "gamma", "beta")
    strip = strip_numbers(seen["strip"])
    found = [
        (f"strip {name}", strip.get(name, math.nan), float(truth[name]), 5e-6 if name in operands else 1e-9)
        for name in STRIP_NAMES
    ]
    dots = [read(DOT, text) for text in seen["texts"] if DOT.match(text.replace("−", "-"))]
    moments = [read(MOMENTS, text) for text in seen["texts"] if "mean" in text]
    if (len(dots), len(moments)) != (len(STAGES), len(STAGES)):
        return [*found, ("stages with dot and title", math.nan, len(STAGES), 0)]
    for name, (value,) in zip(("x", "x_hat", "y"), dots, strict=True):
        found.append((f"dot {name}", value, float(truth[name]), 1e-9))
    for stage, (mean, std) in zip(("batch", "normalized", "output"), moments, strict=True):
        found.append((f"{stage} mean", mean, float(truth[f"{stage}_mean"]), 1e-8))
        found.append((f"{stage} std", std, float(truth[f"{stage}_std"]), 1e-8))
    return found
