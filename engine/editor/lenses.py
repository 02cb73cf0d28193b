"""What stands above each rule of a file: how many tests reach it, and how many cases of the folder it decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.base.words import words
from engine.editor.file_names import RULES, Mention
from engine.editor.names import Index, index_of
from engine.editor.places import Span
from engine.editor.trials import Tried
from engine.editor.workspace import Workspace, is_tests

SAYS = words("editor", "lens")


@dataclass(frozen=True)
class Lens:
    """A line above a rule. `rule`: its full name, whose tests a click runs."""

    span: Span
    text: str
    regulation: str
    rule: str


def lenses(workspace: Workspace, path: Path, tried: Mapping[str, Tried], language: str) -> tuple[Lens, ...]:
    """The lenses of a policy file. `tried`: what was tried of each regulation; until then the tests that name a rule
    are counted."""
    index = index_of(workspace)
    rules = [
        mention
        for mentions in index.files.get(path, {}).values()
        for mention in mentions
        if mention.defines and mention.kind in RULES
    ]
    rules.sort(key=lambda rule: rule.span.line)
    return tuple(
        Lens(rule.span, _text(index, rule, tried.get(rule.scope), language), rule.scope, rule.qualified)
        for rule in rules
    )


def _text(index: Index, rule: Mention, tried: Tried | None, language: str) -> str:
    holding, failing = ([], []) if tried is None else tried.reaching(rule.qualified)
    if tried is None or not (holding or failing):
        naming = {(use.path, use.item[:2]) for use in index.references(rule) if is_tests(use.path)}
        return SAYS["named"][language].format(tests=len(naming))
    cases = len(tried.cases.get(rule.qualified, ()))
    return SAYS["tried"][language].format(holds=len(holding), fails=len(failing), cases=cases)


def run_of(tried: Tried, rule: str, language: str) -> str:
    """How the tests that reach a rule came out, in one sentence with the first that failed."""
    tests = {(test.path, test.line): test for tests in tried.reaching(rule) for test in tests}
    failed = [test for test in tests.values() if test.failed]
    text = SAYS["passed"][language].format(passed=len(tests) - len(failed), tests=len(tests))
    return f"{text}: {failed[0].path.name}:{failed[0].line} {failed[0].name[language]}" if failed else text
