"""The answer of every page after a release, while a thumb moves, and as it is said to those who do not see it."""

import math
import random

import pytest
from sight import EXPERIMENTS, JUMPED, MOVES, STILL, arrive, at_rest, result_of

from bnsim.app.live import HERE
from bnsim.text.short import short

FIRST_SLIDER = ".bn-row input[type=range]"
QUICK = [slug for slug, each in EXPERIMENTS.items() if each.work is None]

NEAR_ROUND = (
    1.199999040001, 0.999999200001, 0.9999999999999, 6.999999999999296, 9999999.5, 9999999.0, 1e7, 99999.99999, 1e-4,
    0.99999e-4, 1.00048828125, 1.0005, 9.9995, 0.00099995, 1 - 2**-53, 1 + 2**-52, 2.00000000005, 100.0000001,
    9.090999999999,
)  # fmt: skip
FAR_AWAY = (0.0, -0.0, 5e-324, 1.7e308, 3e22, math.inf, -math.inf, 2.656e-5, 12503986030.432417, -0.00023002279)

SAID = """() => {
  const status = document.querySelector("[role=status].bn-sr"), said = (window.bnsimSaid = []);
  new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
}"""


def numbers() -> list[float]:
    """Return numbers of many sizes, round ones, those beside a round one, and those halfway between two."""
    draw = random.Random(7)
    found = [*NEAR_ROUND, *FAR_AWAY]
    for _ in range(400):
        found.append(draw.choice((-1, 1)) * 10 ** draw.uniform(-12, 12))
        found.append(round(draw.uniform(-10, 10), draw.randint(0, 6)))
        found.append(draw.randint(1, 99) * (1 + draw.choice((-1, 1)) * 10 ** draw.uniform(-13, -2)))
        found.append(draw.randint(1, 2**20) / 2 ** draw.randint(0, 20))
        found.append(float(draw.choice("129") + "." + "".join(draw.choice("09") for _ in range(12))))
    return found


def shown(lab) -> str:
    """Return the answer that the page shows."""
    return " ".join(lab.page.locator(".bna").all_text_contents())


def status(lab) -> str | None:
    """Return the answer that those have heard last who do not see it."""
    return lab.page.locator("[role=status].bn-sr").text_content()


def pull(lab, slider) -> None:
    """Drag a slider from where its thumb is to a tenth of its range from an end, and let it go."""
    low, high, value = (float(slider.evaluate(f"each => each.{name}")) for name in ("min", "max", "value"))
    here = (value - low) / (high - low)
    box = slider.bounding_box()
    left, width, height = box["x"] + 8, box["width"] - 16, box["y"] + box["height"] / 2
    there = 0.9 if here < 0.5 else 0.1
    lab.page.mouse.move(left + here * width, height)
    lab.page.mouse.down()
    for k in range(1, 6):
        lab.page.mouse.move(left + (here + (there - here) * k / 5) * width, height)
    lab.page.mouse.up()


@pytest.fixture(scope="module")
def lab(visit):
    """Return the visit on a page without an answer: that of each page that is gone to is said as a new one."""
    return arrive(visit, "home")


@pytest.fixture(scope="module")
def written(lab):
    """Return what writes numbers in so many digits at most as the code of the sliders does."""
    code = (HERE / "live.js").read_text("utf-8").partition("// The parameters")[0]
    return lambda values, digits: lab.page.evaluate(
        f"([values, digits]) => {{ {code}; return values.map((v) => short(v, digits)); }}", [values, digits]
    )


class TestShort:
    def test_of_the_browser_writes_what_that_of_python_writes(self, written):
        values = numbers()
        assert len(values) > 2000

        for digits in (2, 3, 6, 13, 17):
            pairs = zip(values, written(values, digits), strict=True)
            assert [(v, text, short(v, digits)) for v, text in pairs if text != short(v, digits)] == []

    def test_of_what_is_not_known_says_so(self, written):
        assert written([math.nan], 13) == [EXPERIMENTS["transform"].terms["y"].short(math.nan)]


class TestRelease:
    @pytest.mark.parametrize("slug", QUICK)
    def test_of_the_first_slider_is_answered_and_said_once_and_nothing_jumps(self, lab, slug):
        arrive(lab, slug)
        before, old = shown(lab), result_of(lab, slug)
        assert before == old.answer
        assert before
        url = lab.page.url
        lab.page.locator(FIRST_SLIDER).first.wait_for()
        assert lab.until(lambda: status(lab) == before)
        lab.page.evaluate(SAID)
        lab.page.evaluate(MOVES)
        pull(lab, lab.page.locator(FIRST_SLIDER).first)
        assert lab.until(lambda: lab.page.url != url)
        at_rest(lab)
        new = result_of(lab, slug)

        assert lab.until(lambda: shown(lab) == new.answer), (shown(lab), new.answer)
        expected = [new.answer] if new.answer != old.answer else []
        lab.until(lambda: lab.page.evaluate("window.bnsimSaid.length") or not expected)
        assert lab.page.evaluate("window.bnsimSaid") == expected
        assert lab.page.evaluate(JUMPED, STILL) == []
        figure = new.first_figure
        assert lab.page.locator("p.bn-sr").first.text_content() == figure.description

    @pytest.mark.parametrize("slug", [slug for slug in EXPERIMENTS if slug not in QUICK])
    def test_on_a_page_of_slow_work_leaves_the_answer_to_what_was_run(self, lab, slug):
        arrive(lab, slug)
        before, url = result_of(lab, slug).answer, lab.page.url
        assert lab.until(lambda: shown(lab) == before), (shown(lab), before)
        assert before
        pull(lab, lab.page.locator(FIRST_SLIDER).first)
        assert lab.until(lambda: lab.page.url != url)
        at_rest(lab)

        assert shown(lab) == before
        assert lab.page.locator(".bnn p", has_text="Shown is what was found for").count() == 1


class TestLive:
    def test_sentence_and_cards_follow_the_thumb_and_nothing_is_sent(self, lab):
        lab.show()
        watched = (
            "[...document.querySelectorAll('.bna b[data-live], .bnr b[data-live]')].map((e) => e.textContent).join()"
        )
        before = shown(lab)
        assert lab.until(lambda: status(lab) == before)
        lab.press("std", 0.8)
        sent, seen = lab.sent, set[str]()
        for part in (0.75, 0.7, 0.65, 0.6, 0.55):
            lab.page.mouse.move(*lab.where("std", part))
            lab.drawn()
            seen.add(lab.page.evaluate(watched))

        assert len(seen) >= 4
        assert shown(lab) != before
        assert lab.sent == sent
        assert status(lab) == before
        assert lab.release() == []
        assert shown(lab) == lab.result().answer
        assert lab.until(lambda: status(lab) == lab.result().answer)
