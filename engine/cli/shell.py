"""What the shell completes: ids of regulations, kinds of subject, interpretations and codes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from engine.base.data import data_folder

if TYPE_CHECKING:
    from engine.core.policy.regulation import Library
    from engine.core.policy.terms import Text

Named = tuple[str, str]
"""A name and what the shell says beside it."""
Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _completes(names: Callable[[click.Context], Iterator[Named]]) -> Completer:
    """A completer from what yields the names. Of whatever is wrong with the policies the shell must hear nothing."""

    def complete(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
        try:
            found = list(names(context))
        except Exception:
            return []
        return [CompletionItem(name, help=says) for name, says in found if name.startswith(begun)]

    return complete


def _library(context: click.Context) -> "Library":
    from engine.load.policies.folders import policies_here
    from engine.versions.opening import kept_library

    folder = context.params.get("folder")
    return kept_library(Path(folder) if folder else policies_here() or data_folder("policies"))


def _say(context: click.Context, text: "Text") -> str:
    return text[context.params.get("language") or "vi"]


@_completes
def regulations(context: click.Context) -> Iterator[Named]:
    for name, one in _library(context).regulations.items():
        yield name, _say(context, one.label)


@_completes
def kinds(context: click.Context) -> Iterator[Named]:
    for one in _library(context).regulations.values():
        for name, kind in one.kinds.items():
            yield name, _say(context, kind.label)


@_completes
def interpretations(context: click.Context) -> Iterator[Named]:
    for one in _library(context).regulations.values():
        for each in one.interpretations:
            for option, label in each.options:
                yield f"{each.id}={option}", _say(context, label)


@_completes
def diagnostic_codes(context: click.Context) -> Iterator[Named]:
    from engine.report.diagnostics import codes, page

    for code in codes():
        yield code, page(code, context.params.get("language") or "vi").message


def files(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Files and folders, as the shell itself completes them."""
    return [CompletionItem(begun, type="file")]
