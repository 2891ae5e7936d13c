"""What it costs a server that a student's page looks again: at most twice what a rerun costs that draws a slider."""

import time
from pathlib import Path

import streamlit.proto.BackMsg_pb2 as back
import streamlit.proto.ForwardMsg_pb2 as forward
from visitor import Server, Visitor, cpu, serving, visiting

ROOT = Path(__file__).parents[2]
MOST = 2.0
LOOKS, ROUNDS = 40, 5

EMPTY = """
import streamlit as st
st.slider("x", 0, 10)
"""
ROOM = """
import streamlit as st
from bnsim.app.classroom.keys import SEAT, Secret
from bnsim.app.shell import main
from bnsim.classroom import topic_of
from bnsim.classroom.shared import classroom

@st.cache_resource
def room():
    return classroom().open(topic_of("one-image")).code

if "bnsim.room.secrets" not in st.session_state:
    name, token = f"{room()}/{SEAT}", classroom().join(room()).token
    st.session_state["bnsim.room.secrets"] = {name: Secret(name, token, heard=True, kept=token)}
    st.query_params["join"] = room()
main()
"""


class Student(Visitor):
    """A session that notes which fragment is to run again by itself."""

    look = ""

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        if answer.WhichOneof("type") == "auto_rerun":
            self.look = answer.auto_rerun.fragment_id
        super().note(answer, size)

    def again(self) -> None:
        message = back.BackMsg()
        message.rerun_script.page_script_hash, message.rerun_script.query_string = self.page_hash, self.query
        message.rerun_script.fragment_id = self.look
        self.send(message)


def milliseconds(server: Server, visitor: Student) -> float:
    """Return what a rerun takes of the server, in the quietest of a few rounds."""
    rounds = []
    for _ in range(ROUNDS):
        start = cpu(server)
        for _ in range(LOOKS):
            visitor.again()
        rounds.append((cpu(server) - start) / 1e6 / LOOKS)
    return min(rounds)


def cost(script: str, folder: Path, page: str = "") -> tuple[float, int]:
    """Return what a rerun takes of a server with nobody else, and the bytes that are sent."""
    file = folder / "app.py"
    file.write_text(script, "utf-8")
    with serving(file, ROOT) as server, visiting(server, page, Student) as visitor:
        time.sleep(2)  # what is made after the first visitor came is made
        found = milliseconds(server, visitor)
        before = visitor.received
        visitor.again()
        return found, visitor.received - before


def test_a_look_costs_at_most_twice_an_empty_rerun(tmp_path):
    empty, _ = cost(EMPTY, tmp_path)
    look, sent = cost(ROOM, tmp_path, "classroom")

    print(f"\nan empty rerun {empty:.2f} ms, a look {look:.2f} ms and {sent} bytes")
    assert look <= MOST * empty
