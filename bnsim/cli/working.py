"""What the commands that run something share: what was asked for, who does slow work, and what is said of both."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from bnsim import without_effect
from bnsim.cli.speech import complain
from bnsim.errors import InputError

if TYPE_CHECKING:
    from bnsim.cli.targets import Target
    from bnsim.exports.asked import Export


@contextmanager
def at_work(target: str, address: str | None, workers: int | None = None) -> Iterator[dict[str, Any]]:
    """Give who does slow work and who hears of it; what was lost on the way is said on stderr."""
    from bnsim.cli.progress import ProgressBar
    from bnsim.scenario.wording import cut
    from bnsim.work.sharing import cluster, processes

    if address is not None and workers is not None:
        raise InputError("--workers or --dask must say who does the work; got both.")
    with ExitStack() as stack:
        client = None if address is None else stack.enter_context(cluster(address))
        client = client if workers is None else stack.enter_context(processes(workers))
        said = stack.enter_context(warnings.catch_warnings(record=True, category=UserWarning))
        warnings.simplefilter("always", UserWarning)
        with ProgressBar(cut(target)) as progress:
            yield {"executor": client, "progress": progress}
        complain((str(each.message) for each in said if issubclass(each.category, UserWarning)), 0)


def asked_for(target: str, settings: Sequence[str], how: dict[str, Any]) -> "Export":
    """Return what a command is to run or to export; what was guessed and what has no effect is said on stderr."""
    from bnsim.cli.targets import requested
    from bnsim.exports.asked import Export

    found = requested(target, settings)
    complain((*found.told, *hints(found)), 0)
    return Export(found.scenarios, found.stem, **how)


def hints(found: "Target") -> Iterable[str]:
    """Return a sentence, once, for every parameter that was given and changes nothing."""
    params = (each.params for each in found.scenarios.scenarios)
    return dict.fromkeys(hint for each in params for hint in without_effect(each, found.given))
