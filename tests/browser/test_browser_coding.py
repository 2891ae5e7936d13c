"""The same in code, in a browser: opened, another framework chosen, downloaded and run."""

import pytest
from programs import printed_by

CODE = "The same in code"


@pytest.fixture(scope="module")
def lab(visit):
    return visit.show()


class TestTheSameInCode:
    def test_follows_the_controls_and_the_download_prints_the_numbers_of_the_page(self, lab, tmp_path):
        page = lab.reveal(CODE).page
        page.get_by_text("plain NumPy", exact=True).click()
        page.get_by_text("the same in plain NumPy.").wait_for()
        lab.drag("gamma", moves=6)
        assert lab.release() == []
        with page.expect_download() as started:
            page.get_by_role("button", name="Download the program").click()
        file = tmp_path / started.value.suggested_filename
        started.value.save_as(file)
        program, ours = file.read_text("utf-8"), lab.result()

        assert file.name == "transform-numpy.py"
        assert f"# See it: {lab.base}/transform?" in program
        assert printed_by(program) == {
            key: pytest.approx(value, rel=1e-11, abs=1e-11) for key, value in ours.readouts.items()
        }
        assert lab.until(lambda: f"GAMMA = {ours.params.gamma!r} " in page.get_by_test_id("stCode").inner_text())
