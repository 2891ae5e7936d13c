"""The real nginx with the shipped site before two real processes: visitors come, one process dies and is started again.

The fixtures are one lesson, from its start to its end; the tests are what is seen in it, in this order.
"""

import gzip
import http.client
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit
from ports import is_open
from school import HOST, PATIENCE, SITE, Jar, Ports, Workers, await_that, nginx_or_skip, nginx_serving

from bnsim.cli import start

VISITORS, AT_ONCE = 24, 8
YEAR = "public, immutable, max-age=31536000"
FILES = Path(streamlit.__file__).parent / "static"
SCRIPT = re.search(r"/static/js/index\.[\w-]{8}\.js", (FILES / "index.html").read_text("utf-8"))[0]
LARGEST_UPLOAD = 5 * 2**20 - 1000  # with what stands around it, at most 5 MiB
TAKEN, UNKNOWN_SESSION = 204, 400
"""What Streamlit answers to an upload in the process that has the session, and in another."""


@dataclass
class Lesson:
    """Who came, and where each was before anything happened."""

    ports: Ports
    workers: Workers
    jars: Sequence[Jar]
    first: dict[str, int]
    dead: int = 0

    @property
    def alive(self) -> int:
        return next(port for port in self.ports.processes if port != self.dead)

    def of(self, process: int) -> list[Jar]:
        """Return the visitors that were at a process in the beginning."""
        return [jar for jar in self.jars if self.first[jar.link] == process]


def together(do: Callable[[Jar], object], jars: Sequence[Jar]) -> list[object]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(do, jars))


@pytest.fixture(scope="module")
def nginx() -> str:
    return nginx_or_skip()


@pytest.fixture(scope="module")
def school(nginx, tmp_path_factory) -> Iterator[tuple[Ports, Workers]]:
    """Start two processes and nginx."""
    ports, folder = Ports.free(), tmp_path_factory.mktemp("school")
    workers = Workers(ports, folder)
    try:
        with nginx_serving(nginx, ports, folder):
            workers.await_ready(2)
            yield ports, workers
    finally:
        if workers.process.poll() is None:
            workers.end()


@pytest.fixture(scope="module")
def arrived(school) -> Iterator[Lesson]:
    """Let visitors open a link, each another."""
    ports, workers = school
    jars = [Jar(ports.front, f"transform?mean={seat / 10}") for seat in range(VISITORS)]
    together(Jar.connect, jars)
    together(Jar.open, jars)
    yield Lesson(ports, workers, jars, {jar.link: jar.process for jar in jars})
    together(Jar.leave, jars)


@pytest.fixture(scope="module")
def after_a_death(arrived) -> Lesson:
    """Kill one process; what starts it again sleeps meanwhile, so that its visitors find it dead however late."""
    arrived.dead = arrived.jars[0].process
    os.kill(arrived.workers.process.pid, signal.SIGSTOP)
    os.kill(arrived.workers.children()[arrived.dead], signal.SIGKILL)
    together(Jar.hear_the_end, arrived.of(arrived.dead))
    together(Jar.connect, arrived.of(arrived.dead))
    together(Jar.open, arrived.of(arrived.dead))
    return arrived


@pytest.fixture(scope="module")
def after_a_restart(after_a_death) -> Lesson:
    """Let the dead process be started again."""
    os.kill(after_a_death.workers.process.pid, signal.SIGCONT)
    after_a_death.workers.await_ready(3)
    return after_a_death


def asked(ports: Ports, path: str, **headers: str) -> tuple[http.client.HTTPMessage, bytes]:
    return asked_at(ports.front, path, **headers)


