"""What all visitors share: results that somebody looks at are made once, for everybody who asks the same."""

from threading import Lock
from weakref import WeakValueDictionary

from bnsim.experiment import Experiment, Result
from bnsim.scenario.params import Params

# A session holds the result that it shows, and this does not: it takes no memory beyond what the sessions hold, and
# a class that opens one link holds one result.
_SHOWN: WeakValueDictionary[tuple[str, Params], Result] = WeakValueDictionary()
_LOOKING = Lock()


def result_of(experiment: Experiment, params: Params) -> Result:
    """Return the result that some visitor has for these parameters, or a new one, of which nothing is made yet.

    Of slow work it is the result that nothing has been found so far.
    """
    key = experiment.slug, params
    with _LOOKING:
        shown = _SHOWN.get(key)
    if shown is not None:
        return shown
    work = experiment.work
    new = Result(experiment, params) if work is None else Result.of(experiment, params, work.nothing(params))
    with _LOOKING:
        return _SHOWN.setdefault(key, new)
