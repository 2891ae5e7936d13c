import numpy as np
import pytest

from bnsim.data.archive import checksum, read_archive, write_archive
from bnsim.errors import BnsimError, InputError

ARRAYS = {"a": np.arange(12.0).reshape(3, 4), "b": np.arange(5, dtype=np.uint8)}
SENTENCE = "numbers.npz is missing or is not the file bnsim was shipped with; reinstall bnsim."


@pytest.fixture
def path(tmp_path):
    write_archive(tmp_path / "numbers.npz", ARRAYS)
    return tmp_path / "numbers.npz"


def refusal(path, names=("a", "b")):
    with pytest.raises(BnsimError) as error:
        read_archive(path, names, checksum(ARRAYS))
    return error.value


class TestArchive:
    def test_gives_back_what_was_written(self, path):
        arrays = read_archive(path, ("a", "b"), checksum(ARRAYS))

        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(arrays[name], array)
            assert arrays[name].dtype == array.dtype

    def test_same_arrays_give_the_same_bytes(self, path, tmp_path):
        write_archive(tmp_path / "again.npz", ARRAYS)

        assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()

    def test_a_missing_file_is_refused(self, tmp_path):
        assert str(refusal(tmp_path / "numbers.npz")) == SENTENCE

    def test_a_missing_array_is_refused(self, path):
        assert str(refusal(path, ("a", "c"))) == SENTENCE

    def test_other_numbers_are_refused(self, path):
        write_archive(path, {**ARRAYS, "b": np.zeros(5, dtype=np.uint8)})

        assert str(refusal(path)) == SENTENCE

    def test_no_cut_gets_through(self, path):
        whole = path.read_bytes()
        for length in range(0, len(whole), 7):
            path.write_bytes(whole[:length])

            assert str(refusal(path)) == SENTENCE

    def test_damage_is_not_the_users_fault(self, tmp_path):
        assert not isinstance(refusal(tmp_path / "numbers.npz"), InputError)
