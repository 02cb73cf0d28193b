"""Who asks, and what they may do."""

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["reader", "recorder", "editor"]
ROLES: tuple[Role, ...] = ("reader", "recorder", "editor")
"""Each may do what those before it may: read and evaluate; keep cases; change policies."""


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in, or a program with a key."""

    name: str
    role: Role
    proof: str = field(default="", compare=False, repr=False)
    """What is another if the person was given another password, so that sessions from before it end."""

    def may(self, role: Role) -> bool:
        """Do they have this role, or one above it?"""
        return ROLES.index(self.role) >= ROLES.index(role)
