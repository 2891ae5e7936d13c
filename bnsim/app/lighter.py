"""What Streamlit does anew for every message or run, done seldom: a tenth of what a class costs the server.

Each is a function of Streamlit's own that it offers no place for; see `hooks`.
"""

from asyncio import AbstractEventLoop
from collections.abc import Callable
from functools import lru_cache, partial
from types import NoneType
from typing import Any, Protocol, get_origin

from streamlit import config
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession

from bnsim.app.hooks import module, put
from bnsim.work.gathering import Gathering

GATHERED = Gathering(0.004)
"""Messages of all visitors on their way to the thread that sends them, which does so every 4 milliseconds."""

HAND_OVER = "_call_soon_on_event_loop"
"""What Streamlit calls for each message."""

FILLED = ("_populate_theme_msg", "_populate_config_msg")
"""What Streamlit calls for each run, to say once more what the configuration says of its looks and its buttons."""

CHARTS, STABILIZE = "streamlit.elements.vega_charts", "_stabilize_vega_json_spec"
"""What Streamlit calls for each picture, to find names in it that another run would make otherwise, and where."""

COUNTED = ("param_", "view_")
"""How such names begin, which Altair makes; ours say what they are about."""

MARKUP, CLEAN, LOOKS = "streamlit.elements.html", "clean_text", "_html_only_style_tags"
"""What Streamlit calls for each piece of markup, to take away what its lines begin with alike, and to see whether it
shows nothing; and where."""

STYLED = "</style>"
"""How markup ends that shows nothing, or it has remarks, which Streamlit takes away."""

COMPONENTS, PRESENT = "streamlit.components.v2.bidi_component.main", "make_bidi_component_presenter"
"""What Streamlit calls for each component of a run, and where."""

FRAGMENTS, COPY = "streamlit.runtime.fragment", "deepcopy"
"""What Streamlit calls to note the place of a fragment, and to go back there for each of its runs; and where."""

PARALLEL, THREADS = "streamlit.runtime.parallel_coordinator", "ThreadPoolExecutor"
"""What Streamlit makes for each run, for parts of a page that are drawn side by side, and where. There are none, and to
make it asks the system how many processors there are, which is read from a file."""

CURSORS, HOLDERS = "streamlit.cursor", ("RunningCursor", "LockedCursor", "SparseList")
"""Streamlit's own objects that say how far a place has come: each is nothing but its attributes; and where they are."""

WRITERS, WRITER = "streamlit.delta_generator", "DeltaGenerator"
"""What writes there: its attributes, but for the cursor, which it looks up where it has none of its own."""

WIDGETS, VALUES = ("number_input", "selectbox", "radio", "text_widgets"), "get_session_state"
"""What Streamlit calls for each widget of some kinds to look its value up among all of a visitor; and those kinds."""

WISHES = ("request_rerun", "_create_scriptrunner")
"""What Streamlit calls when a visitor wants something, and when a new thread is to do it."""


class Session(Protocol):
    """What is needed of Streamlit's session."""

    _event_loop: AbstractEventLoop


def lighten() -> None:
    """Do it seldom from now on."""
    # Gathered messages would be lost without this, so all of it is there or they are not gathered.
    if all(put(AppSession, wish, after_all_messages) for wish in WISHES):
        put(AppSession, HAND_OVER, gathered)
    for part in FILLED:
        put(app_session, part, filled_once)
    put(module(CHARTS), STABILIZE, as_written)
    put(module(MARKUP), CLEAN, in_one_line)
    put(module(MARKUP), LOOKS, by_its_end)
    put(module(COMPONENTS), PRESENT, as_it_is)
    put(module(FRAGMENTS), COPY, without_a_look)
    put(module(PARALLEL), THREADS, when_needed)
    for kind in WIDGETS:
        put(module(f"streamlit.elements.widgets.{kind}"), VALUES, by_name)


def gathered(at_once: Callable[[Session, Callable[[], None]], None]) -> Callable[[Session, Callable[[], None]], None]:
    """Return what hands messages over to the event loop some at a time."""

    def hand_over(session: Session, callback: Callable[[], None]) -> None:
        try:
            GATHERED.soon(session._event_loop, callback)
        except RuntimeError:  # the loop is closed, which Streamlit knows how to take
            at_once(session, callback)

    return hand_over


def after_all_messages(wish: Callable[..., Any]) -> Callable[..., Any]:
    """Return what begins only when the messages of the last run are on their way.

    From the moment that another thread is to draw, Streamlit passes over all messages of the last one that have not
    reached the session yet. It can have ended just now, with all that it drew and the word that it is done still
    waiting: the browser would wait for them for ever.
    """

    def begin(session: Session, *given: Any, **named: Any) -> Any:
        GATHERED.at_once(session._event_loop)
        return wish(session, *given, **named)

    return begin


