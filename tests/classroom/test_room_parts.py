"""Codes, topics, words, the board, downloads, and where the rooms of a process are."""

import subprocess
import sys
import tomllib
from importlib.resources import files

import pytest
from rooms import RIGHT, TOPIC, WAYS, WRONG, Clock, first
from written_lessons import CHOICE, changed, written

from bnsim.classroom import Phase, code_in, shared, spaced, topic_in, topic_of
from bnsim.classroom.bounds import LARGEST_TOPIC
from bnsim.classroom.classroom import Classroom
from bnsim.classroom.codes import LETTERS, hashed, is_same, new_code, new_secret
from bnsim.classroom.database import engine_of
from bnsim.classroom.store import Store
from bnsim.classroom.topic import asked_only
from bnsim.classroom.watch import Watch
from bnsim.errors import LessonError, MissingExtraError, RoomError
from bnsim.experiments import find
from bnsim.learn.lesson import Answer, Lessons

NO_PLACE = "BNSIM_ROOMS must be the path of a file or a postgresql:// address; got '{}'."
LOOKALIKES = ("I1L", "O0QD", "UV", "S5", "Z2", "B8", "G6C")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def a_class(clock):
    engine = engine_of()
    store = Store(engine, clock)
    yield Classroom(store, Watch(store.read, clock))
    engine.dispose()


class TestCodes:
    def test_hold_no_two_signs_that_look_alike(self):
        assert all(len(set(alike) & set(LETTERS)) <= 1 for alike in LOOKALIKES)
        assert not set("AEIOUY") & set(LETTERS)

    def test_are_read_as_they_are_made(self):
        code = new_code()

        assert code_in(spaced(code)) == code_in(code.lower()) == code

    def test_that_can_be_none_are_told(self):
        with pytest.raises(RoomError) as error:
            code_in("ABCDEF")

        assert str(error.value) == (
            "the code of a room must be 6 of the letters C D F H J K M N P R T W X; got 'ABCDEF'. "
            "It stands on the projector."
        )

    def test_secrets_have_256_bits_and_are_known_by_their_hash(self):
        one, other = new_secret(), new_secret()

        assert len(one) == len(other) == 43
        assert is_same(hashed(one), hashed(one))
        assert not is_same(hashed(one), hashed(other))


class TestTopics:
    def test_are_the_lessons_at_hand(self):
        known = Lessons.open()

        assert {name: topic_of(name, known).lesson for name in known.lessons} == known.lessons

    def test_are_single_steps_of_them(self):
        topic = topic_of("batch-of-two/gradient")

        assert [step.name for step in topic.steps] == ["gradient"]
        assert topic.step(1).readout == "pair_gradient"

    def test_may_be_a_lesson_whose_name_has_a_slash(self, tmp_path, monkeypatch):
        (tmp_path / "batch-of-two.toml").write_text(written(CHOICE))
        monkeypatch.setenv("BNSIM_SCENARIOS", str(tmp_path))
        name = next(name for name in Lessons.open().lessons if name.endswith("/batch-of-two"))

        assert topic_of(name).steps[0].name == topic_of(f"{name}/alone").steps[0].name == "alone"

    @pytest.mark.parametrize(
        ("target", "told"),
        [
            ("batch-of-too", "lesson: batch-of-too is not a lesson here. Did you mean batch-of-two?"),
            ("batch-of-two/larger", "step: larger is not a step of this lesson. Did you mean largest?"),
        ],
    )
    def test_that_are_not_there_are_told_with_the_nearest(self, target, told):
        with pytest.raises(RoomError) as error:
            topic_of(target)

        assert str(error.value) == told

    def test_of_a_teachers_own_are_read_as_lessons_are(self):
        with pytest.raises(LessonError) as error:
            topic_in(written(changed(CHOICE, {"readout": "z"})))

        assert "step 1" in str(error.value)

    def test_are_bounded(self):
        with pytest.raises(RoomError) as error:
            topic_in(written(CHOICE) + "#" * LARGEST_TOPIC)

        assert str(error.value).startswith("what a room asks must be at most 131072 bytes; got 13")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (b"# \xff", "what a room asks must be UTF-8 text; byte 3 is not."),
            ("# \udcff", "what a room asks must be UTF-8 text; character 3 is not."),
        ],
    )
    def test_are_text(self, text, told):
        with pytest.raises(LessonError) as error:
            topic_in(text)

        assert str(error.value) == told

    def test_without_their_answers_still_ask_the_same(self):
        for step in (step for lesson in Lessons.open().lessons.values() for step in lesson.steps):
            hidden = asked_only(step)
            assert hidden.question == step.question
            assert [choice.text for choice in hidden.choices] == [choice.text for choice in step.choices]
            assert hidden.bounds == step.bounds