def asked_at(port: int, path: str, **headers: str) -> tuple[http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.headers, body


class TestTheStart:
    def test_each_process_can_draw_a_page_for_nobody(self, school):
        ports, workers = school

        assert [asked_at(port, "/_stcore/script-health-check")[1] for port in ports.processes] == [b"ok", b"ok"]
        assert sorted(workers.said(r"(http://\S+) is ready")) == [f"http://{HOST}:{port}" for port in ports.processes]


class TestFiles:
    def test_a_static_file_comes_compressed_and_whole(self, school):
        ports, _ = school
        for _ in range(2):  # the second comes from nginx's cache
            headers, body = asked(ports, SCRIPT, Accept_Encoding="gzip, deflate, br")

            assert (headers["Content-Encoding"], headers["Vary"]) == ("gzip", "Accept-Encoding")
            assert gzip.decompress(body) == (FILES / SCRIPT[1:]).read_bytes()
            assert len(body) < (FILES / SCRIPT[1:]).stat().st_size / 2

    def test_who_does_not_unpack_gets_it_as_it_is(self, school):
        headers, body = asked(school[0], SCRIPT)

        assert headers["Content-Encoding"] is None
        assert body == (FILES / SCRIPT[1:]).read_bytes()

    def test_browsers_keep_it_for_a_year(self, school):
        assert asked(school[0], SCRIPT)[0].get_all("Cache-Control") == [YEAR]

    @pytest.mark.parametrize(
        "path", ["/", "/transform", "/favicon.png", "/manifest.json", "/static/js/gone.abcdefgh.js"]
    )
    def test_what_has_no_hash_of_its_content_in_its_name_is_asked_for_anew(self, school, path):
        assert asked(school[0], path)[0].get_all("Cache-Control") == ["no-cache"]

    def test_every_file_under_static_has_one(self):
        names = [path.name for path in (FILES / "static").rglob("*") if path.is_file()]

        assert len(names) > 100
        assert [name for name in names if not re.search(r"\.[\w-]{8}\.\w+$", name)] == []

    def test_no_cookie_is_kept_with_them(self, school):
        assert asked(school[0], SCRIPT)[0]["Set-Cookie"] is None


class TestVisitors:
    def test_all_see_what_their_link_says(self, arrived):
        assert [jar.seat.mean for jar in arrived.jars] == [seat / 10 for seat in range(VISITORS)]

    def test_are_shared_out_to_both_processes(self, arrived):
        assert sorted(Counter(arrived.first.values())) == list(arrived.ports.processes)
        assert min(Counter(arrived.first.values()).values()) >= VISITORS / 4

    def test_stay_at_the_process_that_has_their_session(self, arrived):
        assert together(Jar.upload, arrived.jars) == [TAKEN] * VISITORS

    def test_would_be_refused_by_the_other(self, arrived):
        stray = Jar(arrived.ports.front, "")
        stray.seat = arrived.jars[0].seat
        stray.keep(arrived.jars[0].cookies.output(header="").splitlines())
        stray.keep([f"bnsim_process={next(port for port in arrived.ports.processes if port != stray.process)}"])

        assert stray.upload() == UNKNOWN_SESSION

    def test_may_send_the_largest_file_that_the_app_takes(self, arrived):
        assert arrived.jars[0].upload(LARGEST_UPLOAD) == TAKEN

    def test_get_a_cookie_that_says_nothing_about_them_and_get_it_once(self, arrived):
        headers, _ = asked(arrived.ports, "/")
        (cookie,) = [text for text in headers.get_all("Set-Cookie") if text.startswith("bnsim")]
        known, _ = asked(arrived.ports, "/", Cookie=cookie.partition(";")[0])

        assert re.fullmatch(r"bnsim_process=\d+; Path=/; HttpOnly; SameSite=Lax", cookie)
        assert known["Set-Cookie"] is None

    @pytest.mark.parametrize("made_up", ["80", "8.8.8.8", "127.0.0.1:22", "x" * 1000, "bnsim", ""])
    def test_with_a_made_up_cookie_get_a_process_and_a_right_one(self, arrived, made_up):
        headers, body = asked(arrived.ports, "/", Cookie=f"bnsim_process={made_up}")

        assert body == (FILES / "index.html").read_bytes()
        assert re.match(r"bnsim_process=(\d+);", headers["Set-Cookie"])[1] in map(str, arrived.ports.processes)

    @pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/script-health-check"])
    def test_do_not_reach_what_is_for_who_runs_the_app(self, arrived, path):
        assert b"404 Not Found" in asked(arrived.ports, path)[1]


class TestADeath:
    def test_its_visitors_are_restored_from_their_links_at_the_other(self, after_a_death):
        moved = after_a_death.of(after_a_death.dead)

        assert {jar.process for jar in moved} == {after_a_death.alive}
        assert [f"transform?mean={jar.seat.mean}" for jar in moved] == [jar.link for jar in moved]

    def test_the_others_notice_nothing(self, after_a_death):
        for jar in after_a_death.of(after_a_death.alive):
            jar.seat.rerun({})

            assert jar.process == after_a_death.alive

    def test_who_comes_meanwhile_is_answered(self, after_a_death):
        headers, _ = asked(after_a_death.ports, "/")

        assert headers["Set-Cookie"].startswith(f"bnsim_process={after_a_death.alive};")

    def test_it_is_started_again_and_that_is_said(self, after_a_restart):
        name = f"http://127.0.0.1:{after_a_restart.dead}"

        assert after_a_restart.workers.said("The process of .*") == [
            f"The process of {name} ended by SIGKILL; it is started again in 1 s."
        ]
        assert sorted(after_a_restart.workers.children()) == list(after_a_restart.ports.processes)

    def test_who_was_moved_does_not_move_back(self, after_a_restart):
        assert together(Jar.upload, after_a_restart.jars) == [TAKEN] * VISITORS
        assert {jar.process for jar in after_a_restart.jars} == {after_a_restart.alive}

    def test_who_comes_then_is_sent_there(self, after_a_restart):
        wanted = f"bnsim_process={after_a_restart.dead};"

        await_that(lambda: asked(after_a_restart.ports, "/")[0]["Set-Cookie"].startswith(wanted))


class TestTheEnd:
    def test_all_processes_end_together(self, after_a_restart):
        workers = after_a_restart.workers

        assert workers.end() == 0
        assert workers.said("All processes have ended.\n$")
        assert [port for port in after_a_restart.ports.processes if is_open(port)] == []


class TestTheSite:
    def test_names_the_ports_of_four_processes_wherever_it_names_one(self):
        named = Counter(re.findall(r"127\.0\.0\.1:(85\d\d)\b", SITE.read_text("utf-8")))

        assert named == {"8501": 2, "8502": 2, "8503": 2, "8504": 2, "8500": 2}

    def test_has_a_port_for_each_process_that_the_service_starts(self):
        service = SITE.with_name("bnsim.service").read_text("utf-8")
        (workers,) = re.findall(r"^ExecStart=\S+/bnsim app --workers (\d+)$", service, re.MULTILINE)

        assert set(re.findall(r"server 127\.0\.0\.1:(\d+)", SITE.read_text("utf-8"))) == {
            str(start.FIRST_PORT + turn) for turn in range(int(workers))
        }
