"""Completion in the shell: ids of regulations, kinds of subject, interpretations, and codes of diagnostics."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from engine.base.data import data_folder
from engine.load.policies.folders import policies_here
from engine.report.diagnostics import codes, page
from engine.versions.opening import kept_library

if TYPE_CHECKING:
    from engine.core.policy.regulation import Library
    from engine.core.policy.terms import Text

Named = tuple[str, str]
"""A name, and the description that the shell shows with it."""
Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _completes(names: Callable[[click.Context], Iterator[Named]]) -> Completer:
    """A completer from a function that yields the names. It stays silent if the policies cannot be loaded."""

    def complete(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
        try:
            candidates = list(names(context))
        except Exception:
            return []
        return [CompletionItem(name, help=about) for name, about in candidates if name.startswith(begun)]

    return complete


def _library(context: click.Context) -> "Library":
    folder = context.params.get("folder")
    return kept_library(Path(folder) if folder else policies_here() or data_folder("policies"))


def _say(context: click.Context, text: "Text") -> str:
    return text[context.params.get("language") or "vi"]


@_completes
def regulations(context: click.Context) -> Iterator[Named]:
    """The ids of regulations."""
    for name, regulation in _library(context).regulations.items():
        yield name, _say(context, regulation.label)


@_completes
def kinds(context: click.Context) -> Iterator[Named]:
    """The kinds of subject of all regulations."""
    for regulation in _library(context).regulations.values():
        for name, kind in regulation.kinds.items():
            yield name, _say(context, kind.label)


@_completes
def interpretations(context: click.Context) -> Iterator[Named]:
    """The options of interpretations, as `--interpretation` takes them."""
    for regulation in _library(context).regulations.values():
        for interpretation in regulation.interpretations:
            for option, label in interpretation.options:
                yield f"{interpretation.id}={option}", _say(context, label)


@_completes
def diagnostic_codes(context: click.Context) -> Iterator[Named]:
    """The codes of diagnostics."""
    for code in codes():
        yield code, page(code, context.params.get("language") or "vi").message


def files(context: click.Context, parameter: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Files and folders, as the shell itself completes them."""
    return [CompletionItem(begun, type="file")]
