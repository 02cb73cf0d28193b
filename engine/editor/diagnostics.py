"""The mistakes in a workspace: what `xeploai check` finds and what is wrong with cases, in texts not yet saved."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.base.diagnostics import Diagnostic
from engine.base.documents import Document
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Vocabulary
from engine.editor.workspace import File, Workspace, is_case, is_properties, is_tests
from engine.load.cases.careful import parse_case
from engine.load.policies.library import Draft, decomposed_letter, regulation_of
from engine.load.policies.overlay import Overlay
from engine.proof.reader import check_properties
from engine.study.lint import check_reach_of
from engine.study.suite import check_test_file
from engine.study.unused import unused_facts
from engine.versions.overlay import check_layer
from engine.versions.overwriting import overwritten


def diagnostics(workspace: Workspace) -> tuple[Diagnostic, ...]:
    """Everything wrong, in the order of files and lines: as `xeploai check`, and what is wrong with cases.

    After an edit this proves again whatever the edited regulation rules, which takes about a second."""
    now = workspace.draft
    problems = [*now.problems]
    whole = now.library
    if whole is not None and not any(problem.severity == "error" for problem in problems):
        loosened = list(_loosening(workspace, whole, now))
        problems += loosened
        if not loosened:
            problems += _of_sound(workspace, whole)
    elif whole is not None:
        unread = [file for file in workspace.files.values() if is_tests(file.path) or is_properties(file.path)]
        problems += [problem for file in unread for problem in file.problems]
    for file in workspace.files.values():
        if is_case(file.path):
            problems += _of_case(workspace, file)
    return _in_order(problems)


def diagnostics_while_typing(workspace: Workspace, path: Path) -> tuple[Diagnostic, ...]:
    """What is wrong in one file, short of what has to be proved: its syntax and form, names, types, days, sources."""
    file = workspace.files.get(path)
    if file is None:
        return ()
    if is_case(path):
        return _in_order(_of_case(workspace, file))
    if is_tests(path):
        return _in_order(_of_tests(workspace, file, workspace.library))
    if is_properties(path):
        return _in_order(_of_properties(workspace, file, workspace.library))
    of_file = [problem for problem in workspace.draft.problems if problem.location.file == str(path)]
    return _in_order([*of_file, *(decomposed_letter(str(path), file.text) if not of_file else ())])


def carried_over(
    before: str, after: str, problems: Sequence[Diagnostic], present: Sequence[Diagnostic]
) -> tuple[Diagnostic, ...]:
    """Of the problems of an earlier text of a file those that are still shown while the later one is being proved:
    those of unchanged lines, at the places where these lines are now, unless they are among those `present`."""
    old, new = before.split("\n"), after.split("\n")
    same = next((n for n, (x, y) in enumerate(zip(old, new, strict=False)) if x != y), min(len(old), len(new)))
    shift = len(new) - len(old)
    rest = min(len(old), len(new)) - same
    end = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    kept = []
    for problem in problems:
        line = problem.location.line
        if line <= same or line > len(old) - end:
            place = problem.location._replace(line=line if line <= same else line + shift)
            kept.append(Diagnostic(problem.code, place, problem.arguments, problem.severity))
    shown = {(problem.code, problem.location) for problem in present}
    return tuple(problem for problem in kept if (problem.code, problem.location) not in shown)


def _in_order(problems: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.location, problem.code)))


def _loosening(workspace: Workspace, whole: Library, now: Draft) -> Iterator[Diagnostic]:
    for name, overlay in now.overlays.items():
        base, merged = whole.regulations[str(overlay.own.extends)], whole.regulations[name]
        yield from workspace.memory.once(_loosened, whole.vocabulary, base, merged, overlay)


def _of_sound(workspace: Workspace, whole: Library) -> Iterator[Diagnostic]:
    """What is proved of policies without mistakes, and what is wrong with their tests and properties."""
    for regulation in whole.regulations.values():
        yield from workspace.memory.once(check_reach_of, whole.vocabulary, regulation)
    yield from unused_facts(whole)
    if workspace.committed is not None:
        yield from overwritten(workspace.committed, whole)
    for file in workspace.files.values():
        if is_tests(file.path):
            yield from _of_tests(workspace, file, whole)
        if is_properties(file.path):
            yield from _of_properties(workspace, file, whole)
        if not is_case(file.path):
            yield from decomposed_letter(str(file.path), file.text)


def _of_tests(workspace: Workspace, file: File, whole: Library | None) -> tuple[Diagnostic, ...]:
    if file.document is None or whole is None:
        return file.problems
    regulation = regulation_of(file.path, whole, workspace.folder)
    problems: tuple[Diagnostic, ...] = workspace.memory.once(_wrong_tests, whole.vocabulary, regulation, file.document)
    return problems


def _of_properties(workspace: Workspace, file: File, whole: Library | None) -> tuple[Diagnostic, ...]:
    if file.document is None or whole is None:
        return file.problems
    regulation = regulation_of(file.path, whole, workspace.folder)
    problems: tuple[Diagnostic, ...] = workspace.memory.once(check_properties, file.document, whole, regulation)
    return problems


def _of_case(workspace: Workspace, file: File) -> tuple[Diagnostic, ...]:
    whole = workspace.library
    if whole is None or (file.document is None and not file.rows):
        return file.problems
    problems = [*file.problems]
    for document in file.documents:
        problems += workspace.memory.once(_wrong_case, whole, document)
    return tuple(problems)


def _loosened(vocabulary: Vocabulary, base: Regulation, merged: Regulation, overlay: Overlay) -> tuple[Diagnostic, ...]:
    return tuple(check_layer(_alone(vocabulary, base, merged), base, merged, overlay))


def _wrong_tests(vocabulary: Vocabulary, regulation: Regulation | None, document: Document) -> tuple[Diagnostic, ...]:
    return check_test_file(document, _alone(vocabulary, *([regulation] if regulation else [])), regulation)


def _wrong_case(whole: Library, document: Document) -> tuple[Diagnostic, ...]:
    return parse_case(document, whole)[1]


def _alone(vocabulary: Vocabulary, *regulations: Regulation) -> Library:
    """A library of some regulations only, so that what is found out about them may be kept if others change."""
    return Library(vocabulary, {regulation.id: regulation for regulation in regulations})
