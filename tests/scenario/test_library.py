"""The scenario files at hand."""

import errno
import os
from pathlib import Path

import pytest

from bnsim.errors import InputError, ScenarioError
from bnsim.scenario import library as module
from bnsim.scenario.library import Library, folders, load
from bnsim.scenario.params import Params


class Lab(Params):
    mean: float = 0.0


def params_of(slug: str) -> type[Params]:
    if slug not in ("lab", "mill"):
        raise InputError(f"{slug} is not an experiment.")
    return Lab


def put(folder: Path, name: str, *, experiment: str = "lab", title: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(f'schema = 1\nexperiment = "{experiment}"\ntitle = "{title}"\n[[scenario]]\nname = "a"\n')
    return path


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    put(tmp_path / "shipped", "b-set")
    put(tmp_path / "shipped", "a-set", experiment="mill")
    return tmp_path / "shipped"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    put(tmp_path / "own", "c-set")
    return tmp_path / "own"


def refusal(path: Path | str) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as error:
        load(path, params_of)
    return error.value.problems


class TestFolders:
    def test_shipped_ones_are_beside_the_package_in_a_checkout(self, monkeypatch):
        monkeypatch.delenv("BNSIM_SCENARIOS", raising=False)

        assert folders() == (Path(__file__).resolve().parents[2] / "scenarios",)

    def test_shipped_ones_are_inside_an_installed_package(self, monkeypatch, tmp_path):
        monkeypatch.delenv("BNSIM_SCENARIOS", raising=False)
        monkeypatch.setattr(module, "PACKAGE", tmp_path)
        inside = tmp_path / "_shipped" / "scenarios"
        inside.mkdir(parents=True)

        assert folders() == (inside,)

    def test_the_users_own_comes_second(self, monkeypatch, tmp_path):
        monkeypatch.setenv("BNSIM_SCENARIOS", str(tmp_path))

        assert folders()[1:] == (tmp_path,)


class TestLibrary:
    def test_sets_are_sorted_by_the_name_of_their_file(self, shipped, own):
        library = Library.open(params_of, [shipped, own])

        assert list(library.sets) == ["a-set", "b-set", "c-set"]
        assert library.problems == ()

    def test_knows_the_sets_of_an_experiment(self, shipped):
        library = Library.open(params_of, [shipped])

        assert list(library.of("mill")) == ["a-set"]
        assert library.of("nothing") == {}

    def test_knows_which_are_shipped(self, shipped, own):
        library = Library.open(params_of, [shipped, own])

        assert [name for name in library.sets if library.shipped(name)] == ["a-set", "b-set"]

    def test_an_own_set_does_not_hide_a_shipped_one(self, shipped, own):
        put(shipped, "b-set", title="shipped")
        put(own, "b-set", title="own")
        library = Library.open(params_of, [shipped, own])

        assert library.sets["b-set"].title == "shipped"
        assert library.sets["own/b-set"].title == "own"
        assert not library.shipped("own/b-set")

    def test_opens_the_usual_folders(self, monkeypatch, shipped, own):
        monkeypatch.setattr(module, "PACKAGE", shipped.parent / "bnsim")
        monkeypatch.setenv("BNSIM_SCENARIOS", str(own))
        shipped.rename(shipped.parent / "scenarios")

        assert list(Library.open(params_of).sets) == ["a-set", "b-set", "c-set"]

    def test_only_toml_files_are_looked_at(self, shipped):
        (shipped / "notes.md").write_text("not a scenario")

        assert Library.open(params_of, [shipped]).problems == ()

    def test_a_broken_file_is_told_and_hides_no_other(self, shipped):
        put(shipped, "broken", experiment="lob")
        (shipped / "large.toml").write_bytes(b"#" * (2**20 + 1))
        (shipped / "folder.toml").mkdir()
        library = Library.open(params_of, [shipped])

        assert list(library.sets) == ["a-set", "b-set"]
        assert library.problems == (
            "broken.toml: experiment: lob is not an experiment.",
            "folder.toml is a folder; name a scenario file in it.",
            "large.toml: the file must be at most 1048576 bytes; got more.",
        )

    def test_a_missing_folder_is_told(self, shipped, tmp_path):
        library = Library.open(params_of, [shipped, tmp_path / "none"])

        assert list(library.sets) == ["a-set", "b-set"]
        assert library.problems == (
            f"The scenario folder {tmp_path / 'none'} cannot be read: "
            "No such file or directory. BNSIM_SCENARIOS may name another.",
        )

    def test_at_most_500_files_of_a_folder_are_read(self, tmp_path, monkeypatch):
        monkeypatch.setattr(module, "MOST_FILES", 2)
        for name in "abc":
            put(tmp_path / "many", name)
        library = Library.open(params_of, [tmp_path / "many"])

        assert list(library.sets) == ["a", "b"]
        assert library.problems == (f"The scenario folder {tmp_path / 'many'} holds 3 files; the first 2 are read.",)

    def test_file_names_that_cannot_be_shown_are_told(self, tmp_path):
        put(tmp_path / "odd", "a\nb")
        library = Library.open(params_of, [tmp_path / "odd"])

        assert library.sets == {}
        assert library.problems == ("'a\\nb.toml' must have a name of printable characters.",)


class TestLoad:
    def test_reads_a_file(self, own):
        assert load(own / "c-set.toml", params_of).names == ("a",)
        assert load(str(own / "c-set.toml"), params_of).experiment == "lab"

    def test_a_missing_file(self, own):
        sentence = "d-set.toml does not exist; name a scenario file that ends in .toml."

        assert refusal(own / "d-set.toml") == (sentence,)

    def test_a_folder(self, own):
        assert refusal(own) == ("own is a folder; name a scenario file in it.",)
        assert refusal("/") == ("'/' is a folder; name a scenario file in it.",)

    def test_a_name_no_file_can_have(self):
        assert refusal("a\x00b") == ("'a\\x00b' does not exist; name a scenario file that ends in .toml.",)
        sentence = "cannot be opened: the name is longer than this system allows; give a shorter one."
        assert refusal("a" * 5000) == (f"{'a' * 63}… {sentence}",)

    def test_an_unreadable_file(self, own, monkeypatch):
        def refuse(*args: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)

        sentence = "cannot be read: Permission denied; allow reading it, or name a copy that you may read."
        assert refusal(own / "c-set.toml") == (f"c-set.toml {sentence}",)

    def test_every_sentence_names_the_file(self, own):
        path = put(own, "broken", experiment="lob")
        path.write_text(path.read_text() + "extra = 1\n")

        assert refusal(path) == (
            "broken.toml: experiment: lob is not an experiment.",
            'broken.toml: scenario 1 ("a"): extra is not a key of a scenario. Its keys are name, title, note, params.',
        )
        path.write_text("=")
        assert refusal(path) == ("broken.toml: the file must be valid TOML: Invalid statement (at line 1, column 1).",)
