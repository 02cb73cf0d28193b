"""The target of `population` up to the results of the rules: cases read and checked, rules asked, two masks made.

No row of a decision is made: this is the work that the other peers do, and what is above it stands as `population`.
"""

from collections.abc import Sequence

from bench.answers import Answer, grading
from bench.peers import Session
from bench.workload import Workload
from engine.population.answers import Answered, Answers
from engine.population.groups import Shared
from engine.population.reader import Reader
from engine.versions.opening import load_library


def start(work: Workload) -> Session:
    numbers = {rule.name: rule.number for rule in work.rules}
    possible = {kind: grading(ladder) for kind, ladder in work.ladders.items()}
    library = load_library(work.policies)
    answers = Answers(Shared(library, work.regulation, {}), Reader(library, work.regulation))
    known: dict[tuple[object, ...], tuple[int, int, int]] = {}

    def masks(answer: Answered) -> Answer:
        # Cases with the same results have the same masks.
        key = answer.members, answer.ladder, answer.triggers, answer.contents, answer.others
        if key not in known:
            judge = answer.members.judge
            results = zip(judge.compiled.index, answer.statuses, strict=True)
            shown = [(1 << numbers[name], result) for name, result in results if name in numbers]
            holds = sum(bit for bit, result in shown if result is True)
            fails = sum(bit for bit, result in shown if result is False)
            known[key] = holds, fails, possible[judge.compiled.kind](holds, fails)
        return answer.read.case_id, *known[key]

    def answered(cases: Sequence[Answered]) -> list[Answer]:
        return [masks(case) for case in cases]

    return Session(lambda lines: [answers.answered(line) for line in lines], answered)
