"""What the rules come to for cases: each is read, and asked by the function of the judge that its header leads to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from engine.core.judge.case import Case
from engine.core.judge.judge import Judge
from engine.core.policy.rules import Condition
from engine.core.rules.domains import NO
from engine.load.cases.fast_values import Unusual
from engine.population.groups import GroupKey, Shared
from engine.population.incomplete import Closed
from engine.population.memos import Nearness
from engine.population.plain_text import check_texts
from engine.population.reader import MOST_HEADERS, Header, Read, Reader
from engine.population.row_parts import RowParts, RuleNumbers
from engine.population.rule_function import RuleFunction, RuleSource


@dataclass(frozen=True, eq=False)
class Members:
    """What answers for the cases of one judge that write their facts in one way."""

    key: GroupKey
    rules: RuleNumbers
    asked: RuleFunction
    come: Sequence[Condition | None]
    """Further conditions that the function asks about."""

    @property
    def judge(self) -> Judge:
        """By which the cases are judged."""
        return self.rules.judge

    @cached_property
    def parts(self) -> RowParts:
        """What makes their rows."""
        return RowParts(self.judge, self.rules.between)


class Answered(NamedTuple):
    """A case that is taken, and what the rules came to for it, part by part as `RuleNumbers` has them."""

    read: Read
    case: Case
    """One with the same header that says nothing else."""
    members: Members
    ladder: tuple[int, ...]
    triggers: tuple[int, ...]
    contents: tuple[int, ...]
    others: tuple[int, ...]
    asked: tuple[str | None, ...]
    """What quotas ask: facts as they are written, and what reliefs wait for."""
    noted: bool
    """There may be something in its facts to be remarked upon."""

    @property
    def statuses(self) -> list[bool | None]:
        """What every rule comes to, by its number."""
        return self.members.rules.statuses(self.ladder, self.triggers, self.contents, self.others)


@dataclass
class Answers:
    """Reads cases and asks their rules. `come` gives further conditions to ask about the cases of a judge."""

    shared: Shared
    reader: Reader
    come: Callable[[Judge], Sequence[Condition | None]] = lambda judge: ()
    nearness: Nearness = field(default_factory=Nearness)
    members: dict[tuple[GroupKey, int], Members] = field(default_factory=dict)
    by_header: dict[Header, tuple[Case, Members]] = field(default_factory=dict)

    def answered(self, line: bytes) -> Answered:
        """A case and the results of its rules. Raises Unusual if it is not to be taken as it stands."""
        read = self.reader.read(line)
        keys, answer = self._asked(read)
        check_texts(read.texts, line, read.keys + keys)
        return answer

    def again(self, read: Read) -> Answered:
        """The same for a case that was taken elsewhere."""
        return self._asked(read)[1]

    def closed(self, answer: Answered) -> tuple[Closed, bool]:
        """What is possible in truth for a case that rule results leave open; is it the first of its class?"""
        members, read = answer.members, answer.read
        evidence = {fact: code > NO for fact, code in read.evidence.items()}
        statuses = tuple(members.rules.statuses(answer.ladder))
        return self.shared.classes_of(members.key, members.judge).close(statuses, self.reader.stated(read), evidence)

    def _asked(self, read: Read) -> tuple[int, Answered]:
        case, members = self.by_header.get(read.header) or self._of_header(read.header)
        keys, *results = members.asked(read.facts, read.evidence, read.texts)
        return keys, Answered(read, case, members, *results)

    def _of_header(self, header: Header) -> tuple[Case, Members]:
        case, shape = self.reader.of_header(header), header[-1]
        regulation = self.shared.library.regulations[case.regulation]
        key = self.shared.key(regulation, case.subject.kind, case.period_kind, case.as_of)
        judge = None if key is None else self.shared.judge(key)
        if key is None or judge is None:
            raise Unusual
        if (key, shape) not in self.members:
            rules, come = RuleNumbers(judge, self.shared.between), self.come(judge)
            source = RuleSource(
                judge.compiled.vocabulary, self.reader.shapes[shape], rules, self.nearness, len(self.members), come
            )
            self.members[key, shape] = Members(key, rules, source.made(), come)
        if len(self.by_header) >= MOST_HEADERS:
            self.by_header.clear()
        answer = self.by_header[header] = case, self.members[key, shape]
        return answer
