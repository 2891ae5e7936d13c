"""What tests of a room's pages share: a room in memory with a clock set by hand, and pages as one browser sees them."""

import html
import re
from dataclasses import dataclass, field

from rooms import TOPIC, Clock
from streamlit.testing.v1 import AppTest

from bnsim.app.classroom.keys import KEY, SEAT, Secret
from bnsim.classroom import Ballot, Keys, Phase, Topic
from bnsim.classroom.classroom import Classroom
from bnsim.classroom.database import engine_of
from bnsim.classroom.store import Store
from bnsim.classroom.watch import Watch
from bnsim.learn.lesson import Answer

MODULES = ("boards", "opening", "projector", "student", "teacher", "watching")
SECRETS = "bnsim.room.secrets"


@dataclass
class School:
    """A class of its own, with one room."""

    topic: Topic = TOPIC
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.engine = engine_of()
        store = Store(self.engine, self.clock)
        self.classroom = Classroom(store, Watch(store.read, self.clock))
        self.keys: Keys = self.classroom.open(self.topic)

    @property
    def code(self) -> str:
        return self.keys.code

    def go(self, *phases: Phase) -> None:
        for phase in phases:
            self.classroom.advance(self.code, self.keys.key, phase)

    def seated(self, *answers: Answer, vote: int = 1) -> list[str]:
        """Return the tokens of as many new seats as there are answers, each of which it gave."""
        tokens = [self.classroom.join(self.code).token for _ in answers]
        for token, answer in zip(tokens, answers, strict=True):
            self.classroom.vote(self.code, token, Ballot(1, vote, answer))
        return tokens

    def answer_again(self, tokens: list[str], *answers: Answer) -> None:
        self.clock.now += 2
        for token, answer in zip(tokens, answers, strict=True):
            self.classroom.vote(self.code, token, Ballot(1, 2, answer))


def app() -> None:
    import streamlit as st

    from bnsim.app.pages.classroom import classroom_page
    from bnsim.app.shell import pages

    st.session_state["bnsim.all"] = pages()
    here = st.Page(classroom_page, title="Classroom", url_path="classroom", default=True)
    st.session_state["bnsim.all"]["classroom"] = here
    others = [page for name, page in st.session_state["bnsim.all"].items() if name not in ("home", "classroom")]
    st.navigation([here, *others]).run()


def start(secrets: dict[str, str] | None = None, **query: str) -> AppTest:
    """Open the page with secrets that the browser has: the code and what it opens ("CDFHJK/seat"), and the secret."""
    at = AppTest.from_function(app, default_timeout=20)
    for name, value in query.items():
        at.query_params[name] = value
    known = {name: Secret(name, value, heard=True, kept=value) for name, value in (secrets or {}).items()}
    at.session_state[SECRETS] = known
    return again(at)


def again(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def student(school: School, token: str) -> AppTest:
    return start({f"{school.code}/{SEAT}": token}, join=school.code)


def teacher(school: School) -> AppTest:
    return start({f"{school.code}/{KEY}": school.keys.key}, room=school.code)


def press(at: AppTest, label: str) -> AppTest:
    [button] = [each for each in at.button if each.label == label]
    button.click()
    return again(at)


def markup(at: AppTest) -> str:
    return "".join(found.proto.body for found in at.get("html"))


def words(found: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", found)).split())


def lines(at: AppTest, css_class: str) -> list[str]:
    """Return the paragraphs in what has a class."""
    found = re.findall(rf'<div class="{css_class}[^>]*>(.*?)</div>', markup(at), re.DOTALL)
    return [words(line) for each in found for line in re.findall(r"<(?:h3|p|li)>(.*?)</(?:h3|p|li)>", each)]


def problems(at: AppTest) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'role="alert">(?:<p>(.*?)</p>)+', markup(at))]


def everything_sent(at: AppTest) -> str:
    """Return all that was sent to the browser, as text."""
    charts = "".join(str(found.proto) for found in at.get("vega_lite_chart"))
    components = "".join(str(found.proto) for found in at.get("bidi_component"))
    return str(at._tree) + charts + components + markup(at)
