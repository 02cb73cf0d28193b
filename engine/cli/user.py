"""`xeploai user`: the accounts of the service."""

import re
import sys
from collections.abc import Container
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.base.extras import need_extra
from engine.base.words import words
from engine.cli.help import Verb
from engine.cli.opening import problems_end_it
from engine.cli.options import language_option
from engine.cli.usage import Commands, misuse

if TYPE_CHECKING:
    from engine.serve.accounts import Accounts
    from engine.serve.person import Role

SAYS = words("cli", "user")
ROLES = ("reader", "recorder", "editor")
file_option = click.option(
    "--users", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="users"
)
role_option = click.option("--role", type=click.Choice(ROLES), required=True, help="role")


@click.group(cls=Commands)
def user() -> None:
    """The accounts of the service."""
    need_extra("serve", "argon2")


@user.command(cls=Verb)
@click.argument("name")
@file_option
@role_option
@language_option
def add(name: str, file: Path, role: "Role", language: str) -> None:
    """Add or change an account."""
    from engine.serve.accounts import SHORTEST, with_person

    accounts = _opened(file)
    _check(name, accounts.keys)
    password = _password(language)
    if len(password) < SHORTEST:
        misuse("short_password", least=SHORTEST)
    _write(file, with_person(accounts, name, role, password), language)
    click.echo(SAYS["added"][language].format(name=name, role=role))


@user.command(cls=Verb)
@click.argument("name")
@file_option
@role_option
@click.option("--days", type=click.IntRange(1, 3650), default=None, help="days")
@language_option
def key(name: str, file: Path, role: "Role", days: int | None, language: str) -> None:
    """Make a key for a program."""
    from engine.serve.accounts import with_key

    accounts = _opened(file)
    _check(name, accounts.people)
    ends = None if days is None else datetime.now(UTC).date() + timedelta(days)
    accounts, secret = with_key(accounts, name, role, ends)
    _write(file, accounts, language)
    click.echo(SAYS["key"][language].format(name=name), err=True)
    click.echo(secret)


@user.command(cls=Verb)
@click.argument("name")
@file_option
@language_option
def remove(name: str, file: Path, language: str) -> None:
    """Remove an account or a key."""
    from engine.serve.accounts import without

    accounts = _opened(file)
    known = {*accounts.people, *accounts.keys}
    if name not in known:
        misuse("no_name", name=name, known=", ".join(sorted(known)))
    _write(file, without(accounts, name), language)
    click.echo(SAYS["removed"][language].format(name=name))


@user.command("list", cls=Verb)
@file_option
@language_option
def list_accounts(file: Path, language: str) -> None:
    """List accounts and keys."""
    accounts = _opened(file)
    for name, account in sorted(accounts.people.items()):
        click.echo(f"{name}\t{account.role}")
    for name, program in sorted(accounts.keys.items()):
        click.echo(f"{name}\t{program.role}\tkey\t{program.ends or ''}")


def _check(name: str, taken: Container[str]) -> None:
    """Ends the command if nobody can be called so. A person and a key of one name would be one and the same in the log,
    and would share their drafts."""
    from engine.serve.accounts import NAME_PATTERN

    if not re.fullmatch(NAME_PATTERN, name):
        misuse("bad_name", name=name)
    if name in taken:
        misuse("name_taken", name=name)


def _opened(file: Path) -> "Accounts":
    """The accounts in a file; none if there is no file yet. Ends the command if it holds something else."""
    from engine.serve.accounts import Accounts, UnreadableAccounts, read_accounts

    if not file.exists():
        return Accounts()
    try:
        return read_accounts(file)
    except UnreadableAccounts:
        misuse("no_accounts", file=file)


def _write(file: Path, accounts: "Accounts", language: str) -> None:
    from engine.serve.accounts import write_accounts

    with problems_end_it(language):
        write_accounts(file, accounts)


def _password(language: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password: str = click.prompt(
        SAYS["password"][language], hide_input=True, confirmation_prompt=SAYS["again"][language], err=True
    )
    return password
