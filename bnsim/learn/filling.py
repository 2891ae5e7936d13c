"""The numbers of a text, written as the answers of the experiments write them."""

from collections.abc import Mapping

from bnsim.experiment import Readout, Result, Segment
from bnsim.experiments import find
from bnsim.learn.markup import Number
from bnsim.learn.reader import Page
from bnsim.once import once
from bnsim.scenario.params import Params

Filled = Mapping[Number, Segment]


def filled(page: Page, result: Result | None) -> Filled:
    """Return how each number of a text is written.

    Parameters
    ----------
    page : Page
        The text.
    result : Result or None
        Of the page's own scenario, or of what a reader has made of it; None where it has none.
    """
    own = {} if result is None else _written(result, [number for number in page.numbers if not number.of])
    return {**own, **_of_others(page)}


def _of_others(page: Page) -> Filled:
    """Return the numbers of a text's other scenarios, which no reader changes."""
    found = dict[Number, Segment]()
    for key, scenario in page.others.items():
        wanted = [number for number in page.numbers if number.of == key]
        found |= _written(_result(scenario.experiment, scenario.params), wanted)
    return found


@once
def _result(slug: str, params: Params) -> Result:
    return Result(find(slug), params)


def _written(result: Result, numbers: list[Number]) -> dict[Number, Segment]:
    readouts: dict[str, Readout] = {readout.key: readout for readout in result.readout_list}
    return {
        number: result.experiment.say_number("learn", number.name, number.form, result.params, readouts, {})
        for number in numbers
    }
