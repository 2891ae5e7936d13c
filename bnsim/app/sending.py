"""Messages on their way to the browsers go together: those of one run in one step of the loop, and in one write.

Streamlit's loop takes a step for each message, in which it wakes itself by a byte to itself and writes to the network.
A page has twenty to eighty, so that took as long as a fifth of the page. Each function of Streamlit's and of its web
server that is replaced here comes to the same; see `hooks`.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.runtime import Runtime

from bnsim.app.ends import SESSIONS, sessions
from bnsim.app.hooks import module, put

WAKE = "_message_enqueued_callback"
"""What Streamlit calls for each message, so that its loop sends it."""

OURS = "_async_objs"
"""Where Streamlit has its loop, and what tells it of messages."""

NEWS = ("_enqueue_forward_msg", "_settle_once_delivered", "register_file_watchers")
"""What Streamlit calls for a session that has something to be sent, or to be told when that was done, or that is back,
perhaps with what it was to be sent when it left."""

TAKEN, SEND = "flush_browser_queue", "_send_message"
"""What Streamlit's loop calls to take a session's waiting messages, and for each of them, one in a step."""

MOST_AT_ONCE = 100
"""Messages in one step, more than a page has; those after them go one by one, as a browser's queue holds only 500."""

SOCKETS, CONNECTED = "uvicorn.protocols.websockets.websockets_sansio_impl", "connection_made"
"""Where the web server speaks to browsers, and what is called there for each connection."""

PROTOCOL = "WebSocketsSansIOProtocol"
"""What it speaks by."""


def send_together() -> None:
    """Send messages together from now on; where it cannot be done, they go one by one as before."""
    put(sessions(), WAKE, awake)
    look_at_news()
    if put(Runtime, SEND, all_of_them):
        put(AppSession, TAKEN, in_bundles)
    put(getattr(module(SOCKETS), PROTOCOL, None), CONNECTED, writing_together)


def awake(wake: Callable[[], None]) -> Callable[[], None]:
    """Return what tells Streamlit's loop of a message without a byte to itself where the loop itself is at work."""
    server = getattr(wake, "__self__", None)

    def told() -> None:
        here: Any = getattr(server, OURS, None)
        loop = asyncio._get_running_loop()
        if loop is not None and getattr(here, "eventloop", None) is loop:
            here.need_send_data.set()
        else:
            wake()

    return told


def look_at_news() -> None:
    """Let Streamlit's loop look at those sessions only that have news: of a full class, one or two."""
    server, known = runtime.get_instance() if runtime.exists() else None, sessions()
    if known is None or isinstance(known, News):
        return
    done = [put(AppSession, name, noting) for name in NEWS]
    if all(done):
        setattr(server, SESSIONS, News(known))


WAITING: dict[str, None] = {}
"""The sessions that have news, by their names, in the order in which these came."""


def noting(give: Callable[..., None]) -> Callable[..., None]:
    """Return what gives a session news, and notes that it has some."""

    def noted(session: Any, *given: Any) -> None:
        give(session, *given)
        WAITING[session.id] = None
        # In another thread the loop may have been told, and have looked, before it was noted.
        wake = None if asyncio._get_running_loop() else getattr(session, WAKE, None)
        if wake:
            wake()

    return noted


class News:
    """Streamlit's sessions, of which its loop, and nobody else, sees those that have news.

    To look at all two hundred of a full class, a hundred times a second, takes as long as a twentieth of all pages.

    Parameters
    ----------
    known : streamlit.runtime.session_manager.SessionManager
        The sessions.
    """

    def __init__(self, known: Any) -> None:
        self._known = known

    def list_active_sessions(self) -> list[Any]:
        """Return the sessions that have news; those that are away are noted again when they are back."""
        here = {name: self._known.get_active_session_info(name) for name in list(WAITING)}
        for name in [name for name, found in here.items() if found is None]:
            WAITING.pop(name, None)
        return [found for found in here.values() if found is not None]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._known, name)


class Bundle(tuple[Any, ...]):
    """Messages that are sent in one step."""

    __slots__ = ()


def in_bundles(waiting: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """Return what gives the messages that wait in a session, bundled."""

    def bundled(session: Any) -> list[Any]:
        WAITING.pop(session.id, None)
        found = waiting(session)
        if len(found) < 2:
            return found
        return [Bundle(found[:MOST_AT_ONCE]), *found[MOST_AT_ONCE:]]

    return bundled


def all_of_them(send: Callable[[Any, Any, Any], None]) -> Callable[[Any, Any, Any], None]:
    """Return what sends all messages of a bundle, in their order."""

    def sent(server: Any, session: Any, message: Any) -> None:
        for each in message if isinstance(message, Bundle) else (message,):
            send(server, session, each)

    return sent


def writing_together(connected: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Return what takes a connection of which all that one step of the loop writes is sent at its end."""

    def made(protocol: Any, transport: Any) -> None:
        connected(protocol, Together(transport))

    return made


class Together:
    """A connection that gathers what is written in one step of the loop.

    Parameters
    ----------
    transport : asyncio.Transport
        The connection to the browser.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write this at the end of the step, after what was written before."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.flush)
        self._waiting.append(data)

    def flush(self) -> None:
        """Write what is waiting now."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._transport.write(b"".join(waiting))

    def writelines(self, parts: Any) -> None:
        """Write these at the end of the step, one after the other."""
        self.write(b"".join(parts))

    def write_eof(self) -> None:
        """Write what is waiting, and no more after it."""
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Write what is waiting, and close the connection."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
