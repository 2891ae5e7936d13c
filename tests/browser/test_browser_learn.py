"""A text whose numbers are changed in the sentence, by keyboard, by hand and by typing, and its links."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import bnsim
from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.learn import all_pages
from bnsim.learn.filling import filled
from bnsim.scenario.link import encode

PAGE = all_pages()["what-it-does"]
SHOWN = """() => [...document.querySelectorAll(".bn-read [data-name]")].map(
  (e) => [e.dataset.name + ":" + (e.dataset.form ?? ""), e.textContent])"""
FADED = """() => [...document.querySelectorAll("svg.marks .mark-area path")].map((e) => getComputedStyle(e).opacity)"""


FRESH = f"?page={PAGE.name}&" + urlencode(encode(PAGE.scenario.params))
"""The link to the text that sets everything as it is at first."""


def arrive(lab, query=FRESH):
    lab.go(f"/learn{query}")
    lab.page.locator("h1", has_text=PAGE.title).wait_for()
    lab.page.locator("svg.marks").wait_for()
    # A phone has the fields only; for a moment the page that is left may have sliders of these names, too.
    lab.slider("std").last.wait_for(state="attached")
    lab.settled()
    if query == FRESH:
        agrees(lab)  # what is typed before the numbers of an earlier test have gone is drawn over
    return lab


def field(lab, name):
    return lab.page.locator(f'.bn-set[data-set="{name}"]')


def number(lab, name):
    return lab.page.locator(f'.bn-read [data-name="{name}"]').first


def text_of(**changes):
    """Return the numbers of the text as the engine makes them."""
    result = Result(find("transform"), PAGE.scenario.params.replace(**changes))
    own = {each: written for each, written in filled(PAGE, result).items() if not each.of and not each.change}
    return {f"{each.name}:{each.form}": written.text for each, written in own.items()}


def agrees(lab, **changes):
    wanted = text_of(**changes)
    assert lab.until(lambda: dict(lab.page.evaluate(SHOWN)) == wanted), (lab.page.evaluate(SHOWN), wanted)


class TestLivingSentence:
    def test_follows_the_arrows_silently_and_is_the_engines_after_the_release(self, visit):
        lab = arrive(visit)
        agrees(lab)
        field(lab, "std").focus()
        sent = lab.sent
        for _ in range(4):
            lab.page.keyboard.down("ArrowDown")

        short = bnsim.run("transform", std=2.3, gamma=1.5, beta=0.2, x=6).readout_list
        wanted = {each.key: each.term.short(each.best) for each in short}
        assert lab.until(lambda: number(lab, "x_hat").inner_text() == wanted["x_hat"])
        assert number(lab, "output_std").inner_text() == wanted["output_std"]
        assert field(lab, "std").input_value() == "2.3"
        assert float(lab.typed("std").input_value()) == 2.3
        assert "(2.30² +" in " ".join(lab.page.locator("svg.marks .role-title tspan").all_text_contents())
        assert lab.sent == sent
        lab.page.keyboard.up("ArrowDown")
        agrees(lab, std=2.3)
        assert lab.until(lambda: dict(parse_qsl(urlsplit(lab.page.url).query)) == {"page": PAGE.name, "std": "2.3"})
        assert lab.page.evaluate("() => document.activeElement.dataset.set") == "std"

    def test_is_pulled_by_hand(self, visit):
        lab = arrive(visit)
        box = field(lab, "mean").bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        sent = lab.sent
        lab.page.mouse.move(*middle)
        lab.page.mouse.down()
        for k in range(1, 11):
            lab.page.mouse.move(middle[0] - 4 * k, middle[1])

        assert lab.until(lambda: field(lab, "mean").input_value() == "2.5")
        assert lab.sent == sent
        lab.page.mouse.up()
        agrees(lab, mean=2.5)

    def test_takes_what_is_typed_and_says_why_it_does_not(self, visit):
        lab = arrive(visit)
        field(lab, "gamma").fill("−2")
        field(lab, "gamma").press("Enter")
        agrees(lab, gamma=-2.0)
        field(lab, "gamma").fill("much")
        field(lab, "gamma").press("Enter")

        said = lab.page.locator(".bn-say", has_text="gamma")
        assert said.inner_text() == "gamma must be a number from -1000000 to 1000000; got 'much'. Kept -2.00."
        assert field(lab, "gamma").input_value() == "−2"

    def test_opens_from_a_link_with_its_numbers(self, visit):
        lab = arrive(visit, "?page=what-it-does&std=0.5&x=-4")

        agrees(lab, std=0.5, x=-4.0)
        assert field(lab, "std").input_value() == "0.5"

    def test_goes_along_with_the_sliders(self, visit):
        lab = arrive(visit)
        lab.press("x", 0.3)
        lab.pull("x", 0.3, 0.6, moves=10)
        lab.page.mouse.up()
        value = float(lab.typed("x").input_value())

        agrees(lab, x=value)
        assert float(field(lab, "x").input_value().replace("−", "-")) == value


class TestSymbol:
    def test_says_what_it_is_and_lights_its_mark(self, visit):
        lab = arrive(visit)
        symbol = lab.page.locator(".bn-read abbr", has_text="x̂").first

        assert symbol.get_attribute("title").startswith("x̂: Normalized activation. ")
        symbol.hover()
        assert lab.until(lambda: sorted(lab.page.evaluate(FADED)) == ["0.15", "0.15", "0.35"]), lab.page.evaluate(FADED)


class TestLinks:
    def test_lead_on_within_the_visit_and_back(self, visit):
        lab = arrive(visit)
        lab.grows = True
        lab.page.evaluate("() => (window.sameVisit = true)")
        lab.page.locator(".bn-read a", has_text="Try it").click()

        assert lab.until(lambda: urlsplit(lab.page.url).path == "/transform")
        lab.ready()
        params = bnsim.load("identity-recovery").baseline_scenario.params
        assert float(lab.query["gamma"]) == params.gamma
        assert lab.page.evaluate("() => window.sameVisit")
        lab.page.go_back()
        lab.page.locator(".bn-read").wait_for()
        agrees(lab)

    def test_lead_from_text_to_text_and_back(self, visit):
        lab = arrive(visit)
        lab.page.locator(".bn-read a", has_text="still argued about").click()
        title = lab.page.locator("h1")

        assert lab.until(lambda: title.all_inner_texts() == ["A conversation"])
        lab.settled()
        assert lab.query == {"page": "a-conversation"}
        lab.page.go_back()
        assert lab.until(lambda: title.all_inner_texts() == [PAGE.title])
        agrees(lab)

    def test_of_the_list_and_of_the_menu_are_steps_that_back_undoes(self, visit_by_hand):
        lab = visit_by_hand.go("/learn")
        titles, list_title = lab.page.locator("h1"), "What batch norm is, and what is true of it"

        def follow(link, title, query):
            link.click()
            assert lab.until(lambda: titles.all_inner_texts() == [title] and lab.query == query), (title, lab.query)
            lab.settled()

        def back(title, query):
            lab.page.go_back()
            assert lab.until(lambda: titles.all_inner_texts() == [title] and lab.query == query), (title, lab.query)
            lab.settled()

        texts = lab.page.locator(".st-key-texts a")
        follow(texts.nth(2), "A conversation", {"page": "a-conversation"})
        follow(lab.page.get_by_role("link", name="All texts"), list_title, {})
        follow(texts.nth(1), "Two worked examples", {"page": "two-worked-examples"})
        follow(lab.way_to("Explanations"), list_title, {})
        back("Two worked examples", {"page": "two-worked-examples"})
        back(list_title, {})
        back("A conversation", {"page": "a-conversation"})

    def test_and_text_fit_a_narrow_screen(self, visit_by_hand):
        lab = arrive(visit_by_hand)
        wide = "() => [...document.querySelectorAll('[data-testid=stMain], html')].map((e) => e.scrollWidth)"

        for width in (320, 390, 768):
            lab.page.set_viewport_size({"width": width, "height": 844})
            assert lab.until(lambda width=width: max(lab.page.evaluate(wide)) <= width), lab.page.evaluate(wide)
        field(lab, "std").fill("0.5")
        field(lab, "std").press("Enter")
        agrees(lab, std=0.5)
