"""A local layer as its own files say it, before it is laid over the regulation that it extends."""

from collections.abc import Mapping
from dataclasses import field

from engine.base.diagnostics import Location
from engine.core.policy.regulation import Parameter, Regulation
from engine.core.policy.rules import Ladder
from engine.core.policy.terms import NOWHERE, Located


class Overlay(Located):
    """A local layer as its own files say it: what it adds to a regulation, sets and chooses.

    `own` holds the header and the rules it adds, and `ladders` whose rungs and bars are only those added.
    """

    own: Regulation
    ladders: tuple[Ladder, ...]
    chosen: Mapping[str, str]
    parameters: Mapping[str, Parameter]
    extends_location: Location = field(default=NOWHERE, compare=False, repr=False)
