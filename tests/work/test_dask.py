"""A sweep on a real Dask cluster of two workers on this machine: the same numbers, also when a worker is lost."""

import json
import os
import signal
import warnings

import pandas as pd
import pytest
from click.testing import CliRunner

import bnsim
from bnsim.cli import main
from bnsim.errors import InputError
from bnsim.work import sharing

distributed = pytest.importorskip("distributed", reason='needs the extra "dask": pip install "bnsim[dask]"')

SMALL = {"depth": 1, "width": 8, "steps": 6, "samples": 8, "draws": 1, "tuning_steps": 2, "seeds": 2}
ASKED = [("transfer", {**SMALL, "seed": seed}) for seed in range(3)]
SETTINGS = [part for name, value in SMALL.items() for part in ("--set", f"{name}={value}")]


@pytest.fixture(scope="module")
def cluster(own_main):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Dask says of its own ports and sockets is not ours to mend
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as found:
            yield found


@pytest.fixture(scope="module")
def alone():
    return [bnsim.run(slug, **params) for slug, params in ASKED]


def assert_same(results, expected):
    for one, two in zip(results, expected, strict=True):
        assert [repr(each) for each in one.readout_list] == [repr(each) for each in two.readout_list]
        for name, frame in one.tables.items():
            pd.testing.assert_frame_equal(frame, two.tables[name], check_exact=True)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
class TestCluster:
    def test_a_client_is_an_executor_and_finds_the_same(self, cluster, alone):
        heard: list[float] = []
        with distributed.Client(cluster) as client:
            assert len(client.scheduler_info()["workers"]) == 2
            assert_same(bnsim.run_many(ASKED, executor=client, progress=heard.append), alone)

        assert heard == sorted(heard)
        assert heard[-1] == pytest.approx(1.0)

    def test_so_does_the_command_line(self, cluster):
        arguments = ["run", "transfer", *SETTINGS, "--format", "json"]
        here = CliRunner().invoke(main, arguments)
        there = CliRunner().invoke(main, [*arguments, "--dask", cluster.scheduler_address])

        assert there.exit_code == 0, there.stderr
        assert there.stdout == here.stdout
        assert json.loads(there.stdout)["scenarios"][0]["readouts"]["changed_source"] is not None

    def test_a_lost_worker_does_not_lose_the_sweep(self, cluster, alone):
        with distributed.Client(cluster) as client:
            (victim, *_) = client.run(os.getpid).values()
            lost: list[int] = []

            def lose_one(done: float) -> None:
                if not lost:
                    lost.append(victim)
                    os.kill(victim, signal.SIGKILL)

            assert_same(bnsim.run_many(ASKED, executor=client, progress=lose_one), alone)
            assert lost == [victim]

    def test_an_address_where_nothing_answers_is_a_sentence(self, monkeypatch):
        monkeypatch.setattr(sharing, "PATIENCE", 0.5)
        found = CliRunner().invoke(main, ["run", "transfer", "--dask", "tcp://127.0.0.1:9"])

        assert found.exit_code == 2
        assert found.stderr.startswith("--dask must be the address of a running Dask scheduler; 'tcp://127.0.0.1:9': ")
        assert found.stderr.count("\n") == 1

    def test_what_is_no_address_too(self):
        found = CliRunner().invoke(main, ["run", "transfer", "--dask", "what is this"])

        assert found.exit_code == 2
        assert found.stderr.startswith("--dask must be the address of a running Dask scheduler; 'what is this': ")


class TestRefusal:
    @pytest.mark.parametrize(
        ("error", "reason"), [(TimeoutError(), "TimeoutError"), (OSError("no route.\nmore"), "no route")]
    )
    def test_is_a_sentence_whatever_the_error_says(self, monkeypatch, error, reason):
        def client(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(distributed, "Client", client)
        with pytest.raises(InputError) as refused:
            sharing.cluster("tcp://h:1")

        assert str(refused.value) == f"--dask must be the address of a running Dask scheduler; 'tcp://h:1': {reason}."


class TestExtra:
    def test_without_it_the_sentence_names_it(self, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "distributed", None)
        found = CliRunner().invoke(main, ["run", "transfer", "--dask", "tcp://127.0.0.1:8786"])

        assert (found.exit_code, found.stderr) == (
            1,
            '--dask needs the extra "dask"; run: pip install "bnsim[dask]".\n',
        )
