"""What became of the properties of a regulation -> text, Markdown, JSON and JUnit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from engine.base.words import words
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED, QuotaResult
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.terms import Value
from engine.proof.properties import Between, Disjoint, Independent
from engine.proof.prove import Proved
from engine.proof.space import moved_facts
from engine.proof.verdict import Counterexample, Fails, GroupShown, Holds, NotDecided, ShownCase, Vacuous, Verdict
from engine.report.document import Chapter, Document, Entry
from engine.report.json import as_plain
from engine.report.words import Words, label_of

WORDS = words("prove")
NO_OUTCOME = (NOT_GRADED, NOT_REVIEWED)


@dataclass(frozen=True)
class Teller:
    """Tells in one language what became of the properties of one regulation."""

    library: Library
    regulation: Regulation
    language: str

    def say(self, key: str, **arguments: object) -> str:
        """A phrase of `words/prove.yaml`."""
        return WORDS[key][self.language].format(**arguments)

    @property
    def words(self) -> Words:
        """How values are written."""
        return Words(self.language, {})

    # --- the whole ---

    def document(self, proved: Sequence[Proved]) -> Document:
        """What is wrong first, then what is known, then what holds."""
        chapters: dict[str, list[Entry]] = {
            key: [] for key in ("chapter_broken", "chapter_open", "chapter_known", "chapter_held")
        }
        for item in proved:
            chapters[chapter_of(item)].append(self._entry(item))
        counts = {name.removeprefix("chapter_"): len(entries) for name, entries in chapters.items()}
        title = self.say("title", number=self.regulation.number, id=self.regulation.id)
        summary = self.say("summary", **counts) if proved else self.say("none_there")
        listed = [Chapter(self.say(key), entries) for key, entries in chapters.items() if entries]
        return Document(title, summary, None, listed, closing=True)

    def _entry(self, proved: Proved) -> Entry:
        mark = "✓" if proved.as_expected else "✗"
        return Entry(f"{mark} {proved.item.label[self.language]}", list(self.lines(proved)), proved.item.id)

    def lines(self, proved: Proved) -> Iterator[str]:
        """What became of a property, in sentences: by what it holds, the case that breaks it, or why it is open."""
        known, verdict = proved.item.known_failure, proved.verdict
        if known is not None and isinstance(verdict, Holds):
            yield self.say("no_longer")
        yield self.sentence(proved, verdict)
        if isinstance(verdict, Fails) and verdict.counterexample is not None:
            counterexample = verdict.counterexample
            first = counterexample.cases[0].document["subject"]["kind"]
            others = [kind for kind in counterexample.elsewhere if kind != first]
            if others:
                yield self.say("elsewhere", kinds=self._kinds(others))
        if known is not None:
            yield self.say("reason", reason=known.reason[self.language])
        if proved.elsewhere is not None and not isinstance(proved.elsewhere, Holds | Vacuous):
            yield self.say("fails_elsewhere", sentence=self.sentence(proved, proved.elsewhere))

    def sentence(self, proved: Proved, verdict: Verdict) -> str:
        """What became of a property in one sentence."""
        match verdict:
            case Holds(effort, ground, up_to):
                parts = [self.say(ground, spaces=effort.spaces, questions=effort.questions)]
                parts += [self.say("up_to", size=up_to)] if up_to else []
                parts += [self.say("counted", count=effort.counted)] if effort.counted else []
                parts += [self.say("uncounted")] if ground == "solver" and not effort.counted else []
                seconds = self.words.value(Fraction(round(10 * effort.seconds), 10))
                return "; ".join([*parts, self.say("seconds", seconds=seconds)])
            case NotDecided(_, reason, done, of):
                return self.say(reason, done=done, of=of)
            case Vacuous():
                return self.say("vacuous")
            case Fails(counterexample=Counterexample() as counterexample):
                return self._broken(proved, counterexample)
            case Fails(group=GroupShown() as group):
                return self._group(group)
            case Fails(missing=missing):
                unreached = (
                    self.say("unreached", name=f"“{self._named(name)}”", kinds=self._kinds(kinds))
                    for name, kinds in missing
                )
                return " ".join(unreached)

    # --- cases ---

    def _broken(self, proved: Proved, shown: Counterexample) -> str:
        first, *others = shown.cases
        claim = proved.item.claim
        about = {
            "kind": self._kinds([first.document["subject"]["kind"]]),
            "readings": self._readings(shown.switches),
            "facts": self._facts(_both_looked_at(shown.cases), shown.about if others else ()),
        }
        if isinstance(claim, Disjoint):
            both = [self._meets(name) for name in shown.about]
            return self.say("case", outcome=self.say("both", first=both[0], second=both[1]), **about)
        if not others:
            return self.say("case", outcome=self._outcome(first.possible), **about)
        if isinstance(claim, Between):
            numbers = [self.library.regulations[case.document["regulation"]].number for case in shown.cases]
            outcomes = [self._outcome(case.possible) for case in shown.cases]
            about |= {"first": numbers[0], "second": numbers[1]}
            return self.say("beside", before=outcomes[0], after=outcomes[1], **about)
        results = [self._outcome(case.possible) for case in shown.cases]
        if isinstance(claim, Independent) and claim.of is not None:
            results = [self._result(case, claim.of) for case in shown.cases]
        changes = ", ".join(self._changes(first, others[0], shown.about))
        return self.say("moved", change=changes, before=results[0], after=results[1], **about)

    def _facts(self, unusual: Iterable[tuple[str, Value]], moved: Sequence[str]) -> str:
        """In what a case differs from a typical one, but for the facts that move."""
        apart = {part for name in moved for part in (name, *moved_facts(self.library.vocabulary, name))}
        shown = [self._fact(name, value) for name, value in unusual if name not in apart]
        return "; ".join(shown) or self.say("typical")

    def _fact(self, name: str, value: Value) -> str:
        if name.startswith("evidence."):
            about = self.library.vocabulary.facts[name.removeprefix("evidence.")]
            return self.say("evidence", fact=about.label[self.language])
        return f"{self.library.vocabulary.facts[name].label[self.language]}: {self._value(name, value)}"

    def _value(self, name: str, value: Value | None) -> str:
        fact = self.library.vocabulary.facts[name]
        return self.words.value(value, fact.unit, label_of(value, fact))

    def _changes(self, before: ShownCase, after: ShownCase, about: Sequence[str]) -> Iterator[str]:
        for name in about:
            parts = [name, *moved_facts(self.library.vocabulary, name)]
            for part in dict.fromkeys(parts):
                values = [case.values.get(part) for case in (before, after)]
                if values[0] != values[1]:
                    label = self.library.vocabulary.facts[part].label[self.language]
                    yield self.say(
                        "change", fact=label, before=self._value(part, values[0]), after=self._value(part, values[1])
                    )

    def _readings(self, switches: Mapping[str, str]) -> str:
        labels = {
            (point.id, option): label[self.language]
            for regulation in self.library.regulations.values()
            for point in regulation.interpretations
            for option, label in point.options
        }
        listed = [f"“{labels.get(pair, pair[1])}” ({'='.join(pair)})" for pair in switches.items()]
        return self.say("under", readings=", ".join(listed)) if listed else ""

    def _outcome(self, possible: Sequence[str]) -> str:
        if len(possible) > 1:
            return self.say("open_range", outcomes=", ".join(f"“{self._named(name)}”" for name in possible))
        if possible[0] in NO_OUTCOME:
            return self.say("not_graded_outcome")
        if possible[0] == UNDETERMINED:
            return self.say("undetermined_outcome")
        return self.say("graded", outcome=self._named(possible[0]))

    def _meets(self, name: str) -> str:
        if name in {grade.id for grade in self.regulation.grades}:
            return self.say("rung", grade=self._named(name))
        return self.say("rule", rule=self._named(name))

    def _result(self, case: ShownCase, rule: str) -> str:
        name = next((name for name in case.results if name == rule or name.endswith(f".{rule}")), rule)
        holds = self.words.say("yes" if case.results.get(name) else "no")
        return self.say("rule_moved", rule=self._named(name), holds=holds)

    def _named(self, name: str) -> str:
        """The label of a grade, a rule or an outcome."""
        labels = {grade.id: grade.label for grade in self.regulation.grades}
        labels |= {rule.name: rule.label for rule in all_rules(self.regulation)}
        if name in labels:
            return labels[name][self.language]
        return self.words.say(name) if name in (UNDETERMINED, *NO_OUTCOME) else name

    def _kinds(self, names: Sequence[str]) -> str:
        return ", ".join(self.regulation.kinds[name].label[self.language] for name in names)

    # --- groups ---

    def _group(self, group: GroupShown) -> str:
        counts: dict[str, int] = {}
        for final, _ in group.cases:
            counts[final] = counts.get(final, 0) + 1
        cases = ", ".join(f"{count} “{self._named(name)}”" for name, count in counts.items())
        readings = self._readings(group.switches)
        if group.before is None:
            return self.say("link", cases=cases, readings=readings)
        figures = self._figures(group.before)
        if group.after is not None and group.other_switches:
            kept = [result.greatest_lawful for result in (group.before, group.after)]
            others = self._readings(group.other_switches)
            figures = self.say("differ", kept=kept[0], grade=self._named(group.before.grade), readings=others,
                               other=kept[1])  # fmt: skip
        elif group.after is not None:
            figures = self.say("then", before=figures, after=self._figures(group.after))
        return self.say("group", size=len(group.cases), cases=cases, readings=readings, figures=figures)

    def _figures(self, result: QuotaResult) -> str:
        return self.say("figures", count=result.count, base=result.base, limit=result.limit, excess=result.excess)


def _both_looked_at(cases: Sequence[ShownCase]) -> list[tuple[str, Value]]:
    """In what the first of two cases differs from a typical one; of one case judged by two regulations, also in what
    the second regulation alone looks at."""
    first, *others = cases
    more = [pair for case in others if case.document["regulation"] != first.document["regulation"]
            for pair in case.unusual]  # fmt: skip
    return list(dict.fromkeys([*first.unusual, *more]))


def chapter_of(proved: Proved) -> str:
    """Under which heading a property is told."""
    if proved.as_expected:
        return "chapter_held" if proved.item.known_failure is None else "chapter_known"
    undecided = any(isinstance(verdict, NotDecided) for verdict in (proved.verdict, proved.elsewhere))
    failed = isinstance(proved.verdict, Fails) and proved.item.known_failure is None
    return "chapter_open" if undecided and not failed else "chapter_broken"


def as_data(proved: Sequence[Proved], teller: Teller) -> list[dict[str, Any]]:
    """Each property with its verdict as plain data."""
    return [
        {
            "id": item.item.id,
            "regulation": teller.regulation.id,
            "kind": item.item.kind,
            "label": as_plain(item.item.label),
            "as_expected": item.as_expected,
            "known_failure": item.item.known_failure is not None,
            **_verdict(item, item.verdict, teller),
            "elsewhere": None if item.elsewhere is None else _verdict(item, item.elsewhere, teller),
        }
        for item in proved
    ]


def _verdict(proved: Proved, verdict: Verdict, teller: Teller) -> dict[str, Any]:
    names = {Holds: "holds", Fails: "fails", NotDecided: "not_decided", Vacuous: "says_nothing"}
    data: dict[str, Any] = {"verdict": names[type(verdict)], "sentence": teller.sentence(proved, verdict)}
    match verdict:
        case Holds(_, ground, up_to):
            data |= {"ground": ground, "up_to": up_to}
        case NotDecided(_, reason, done, of):
            data |= {"reason": reason, "done": done, "of": of}
        case Fails(_, counterexample, missing, group):
            if counterexample is not None:
                cases = [
                    {"document": case.document, "possible": list(case.possible),
                     "unusual": [{"fact": name, "value": as_plain(value)} for name, value in case.unusual]}
                    for case in counterexample.cases
                ]  # fmt: skip
                data |= {
                    "cases": cases, "switches": dict(counterexample.switches), "about": list(counterexample.about),
                    "kinds": list(counterexample.elsewhere),
                }  # fmt: skip
            data["missing"] = [{"name": name, "kinds": list(kinds)} for name, kinds in missing]
            data["group"] = None if group is None else list(group.documents)
    effort = verdict.effort
    counts = {"spaces": effort.spaces, "questions": effort.questions, "counted": effort.counted}
    return {**data, "effort": {**counts, "seconds": round(effort.seconds, 3)}}


def case_files(proved: Proved) -> list[Mapping[str, Any]]:
    """The case files that show that a property breaks, each of which can be run."""
    verdict = proved.verdict
    if isinstance(verdict, Fails) and verdict.counterexample is not None:
        return [case.document for case in verdict.counterexample.cases]
    if isinstance(verdict, Fails) and verdict.group is not None:
        return list(verdict.group.documents)
    return []
