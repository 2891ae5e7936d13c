import subprocess
import sys

import numpy as np
import pytest

from bnsim.data.archive import checksum, write_archive
from bnsim.data.digits import DIGITS_FILE, DIGITS_SHA256, load_digits


class TestDigits:
    def test_are_1797_images_of_64_pixels_from_0_to_16(self):
        images = load_digits().images

        assert images.shape == (1797, 8, 8)
        assert images.dtype == np.uint8
        assert (images.min(), images.max()) == (0, 16)

    def test_show_every_digit_about_equally_often(self):
        labels = load_digits().labels

        assert labels.dtype == np.uint8
        assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]

    def test_equal_those_of_scikit_learn(self):
        source = pytest.importorskip("sklearn.datasets").load_digits()

        np.testing.assert_array_equal(load_digits().images, source.images)
        np.testing.assert_array_equal(load_digits().labels, source.target)

    def test_match_their_checksum(self):
        digits = load_digits()

        assert checksum({"images": digits.images, "labels": digits.labels}) == DIGITS_SHA256

    def test_the_file_is_what_its_arrays_are_written_to(self, tmp_path):
        digits = load_digits()

        write_archive(tmp_path / "digits.npz", {"images": digits.images, "labels": digits.labels})

        with np.load(tmp_path / "digits.npz") as ours, np.load(DIGITS_FILE) as shipped:
            assert ours.files == shipped.files == ["images", "labels"]

    def test_are_read_once(self):
        assert load_digits() is load_digits()

    def test_cannot_be_written_to(self):
        with pytest.raises(ValueError, match="read-only"):
            load_digits().images[0, 0, 0] = 1

    def test_split_into_1347_to_train_and_450_to_test(self):
        digits = load_digits()

        assert digits.train.images.shape == (1347, 8, 8)
        assert digits.test.images.shape == (450, 8, 8)
        np.testing.assert_array_equal(np.concatenate([digits.train.labels, digits.test.labels]), digits.labels)


class TestImport:
    def test_reads_no_file(self):
        code = (
            "import sys\n"
            "opened = []\n"
            "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
            "import bnsim.data\n"
            "sys.exit(any(path.endswith('.npz') for path in opened))"
        )

        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
