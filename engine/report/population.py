"""The sums over a population -> text and plain data."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

import msgspec

from engine.base.version import FORMAT
from engine.base.words import words
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED, QuotaReading, QuotaResult, QuotaStatus
from engine.core.policy.regulation import Interpretation, Library, Regulation, all_rules
from engine.core.policy.rules import Rule
from engine.population.rows import SEPARATOR, missing_name
from engine.population.sums import Totals
from engine.report import across
from engine.report.json import as_plain
from engine.report.sentences import Sentence
from engine.report.words import Words, document_labels

QUOTAS_SHOWN = 20
COHORT = (
    "regulation", "period", "cohort", "percent", "count", "base", "limit", "excess", "greatest_lawful",
    "status", "relief", "size", "waiting", "ways",
)  # fmt: skip
"""What is told of a quota over one cohort; its label and source stand once, with the sums of the quota."""
OPEN = "open_range"
"""All outcomes that missing facts leave open, which are too many to list; the plain data has each."""
WORDS = words("population")


def figure(number: float, language: str, decimals: int = 0) -> str:
    """A number as it is written in the language: 1.234,5 in Vietnamese, 1,234.5 in English."""
    shown = f"{number:,.{decimals}f}"
    return shown.translate(str.maketrans(",.", ".,")) if language == "vi" else shown


def by_kind(library: Library, totals: Totals) -> dict[tuple[str, str], dict[str, int]]:
    """How many cases of each (regulation, kind of subject) have each outcome, from the best grade on.

    Kinds of subject stand as their regulation lists them."""
    counted: dict[tuple[str, str], Counter[str]] = {}
    for regulation, kind, outcome, cases in totals.outcomes:
        settled = OPEN if SEPARATOR in outcome else outcome
        counted.setdefault((regulation, kind), Counter())[settled] += cases
    sums = {}
    for name, judging in library.regulations.items():
        order = [*(grade.id for grade in judging.grades), UNDETERMINED, OPEN, NOT_REVIEWED, NOT_GRADED]
        for kind in judging.kinds:
            outcomes = counted.get((name, kind), Counter())
            if outcomes:
                sums[name, kind] = {outcome: outcomes[outcome] for outcome in order if outcome in outcomes}
    return sums


def cohorts_that(totals: Totals, status: QuotaStatus) -> int:
    """How many cohorts are within a quota, exceed it, or may."""
    return sum(quota.counts.get(status, 0) for quota in totals.quotas)


@dataclass(frozen=True)
class Labels:
    """What the ids in sums and rows are called in one language; an id that no policy has stays as it is."""

    library: Library
    words: Words
    rules: Mapping[str, Rule]
    """By qualified id, and by id alone."""

    def say(self, key: str, **arguments: object) -> str:
        """A phrase of `words/population.yaml`, with its places filled."""
        return WORDS[key][self.words.language].format(**arguments)

    def number(self, number: int) -> str:
        """A count as it is written in the language."""
        return figure(number, self.words.language)

    def rule(self, name: str) -> str:
        """The label of a rule."""
        return self.words.text(self.rules[name].label) if name in self.rules else name

    def cited(self, name: str) -> Sentence:
        """The label of a rule with its source."""
        rule = self.rules.get(name)
        return Sentence(name) if rule is None else Sentence(self.words.text(rule.label), rule.source, "", rule.layer)

    def grade(self, regulation: str, grade: str | None) -> str:
        """The label of a grade; "" for none."""
        labels = {level.id: level.label for level in self.library.regulations[regulation].grades}
        return self.words.text(labels[grade]) if grade in labels else grade or ""

    def kind(self, regulation: str, kind: str) -> str:
        """The label of a kind of subject."""
        kinds = self.library.regulations[regulation].kinds
        return self.words.text(kinds[kind].label) if kind in kinds else kind

    def across(self, name: str) -> str:
        """The label of a quota or a link, by its name."""
        regulations = self.library.regulations.values()
        labels = {quota.name: quota.label for regulation in regulations for quota in regulation.quotas}
        labels |= {link.name: link.label for regulation in regulations for link in regulation.links}
        return self.words.text(labels[name]) if name in labels else name

    def outcome(self, regulation: str, outcome: str) -> str:
        """What a case may come to: a grade, several, or none."""
        if outcome in (NOT_REVIEWED, NOT_GRADED, OPEN):
            return self.say(outcome)
        grades = outcome.split(SEPARATOR)
        return self.say("or").join(
            self.say(UNDETERMINED) if grade == UNDETERMINED else self.grade(regulation, grade) for grade in grades
        )

    def fact(self, name: str) -> str:
        """The label of a fact or of the evidence for it, with its name."""
        fact = self.library.vocabulary.facts.get(name.removeprefix("evidence."))
        return name if fact is None else f"{self.words.text(fact.label)} ({name})"


def at_work(library: Library, totals: Totals) -> list[Regulation]:
    """The regulations that judged some case."""
    names = {regulation for regulation, _ in totals.periods}
    return [regulation for name, regulation in library.regulations.items() if name in names]


def labels_of(library: Library, totals: Totals, language: str, *, layered: bool = False) -> Labels:
    """The labels in one language, those of the regulations at work first; `layered` as for `Words`."""
    rules: dict[str, Rule] = {}
    for regulation in (*at_work(library, totals), *library.regulations.values()):
        for rule in all_rules(regulation):
            rules.setdefault(rule.name, rule)
            rules.setdefault(rule.id, rule)
    return Labels(library, Words(language, document_labels(library), layered), rules)


def summary_lines(totals: Totals, labels: Labels) -> Iterator[str]:
    """The sums as lines for the terminal."""
    number, say = labels.number, labels.say
    yield say("cases", cases=number(totals.cases), judged=number(totals.judged), rejected=number(totals.rejected))
    if totals.one_by_one:
        yield say("one_by_one", number=number(totals.one_by_one))
    yield from _outcomes(totals, labels)
    for key, counted in (("findings", totals.findings), ("left_out", totals.left_out)):
        yield from _section(labels, key, [(labels.rule(name), cases) for name, cases in counted])
    yield from _section(labels, "missing", [(labels.fact(name), cases) for name, cases in totals.missing[:10]])
    yield from _section(labels, "assumed", [(labels.rule(name), cases) for name, cases in totals.assumed])
    against = [(f"{say(given_by)}, {say(how)}", cases) for given_by, how, cases in totals.against]
    yield from _section(labels, "against", against)
    yield from _quotas(totals, labels)
    if totals.links:
        yield from ("", say("links"))
    for link in totals.links:
        counts = {status: number(dict(link.counts).get(status, 0)) for status in ("kept", "broken", "unknown")}
        yield "  " + say("link", link=labels.across(link.link), **counts)
    yield from _section(labels, "codes", list(totals.codes))


def _section(labels: Labels, key: str, counted: list[tuple[str, int]]) -> Iterator[str]:
    if counted:
        yield from ("", labels.say(key))
        width = max(len(labels.number(count)) for _, count in counted)
        yield from (f"  {labels.number(count):>{width}}  {name}" for name, count in counted)


def _outcomes(totals: Totals, labels: Labels) -> Iterator[str]:
    sums = by_kind(labels.library, totals)
    if sums:
        yield from ("", labels.say("outcomes"))
    width = max((len(labels.number(cases)) for outcomes in sums.values() for cases in outcomes.values()), default=0)
    for (regulation, kind), outcomes in sums.items():
        yield f"  {labels.kind(regulation, kind)} ({regulation})"
        for outcome, cases in outcomes.items():
            yield f"    {labels.number(cases):>{width}}  {labels.outcome(regulation, outcome)}"


def _quotas(totals: Totals, labels: Labels) -> Iterator[str]:
    number, say = labels.number, labels.say
    cohorts = sum(quota.cohorts for quota in totals.quotas)
    if cohorts or totals.ungrouped:
        yield from ("", say("quotas"))
    if cohorts:
        statuses: tuple[QuotaStatus, ...] = ("within", "exceeded", "unknown")
        counts = {status: number(cohorts_that(totals, status)) for status in statuses}
        yield "  " + say("quota_sums", cohorts=number(cohorts), **counts)
    for quota in totals.cohorts[:QUOTAS_SHOWN]:
        yield from _quota(quota, labels)
    if cohorts > QUOTAS_SHOWN:
        yield "  " + say("more_quotas", number=number(cohorts - QUOTAS_SHOWN))
    for name, cases in totals.ungrouped:
        yield "  " + say("ungrouped", quota=labels.across(name), number=number(cases))
    if cohorts and totals.rejected:
        yield "  " + labels.words.say("uncounted", number=number(totals.rejected))


def _quota(quota: QuotaResult, labels: Labels) -> Iterator[str]:
    number, say = labels.number, labels.say
    cohort = across.cohort_name(quota, {value: labels.kind(quota.regulation, value) for _, value in quota.cohort})
    status = say(quota.status, excess=number(quota.excess))
    if waiting := across.waiting(labels.words, quota):
        status = f"{status}; {say('waits', waiting=waiting)}"
    figures = {name: number(getattr(quota, name)) for name in ("count", "base", "limit")}
    label, result = labels.words.text(quota.quota.label), say("quota", status=status, **figures)
    yield f"  {label} · {quota.period} · {cohort}: {result}"
    yield from (f"    {sentence.text}" for sentence in across.conditions(labels.words, quota))
    yield from (f"    · {sentence.text}" for sentence in across.other_readings(labels.words, quota))


def write_summary(totals: Totals, cohorts: Iterable[QuotaResult], stream: TextIO) -> None:
    """The sums as JSON, the same whatever the language; `cohorts`, every quota over every cohort, a line each."""
    text = msgspec.json.format(json.dumps(_as_data(totals), ensure_ascii=False))
    stream.write(text.removesuffix("\n}") + ',\n  "cohorts": [')
    comma = ""
    for cohort in cohorts:
        figures = {"quota": cohort.quota.name} | {key: as_plain(getattr(cohort, key)) for key in COHORT}
        plain = [f'"{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in figures.items()]
        plain.append(f'"may_relieve": {json.dumps([relief.rule.name for relief in cohort.may_relieve])}')
        missing = [missing_name(missing.fact.name, missing.evidence) for missing in cohort.missing]
        plain.append(f'"missing": {json.dumps(missing)}')
        plain.append(f'"readings": {json.dumps(list(map(_reading, across.differing_readings(cohort))))}')
        stream.write(f"{comma}\n    {{{', '.join(plain)}}}")
        comma = ","
    stream.write(("\n  ]" if comma else "]") + "\n}\n")


def _reading(reading: QuotaReading) -> dict[str, Any]:
    """What a cohort would come to by another reading: by an `option` of an interpretation, or by a relief ("")."""
    setting, result = reading.setting, reading.result
    name = setting.id if isinstance(setting, Interpretation) else setting.name
    figures = {key: getattr(result, key) for key in ("count", "base", "limit", "excess", "status")}
    return {"reading": name, "option": reading.option, **figures}


def _as_data(totals: Totals) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "cases": totals.cases,
        "judged": totals.judged,
        "rejected": totals.rejected,
        "to_clarify": totals.to_clarify,
        "periods": [{"regulation": regulation, "period": period} for regulation, period in totals.periods],
        "outcomes": [
            {"regulation": regulation, "kind": kind, "possible": outcome.split(SEPARATOR), "cases": cases}
            for regulation, kind, outcome, cases in totals.outcomes
        ],
        **{
            key: [{"name": name, "cases": cases} for name, cases in getattr(totals, key)]
            for key in ("findings", "open_findings", "left_out", "missing", "assumed", "ungrouped", "codes")
        },
        "warnings": [as_plain(warning) for warning in totals.warnings],
        "warned": [{"name": name, "cases": cases} for name, cases in totals.warned],
        "given": [{"by": given_by, "to_the_facts": how, "cases": cases} for given_by, how, cases in totals.against],
        "quotas": [
            {"quota": quota.quota, "regulation": quota.regulation, "label": as_plain(quota.label),
             "source": as_plain(quota.source), **dict(sorted(quota.counts.items()))}
            for quota in totals.quotas
        ],
        "links": [
            {"link": link.link, "regulation": link.regulation, **dict(sorted(link.counts.items())),
             "broken_pairs": [list(pair) for pair in link.broken]}
            for link in totals.links
        ],
    }  # fmt: skip
