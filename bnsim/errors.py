"""The errors of bnsim: every refusal is one or more plain sentences for the person at the page."""


class BnsimError(Exception):
    """Something bnsim refuses or cannot do.

    Parameters
    ----------
    *problems : str
        One plain sentence per problem: what is wrong, where, what is allowed, the way out.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class InputError(BnsimError, ValueError):
    """The input is at fault; the command line answers with exit code 2."""


class ShapeError(InputError):
    """An array has a shape the engine cannot use."""


class ParamsError(InputError):
    """One or more parameters are unknown, of the wrong kind or out of range."""


class ScenarioError(InputError):
    """A scenario file is damaged, too large or asks for something that is not there."""


class DataError(InputError):
    """A file or text of the user's own numbers cannot be read as one batch."""


class MissingExtraError(BnsimError):
    """An optional package is needed for this and is not installed."""
