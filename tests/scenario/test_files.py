"""Whatever the system says of a file or folder that somebody names becomes one sentence, and nothing waits."""

import os
import socket
import time
from pathlib import Path

import pytest

from bnsim.errors import DataError, InputError
from bnsim.scenario.files import exists, make_folder, read_file, shown_path, toml_files, write_file

WHAT = "data file"


def refusal(path):
    start = time.perf_counter()
    with pytest.raises(DataError) as error:
        read_file(path, 10, what=WHAT, error=DataError)
    assert time.perf_counter() - start < 20  # a pipe or a device would be waited for without an end
    return str(error.value)


class TestReadFile:
    def test_reads_one_byte_more_than_allowed(self, tmp_path):
        (tmp_path / "x").write_bytes(b"12345678901234567890")

        assert read_file(tmp_path / "x", 10, what=WHAT) == b"12345678901"

    def test_a_link_to_a_file_is_the_file(self, tmp_path):
        (tmp_path / "x").write_bytes(b"1")
        (tmp_path / "link").symlink_to(tmp_path / "x")

        assert read_file(str(tmp_path / "link"), 10, what=WHAT) == b"1"

    def test_nothing_of_that_name(self, tmp_path):
        assert refusal(tmp_path / "gone") == "gone does not exist; name a data file."

    @pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
    def test_a_name_nothing_can_have(self, name):
        assert refusal(name) == f"{name!r} does not exist; name a data file."

    def test_a_part_of_the_path_is_a_file(self, tmp_path):
        (tmp_path / "x").touch()

        assert refusal(tmp_path / "x" / "y") == "y does not exist: a part of its path is a file and no folder."

    def test_a_name_too_long(self):
        assert refusal("a" * 300) == (
            f"{'a' * 63}… cannot be opened: the name is longer than this system allows; give a shorter one."
        )

    def test_links_in_a_circle(self, tmp_path):
        (tmp_path / "a").symlink_to(tmp_path / "b")
        (tmp_path / "b").symlink_to(tmp_path / "a")

        assert refusal(tmp_path / "a") == (
            "a cannot be opened: it is a link that leads in a circle; name the file itself."
        )

    def test_a_folder(self, tmp_path):
        assert refusal(tmp_path) == f"{tmp_path.name} is a folder; name a data file in it."

    def test_a_pipe_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")

        assert refusal(tmp_path / "pipe") == (
            "pipe is a pipe and no file; write what comes out of it into a file first."
        )

    def test_a_socket(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)  # the path of a socket must be short
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind("s")

            assert refusal("s") == "s is a socket and no file; name a file."

    def test_a_device(self):
        assert refusal("/dev/zero") == "zero is a device and no file; name a file."

    def test_what_may_not_be_read(self, tmp_path, monkeypatch):
        (tmp_path / "x").touch()

        def refuse(*_):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)

        assert refusal(tmp_path / "x") == (
            "x cannot be read: Permission denied; allow reading it, or name a copy that you may read."
        )

    def test_any_other_reason_is_given_as_the_system_gives_it(self, tmp_path, monkeypatch):
        (tmp_path / "x").touch()

        def refuse(*_):
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(os, "open", refuse)

        assert refusal(tmp_path / "x") == "x cannot be read: Input/output error."


class TestWriteFile:
    def test_replaces_a_longer_file(self, tmp_path):
        (tmp_path / "x").write_bytes(b"12345")
        write_file(tmp_path / "x", b"1")

        assert (tmp_path / "x").read_bytes() == b"1"

    def test_a_pipe_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(InputError) as error:
            write_file(tmp_path / "pipe", b"1")

        assert str(error.value) == "pipe is a pipe and no file; write what comes out of it into a file first."

    def test_a_name_too_long(self, tmp_path):
        with pytest.raises(InputError) as error:
            write_file(tmp_path / ("a" * 300), b"1")

        assert str(error.value) == f"{'a' * 63}… cannot be written: File name too long."


class TestFolders:
    @pytest.mark.parametrize("name", ["a" * 5000, "\0", ":" * 5000])
    def test_no_name_is_too_odd_to_ask_for(self, name):
        assert not exists(name)
        assert toml_files(name)[0] == []
        assert toml_files(name)[1]

    def test_one_that_cannot_be_made_is_refused_in_a_sentence(self):
        with pytest.raises(InputError) as error:
            make_folder(Path("a" * 5000))

        assert str(error.value) == f"{'a' * 299}… must be a folder that can be written to; File name too long."

    def test_a_path_is_shown_on_one_line(self):
        assert shown_path("a\nb") == "'a\\nb'"
