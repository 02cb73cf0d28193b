"""What the solver's process hands back of a property, as data that travels between processes, without z3."""

from engine.core.policy.terms import Frozen
from engine.proof.verdict import Reason, Sample


class Unbroken(Frozen):
    """No case of any space breaks the property; `samples` are cases that reach what must be reached, each with the
    number of its space and what it reaches."""

    spaces: int
    questions: int
    samples: tuple[tuple[int, Sample, tuple[str, ...]], ...] = ()


class Broken(Frozen):
    """A case, or two, of the space with this number break the property; `others` are the numbers of the other spaces
    in which it breaks too."""

    spaces: int
    questions: int
    space: int
    samples: tuple[Sample, ...]
    about: tuple[str, ...] = ()
    others: tuple[int, ...] = ()


class Unreached(Frozen):
    """No case reaches these, each with the numbers of the spaces in which that is so."""

    spaces: int
    questions: int
    missing: tuple[tuple[str, tuple[int, ...]], ...]


class SaysNothing(Frozen):
    """The property claims something of no case."""

    spaces: int
    questions: int


class Undecided(Frozen):
    """Why there is no answer, and after how many of the spaces."""

    spaces: int
    questions: int
    reason: Reason
    done: int


Answer = Unbroken | Broken | Unreached | SaysNothing | Undecided