class TestBoard:
    def test_is_a_scenario_set_by_seat_without_names(self, a_class, clock):
        keys = a_class.open(TOPIC)
        seats = [a_class.join(keys.code) for _ in range(3)]
        transform = find("transform")
        for at, seat in enumerate(seats):
            a_class.share(keys.code, seat.token, "transform", transform.params.of({"mean": at, "std": 2.5}))
        board = a_class.board(keys.code, keys.key)

        assert set(board.names) == {f"seat-{seat.number}" for seat in seats}
        assert board.get(f"seat-{seats[2].number}").params.mean == 2.0
        assert {(each.title, each.note) for each in board.scenarios} == {("", "")}

    def test_takes_the_last_settings_of_a_seat(self, a_class, clock):
        keys = a_class.open(TOPIC)
        seat = a_class.join(keys.code)
        for mean in (1, 2):
            a_class.share(keys.code, seat.token, "transform", find("transform").params.of({"mean": mean}))
            clock.now += 1

        assert [each.params.mean for each in a_class.board(keys.code, keys.key).scenarios] == [2.0]

    def test_is_nothing_where_nobody_put_anything(self, a_class):
        keys = a_class.open(TOPIC)

        assert a_class.board(keys.code, keys.key) is None

    def test_is_about_what_is_asked(self, a_class):
        keys = a_class.open(TOPIC)
        seat = a_class.join(keys.code)
        with pytest.raises(RoomError) as error:
            a_class.share(keys.code, seat.token, "depth", find("depth").params())

        assert str(error.value) == "the board holds settings of transform, which the question is about; got depth."

    def test_is_bounded(self, a_class):
        keys = a_class.open(TOPIC)
        seat = a_class.join(keys.code)
        many = find("transform").params.of({"source": "own", "values": [0.5] * 3000})
        with pytest.raises(RoomError, match=r"^settings on the board must be at most 8000 bytes; got \d+\. Keep"):
            a_class.share(keys.code, seat.token, "transform", many)


class TestDownload:
    def test_has_every_answer_by_seat_and_what_is_on_the_board(self, a_class, clock):
        keys = a_class.open(TOPIC)
        seats = sorted((a_class.join(keys.code) for _ in range(2)), key=lambda seat: seat.number)
        for seat, answer in zip(seats, (WRONG, RIGHT), strict=True):
            a_class.vote(keys.code, seat.token, first(answer))
        for to in (Phase.CLOSED, Phase.REVEALED, Phase.OPEN):
            a_class.advance(keys.code, keys.key, to)
        clock.now += 1
        a_class.vote(keys.code, seats[0].token, first(Answer(number=0.1), 2))
        a_class.share(keys.code, seats[1].token, "transform", find("transform").params())
        clock.now += 1
        found = a_class.download(keys.code, keys.key)

        one, two = (seat.number for seat in seats)
        assert found["answers.csv"].splitlines() == [
            "round,question,vote,seat,answer,right",
            f"1,alone,1,{one},Less than 1,no",
            f"1,alone,1,{two},More than 1,yes",
            f"2,number,1,{one},0.1,",
        ]
        head, row = found["board.csv"].splitlines()
        assert head.startswith("scenario,")
        assert row.startswith(f"seat-{two},")

    def test_has_no_text_that_a_spreadsheet_would_compute(self, a_class):
        evil = changed(CHOICE, {"choices": [{"text": "=1+1", "to": 1}, {"text": "@x", "from": 1}]})
        keys = a_class.open(topic_in(written(evil)))
        seat = a_class.join(keys.code)
        a_class.vote(keys.code, seat.token, first(WRONG))

        assert f",{seat.number},'=1+1," in a_class.download(keys.code, keys.key)["answers.csv"]


class TestWords:
    def test_are_there_for_every_phase(self):
        words = tomllib.loads((files("bnsim.classroom") / "text.toml").read_text("utf-8"))

        for table in ("phase", "student", "projector", "students_see"):
            assert set(words[table]) == set(Phase)
        assert set(words["error"]["late"]) == set(Phase) - {Phase.OPEN, Phase.REOPENED}


class TestPlace:
    @pytest.mark.parametrize(
        ("place", "told"),
        [
            ("mysql://u:secret@host/db", NO_PLACE.format("mysql://…")),
            ("postgresql://u:secret@host:x/db", NO_PLACE.format("postgresql://…")),
            (
                "nowhere/rooms.db",
                "BNSIM_ROOMS must be the path of a file in a folder that is there; got 'nowhere/rooms.db'.",
            ),
        ],
    )
    def test_that_cannot_be_is_told_without_its_password(self, place, told):
        with pytest.raises(RoomError) as error:
            engine_of(place)

        assert str(error.value) == told

    def test_in_postgres_needs_its_driver(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "psycopg", None)
        with pytest.raises(MissingExtraError) as error:
            engine_of("postgresql://u@127.0.0.1:1/x")

        assert str(error.value) == 'rooms on Postgres need the extra "postgres"; run: pip install "bnsim[postgres]".'

    @pytest.mark.parametrize("place", ["postgresql://u:secret@127.0.0.1:1/x", "folder", "notes.txt"])
    def test_that_does_not_answer_is_told(self, place, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "folder").mkdir()
        (tmp_path / "notes.txt").write_text("My shopping list, which is no database, and long enough to be one. " * 20)
        with pytest.raises(RoomError) as error:
            engine_of(place)

        assert str(error.value) == (
            "The rooms cannot be kept where BNSIM_ROOMS says: no database answers there, or it lets nothing be written."
        )

    def test_is_a_file_that_outlasts_the_process(self, tmp_path, monkeypatch):
        place = str(tmp_path / "rooms.db")
        monkeypatch.setenv("BNSIM_ROOMS", place)
        engine = engine_of(place)
        keys = Store(engine).open_room(TOPIC)
        engine.dispose()
        shared.classroom.cache_clear()
        try:
            assert shared.classroom() is shared.classroom()
            assert shared.classroom().teacher(keys.code, keys.key).phase is Phase.OPEN
        finally:
            shared.classroom.cache_clear()

    def test_is_not_looked_for_before_a_room_is_used(self):
        asked = "import sys, bnsim.classroom.shared, bnsim.classroom.views; print('sqlalchemy' in sys.modules)"
        found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)

        assert found.stdout == "False\n"


def test_every_phase_can_be_reached():
    assert set(WAYS) == set(Phase)
