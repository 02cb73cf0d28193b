"""The file of accounts: people with a role and a password, programs with a role and a key.

Passwords are kept as argon2 hashes. Keys are random, so that a plain hash is enough for them. The file is read again
when it changes: whoever is removed has no access from then on.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.base.diagnostics import Problems
from engine.base.files import read_content
from engine.base.writing import whole
from engine.serve.person import Person, Role

HASHER = PasswordHasher()
SHORTEST = 12
"""The least letters of a password."""
NAME_PATTERN = r"[\w.@-]{1,60}"
KEY_PREFIX = "xeploai_"


class Account(msgspec.Struct, frozen=True):
    """Somebody who signs in."""

    role: Role
    password: str


class Key(msgspec.Struct, frozen=True):
    """A program. `ends`: the last day on which its key is taken."""

    role: Role
    hash: str
    ends: date | None = None


class Accounts(msgspec.Struct, frozen=True):
    """What the file holds, by names."""

    people: dict[str, Account] = {}
    keys: dict[str, Key] = {}


class UnreadableAccounts(Exception):
    """The file is missing, or holds something else."""


class SharedName(Exception):
    """A person and a key have one name, the text of this. They would be one in the log, and share their drafts."""


def read_accounts(file: Path) -> Accounts:
    """Raises UnreadableAccounts."""
    try:
        return msgspec.json.decode(read_content(file), type=Accounts)
    except (Problems, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableAccounts(str(file)) from error


def write_accounts(file: Path, accounts: Accounts) -> None:
    """Writes the file whole or not at all; its owner alone can read it. Raises Unwritable."""
    with whole(file, private=True) as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(accounts), indent=2) + b"\n")


def with_person(accounts: Accounts, name: str, role: Role, password: str) -> Accounts:
    """The accounts with one more person, or with another role and password for one."""
    return msgspec.structs.replace(
        accounts, people={**accounts.people, name: Account(role, HASHER.hash(password))}
    )


def with_key(accounts: Accounts, name: str, role: Role, ends: date | None) -> tuple[Accounts, str]:
    """The accounts with one more key, and the key itself, which is kept nowhere."""
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    return msgspec.structs.replace(accounts, keys={**accounts.keys, name: Key(role, _hash(secret), ends)}), secret


def without(accounts: Accounts, name: str) -> Accounts:
    """The accounts without the person and the key of this name."""
    return Accounts(
        {other: account for other, account in accounts.people.items() if other != name},
        {other: key for other, key in accounts.keys.items() if other != name},
    )


def shared_names(accounts: Accounts) -> list[str]:
    """The names that both a person and a key have."""
    return sorted(accounts.people.keys() & accounts.keys.keys())


@cache
def _of_nobody() -> str:
    """What the password for a name that is unknown is compared with, so that it takes as long as any other."""
    return HASHER.hash(secrets.token_urlsafe(16))


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


@dataclass(eq=False)
class AccountBook:
    """The accounts of a server, as the file has them now."""

    file: Path
    _accounts: Accounts = field(init=False)
    _keys: Mapping[str, tuple[str, Key]] = field(init=False)
    _stat: tuple[int, int, int] = field(init=False)

    def __post_init__(self) -> None:
        """Raises UnreadableAccounts and SharedName."""
        _of_nobody()
        accounts = read_accounts(self.file)
        if shared := shared_names(accounts):
            raise SharedName(shared[0])
        self._take(accounts)

    def person(self, name: str) -> Person | None:
        """Who has this name now; None if nobody has it any more."""
        account = self._now().people.get(name)
        return None if account is None else Person(name, account.role, account.password)

    def signing_in(self, name: str, password: str) -> Person | None:
        """Who signs in with a name and a password; None if they do not match. Takes a while, and much memory."""
        account = self._now().people.get(name)
        try:
            HASHER.verify(_of_nobody() if account is None else account.password, password)
        except (VerificationError, InvalidHashError):
            return None
        return None if account is None else Person(name, account.role, account.password)

    def with_key(self, secret: str) -> Person | None:
        """Which program has this key; None if there is none, or if it has ended."""
        self._now()
        name, key = self._keys.get(_hash(secret), ("", None))
        if key is None or (key.ends is not None and datetime.now(UTC).date() > key.ends):
            return None
        return Person(name, key.role)

    def _now(self) -> Accounts:
        """If the file cannot be read, what it held before still counts. Of a name that a person and a key have since,
        neither gets in."""
        try:
            if _stat(self.file) != self._stat:
                accounts = read_accounts(self.file)
                for name in shared_names(accounts):
                    accounts = without(accounts, name)
                self._take(accounts)
        except (OSError, UnreadableAccounts):
            pass
        return self._accounts

    def _take(self, accounts: Accounts) -> None:
        self._stat = _stat(self.file)
        self._accounts = accounts
        self._keys = {key.hash: (name, key) for name, key in accounts.keys.items()}


def _stat(file: Path) -> tuple[int, int, int]:
    about = os.stat(file)
    return about.st_mtime_ns, about.st_size, about.st_ino
