"""What somebody says of ε and momentum as text: a number, or one with the framework that means it so, "0.99, Keras"."""

from bnsim.checkpoint.findings import Assumed
from bnsim.errors import InputError
from bnsim.scenario.fields import Control, FieldSpec
from bnsim.scenario.wording import refuse

EPS = FieldSpec("eps", "number", Control("", symbol="ε", quoted="eps"), 1e-5, 0, 1, low_open=True)
MOMENTUM = FieldSpec("momentum", "number", Control("", quoted="momentum"), 0.1, 0, 1, low_open=True)


def read_assumed(eps: str | None = None, momentum: str | None = None) -> tuple[Assumed, tuple[str, ...]]:
    """Return what is assumed of a model, and a sentence for each number that was given as a framework quotes it.

    Parameters
    ----------
    eps, momentum : str, optional
        None where nothing is said.

    Raises
    ------
    InputError
        With every problem at once.

    Examples
    --------
    >>> read_assumed("1e-3", "0.99, Keras")[0]
    Assumed(eps=0.001, momentum=0.01)
    """
    given = [(spec, text) for spec, text in ((EPS, eps), (MOMENTUM, momentum)) if text is not None]
    values = {spec.name: spec.read(text) for spec, text in given}
    numbers = {name: value for name, value in values.items() if isinstance(value, int | float)}
    problems = [spec.refusal(text) for spec, text in given if spec.name not in numbers]
    try:
        assumed = Assumed(**numbers)
    except InputError as error:
        raise InputError(*problems, *error.problems) from None
    refuse(InputError, problems)
    return assumed, tuple(sentence for spec, text in given for sentence in spec.told(text))