def filled_once(fill: Callable[..., None]) -> Callable[..., None]:
    """Return what fills a part of a message once, and again when the configuration was read anew.

    What is filled in comes from the configuration only; `given` says which part of it.
    """
    known: dict[tuple[object, ...], tuple[object, Any]] = {}

    def filled(message: Any, *given: object) -> None:
        options = getattr(config, "_config_options", None)
        if options is None:
            fill(message, *given)
            return
        if known.get(given, (None,))[0] is not options:
            found = type(message)()
            fill(found, *given)
            known[given] = options, found
        message.MergeFrom(known[given][1])

    return filled


def as_written(stabilize: Callable[[str], str]) -> Callable[[str], str]:
    """Return what leaves a picture's specification as it is where it has none of the names that Altair counts."""

    def stabilized(spec: str) -> str:
        return stabilize(spec) if any(f'"{name}' in spec for name in COUNTED) else spec

    return stabilized


def in_one_line(clean: Callable[[object], str]) -> Callable[[object], str]:
    """Return what leaves a text as it is where it has one line, which begins and ends with what is seen."""

    def cleaned(body: object) -> str:
        is_clean = isinstance(body, str) and "\n" not in body and body == body.strip()
        return str(body) if is_clean else clean(body)

    return cleaned


def by_its_end(only_looks: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return what sees by how markup ends that it shows something; the same that may show nothing is looked at once."""
    looked = lru_cache(maxsize=16)(only_looks)

    def seen(markup: str) -> bool:
        shown = markup.rstrip()
        may_be_empty = not shown or "<!--" in shown or shown[-len(STYLED) :].lower() == STYLED
        return may_be_empty and looked(markup)

    return seen


PLAIN = frozenset({int, float, str, bool, NoneType})
"""What is its own copy."""


def without_a_look(deepcopy: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return what copies places of a page as `deepcopy` does, which looks up anew for every part how it is copied.

    A fifth of what a page costs that has many fragments. Whatever else there is, `deepcopy` copies.
    """
    holders = {getattr(module(CURSORS), name, None) for name in HOLDERS}
    writer = getattr(module(WRITERS), WRITER, None)

    def copied(value: Any) -> Any:
        kind = type(value)
        if kind in PLAIN:
            return value
        if kind is tuple:
            return tuple(map(copied, value))
        if kind is dict:
            return {key: copied(each) for key, each in value.items()}
        if kind is not writer and kind not in holders:
            return value if get_origin(value) else deepcopy(value)  # such as list[int]
        try:
            parts = dict(vars(value))
            if kind is writer:
                parts["_provided_cursor"] = value._cursor
        except (AttributeError, TypeError):  # Streamlit has made it otherwise
            return deepcopy(value)
        copy = object.__new__(kind)
        vars(copy).update({name: copied(each) for name, each in parts.items()})
        return copy

    return copied


class WhenNeeded:
    """Threads that are made when the first of them is to do something."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make, self._made, self._ended = make, None, False

    def submit(self, *given: Any, **named: Any) -> Any:
        """Let a thread do something; refused after the end."""
        made: Any = self._made or self._make()
        self._made = made
        if self._ended:
            made.shutdown(wait=False)
        return made.submit(*given, **named)

    def shutdown(self, *given: Any, **named: Any) -> None:
        """Let the threads end, if there are any."""
        self._ended = True
        if self._made is not None:
            self._made.shutdown(*given, **named)


def when_needed(make: Callable[..., Any]) -> Callable[..., WhenNeeded]:
    """Return what makes threads when they are needed."""
    return lambda *given, **named: WhenNeeded(partial(make, *given, **named))


class ByName:
    """The values of a visitor, asked for one of them by its name without putting all of them together before."""

    def __init__(self, values: Any) -> None:
        self._values = values

    @property
    def filtered_state(self) -> Any:
        """What says of a name whether there is a value, and which, as all of them put together would."""
        return self._values

    def __getattr__(self, name: str) -> Any:
        return getattr(self._values, name)


def by_name(values_of_visitor: Callable[[], Any]) -> Callable[[], ByName]:
    """Return what gives the values of the visitor who is drawn for, to be asked by name."""
    return lambda: ByName(values_of_visitor())


def as_it_is(_: Callable[..., Any]) -> Callable[..., None]:
    """Return what lets a component's state be seen as it is.

    Streamlit joins it with what a browser said for one run only, in a class made anew each time. What ours say so is
    read from what drawing them returns, and never from the session.
    """

    def present(*_given: Any, **_named: Any) -> None:
        return None

    return present
