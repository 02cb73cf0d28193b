"""The sums over a population -> one HTML file to hand on, in the style of the report over case files (`cases`): figures
and charts, the cohorts that exceed, what was set aside. No section a case, and no names: cases go by their ids.

How fast it was and what the referee did are left out, so that the same cases and policies give the same bytes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TextIO

from engine.base.words import words
from engine.core.judge.case import Rejected
from engine.core.judge.record import (
    NOT_GRADED,
    NOT_REVIEWED,
    UNDETERMINED,
    LinkStatus,
    QuotaResult,
    QuotaStatus,
    ReadingUsed,
)
from engine.core.policy.live import Choices, chosen
from engine.core.policy.regulation import Library, Regulation
from engine.population.sums import Totals
from engine.report import across
from engine.report.diagnostics import render
from engine.report.html.cases import CAPTIONS
from engine.report.html.page import Chart, Page, Say, captions, chart_rows, level, made_by, problems, rendered
from engine.report.population import OPEN, Labels, at_work, by_kind, cohorts_that, labels_of
from engine.report.sentences import Sentence

MOST_COHORTS, MOST_LINKS, MOST_FACTS, MOST_REJECTED, MOST_WARNINGS = 50, 20, 20, 20, 50
MORE_CAPTIONS = words("population_page")
QUOTA_STATUSES: tuple[QuotaStatus, ...] = ("within", "exceeded", "unknown")
LINK_STATUSES: tuple[LinkStatus, ...] = ("kept", "broken", "unknown")


def write_population_html(
    totals: Totals, rejected: Iterable[Rejected], library: Library, switches: Choices, language: str, stream: TextIO
) -> None:
    """The sums, and the first of the cases that could not be judged. Raises ImportError without the extra `html`."""
    layered = any(regulation.extends is not None for regulation in at_work(library, totals))
    labels = labels_of(library, totals, language, layered=layered)
    say = captions(language, MORE_CAPTIONS, CAPTIONS)
    page = _page(_Sums(totals, labels, say), rejected, switches)
    stream.write(rendered("population.html.jinja", page, labels.words, say))


@dataclass(frozen=True)
class Counts:
    """A line of a table of numbers: what is counted, its citation, and the numbers under their headings."""

    name: Sentence
    numbers: Sequence[str]


@dataclass(frozen=True)
class Cohorts:
    """The first cohorts in one standing to their quotas, and how many more there are ("" for none)."""

    sentences: Sequence[Sentence]
    more: str


@dataclass(frozen=True, kw_only=True)
class PopulationPage(Page):
    """What the template shows. `broken` has for each broken link its label, the first pairs, and how many more."""

    balance: str
    charts: Sequence[Chart]
    kinds: Sequence[Chart]
    judged: bool
    has_findings: bool
    duties: Sequence[Chart]
    missing: Chart | None
    more_facts: str
    quotas: Sequence[Counts]
    exceeding: Cohorts
    conditional: Cohorts
    ungrouped: Sequence[str]
    links: Sequence[Counts]
    broken: Sequence[tuple[str, Sequence[Sentence], str]]


@dataclass(frozen=True)
class _Sums:
    """The sums with the labels and captions to tell them."""

    totals: Totals
    labels: Labels
    say: Say

    @property
    def at_work(self) -> Sequence[Regulation]:
        return at_work(self.labels.library, self.totals)

    def regulation(self, regulation: Regulation) -> str:
        return self.labels.words.text(self.labels.words.documents.get(regulation.id, regulation.label))

    def chart(self, figures: Iterable[tuple[Sentence, int, str]], caption: str, column: str) -> Chart:
        return Chart(caption, self.say(column), chart_rows(figures, self.labels.number))

    def more(self, caption: str, number: int) -> str:
        return self.say(caption, number=self.labels.number(number)) if number > 0 else ""


def _page(sums: _Sums, rejected: Iterable[Rejected], switches: Choices) -> PopulationPage:
    totals, say, number = sums.totals, sums.say, sums.labels.number
    remaining = iter(rejected)
    first = list(islice(remaining, MOST_REJECTED))
    subtitle = _subtitle(sums)
    kinds, quotas, links = _kinds(sums), _quotas(sums), _links(sums)
    ungrouped = [
        sums.labels.say("ungrouped", quota=sums.labels.across(name), number=number(cases))
        for name, cases in totals.ungrouped
    ]
    contents = {
        "summary": ("summary", True),
        "kinds": ("by_kind", bool(kinds)),
        "duties": ("clarify", bool(totals.judged)),
        "missing": ("missing", bool(totals.missing)),
        "cohorts": ("cohorts", bool(quotas or ungrouped)),
        "links": ("links", bool(links)),
        "rejected": ("rejected", bool(first)),
        "warnings": ("warnings", bool(totals.warnings)),
        "basis": ("basis", True),
    }
    counts = {"cases": totals.cases, "judged": totals.judged, "rejected": totals.rejected}
    return PopulationPage(
        title=f"{say('title')} – {subtitle}" if subtitle else say("title"),
        subtitle=subtitle,
        contents=[(anchor, say(caption)) for anchor, (caption, there) in contents.items() if there],
        figures=_figures(sums),
        balance=say("balance", **{name: number(count) for name, count in counts.items()}),
        charts=[*_grades(sums), *_given(sums)],
        kinds=kinds,
        judged=bool(totals.judged),
        has_findings=bool(totals.findings),
        duties=_duties(sums),
        missing=_missing(sums) if totals.missing else None,
        more_facts=sums.more("more_facts", len(totals.missing) - MOST_FACTS),
        quotas=quotas,
        exceeding=_cohorts(sums, "exceeded", "✗", "more_cohorts"),
        conditional=_cohorts(sums, "unknown", "?", "more_conditional"),
        ungrouped=ungrouped,
        links=links,
        broken=list(_broken(sums)),
        rejected=problems(first, sums.labels.words.language, with_lines=False),
        codes=replace(
            sums.chart(((Sentence(code), count, "l4") for code, count in totals.codes), say("by_code"), "code"),
            counted="times",
        ),
        more_rejected=sums.more("more_rejected", sum(1 for _ in remaining)),
        # Without the lines of the files, in which a person may be named.
        warnings=render(totals.warnings[:MOST_WARNINGS], sums.labels.words.language, {}),
        more_warnings=sums.more("more_warnings", sum(count for _, count in totals.warned) - MOST_WARNINGS),
        assumptions=_assumptions(sums),
        readings=list(_readings(sums, switches)),
        made_by=made_by(say, (regulation.content_hash for regulation in sums.at_work)),
    )  # fmt: skip


# --- the head and the summary ---


def _subtitle(sums: _Sums) -> str:
    parts = [sums.regulation(regulation) for regulation in sums.at_work]
    if periods := sorted({period for _, period in sums.totals.periods}):
        parts.append(sums.say("for_periods", periods=", ".join(periods)))
    return " · ".join(parts)


def _figures(sums: _Sums) -> list[tuple[str, str]]:
    totals = sums.totals
    outcomes = Counter[str]()
    for counted in by_kind(sums.labels.library, totals).values():
        outcomes.update(counted)
    broken = sum(link.counts.get("broken", 0) for link in totals.links)
    figures = [
        (totals.judged, "judged"),
        (totals.to_clarify, "to_clarify"),
        (outcomes[OPEN] + outcomes[UNDETERMINED], "unsettled"),
        (outcomes[NOT_REVIEWED] + outcomes[NOT_GRADED], "not_counted"),
        (cohorts_that(totals, "exceeded"), "exceeded_count"),
        (cohorts_that(totals, "unknown"), "conditional_count"),
        *([(broken, "broken_count")] if totals.links else []),
        (totals.rejected, "rejected_count"),
    ]
    return [(sums.labels.number(number), sums.say(caption)) for number, caption in figures]


def _grades(sums: _Sums) -> list[Chart]:
    """The outcomes under each regulation."""
    outcomes: dict[str, Counter[str]] = {}
    for (name, _), counted in by_kind(sums.labels.library, sums.totals).items():
        outcomes.setdefault(name, Counter()).update(counted)
    several, charts = len(sums.at_work) > 1, []
    for regulation in sums.at_work:
        label = sums.regulation(regulation)
        caption = sums.say("by_grade_of", regulation=label) if several else sums.say("by_grade")
        charts.append(_outcomes(sums, regulation, outcomes.get(regulation.id, {}), caption))
    return charts


def _kinds(sums: _Sums) -> list[Chart]:
    """The outcomes of each kind of subject."""
    several, charts = len(sums.at_work) > 1, []
    for (name, kind), counted in by_kind(sums.labels.library, sums.totals).items():
        regulation = sums.labels.library.regulations[name]
        caption = f"{sums.labels.kind(name, kind)} ({sums.labels.number(sum(counted.values()))})"
        caption = f"{caption} – {sums.regulation(regulation)}" if several else caption
        charts.append(_outcomes(sums, regulation, counted, caption))
    return charts


def _outcomes(sums: _Sums, regulation: Regulation, counted: Mapping[str, int], caption: str) -> Chart:
    order = tuple(grade.id for grade in regulation.grades)
    more = [outcome for outcome in counted if outcome not in order and counted[outcome]]
    figures = (
        (Sentence(sums.labels.outcome(regulation.id, outcome)), counted.get(outcome, 0), level(outcome, order))
        for outcome in (*order, *more)
    )
    return sums.chart(figures, caption, "grade")


def _given(sums: _Sums) -> list[Chart]:
    """Whose grades, and how they stand to the facts."""
    figures: dict[str, list[tuple[Sentence, int, str]]] = {}
    for given_by, how, cases in sums.totals.against:
        figure = (Sentence(sums.labels.say(how)), cases, "l0" if how == "agrees" else "l2")
        figures.setdefault(given_by, []).append(figure)
    return [
        sums.chart(rows, f"{sums.say('given_against')}: {sums.labels.say(given_by)}", "against_facts")
        for given_by, rows in figures.items()
    ]


# --- duties and facts ---


def _duties(sums: _Sums) -> list[Chart]:
    return [
        sums.chart(((sums.labels.cited(name), cases, colour) for name, cases in counted), sums.say(caption), column)
        for caption, column, counted, colour in (
            ("by_trigger", "trigger", sums.totals.findings, "l1"),
            ("open_trigger", "trigger", sums.totals.open_findings, "none"),
            ("left_out", "content", sums.totals.left_out, "l1"),
        )
        if counted
    ]


def _missing(sums: _Sums) -> Chart:
    shown = sums.totals.missing[:MOST_FACTS]
    figures = ((Sentence(_fact(sums, name)), cases, "none") for name, cases in shown)
    return sums.chart(figures, sums.say("missing_most"), "fact")


def _fact(sums: _Sums, name: str) -> str:
    fact, words = sums.labels.library.vocabulary.facts.get(name.removeprefix("evidence.")), sums.labels.words
    if fact is None:
        return name
    label = words.text(fact.label)
    return words.say("evidence_for", fact=label) if name.startswith("evidence.") else label


# --- across cases ---


def _quotas(sums: _Sums) -> list[Counts]:
    """For each quota its cohorts: all, within, exceeding, not known."""
    lines = []
    for quota in sums.totals.quotas:
        counts = [quota.cohorts, *(quota.counts.get(status, 0) for status in QUOTA_STATUSES)]
        name = Sentence(sums.labels.words.text(quota.label), quota.source, "", quota.layer)
        lines.append(Counts(name, [sums.labels.number(count) for count in counts]))
    return lines


def _cohorts(sums: _Sums, status: QuotaStatus, mark: str, more: str) -> Cohorts:
    listed = [quota for quota in sums.totals.cohorts if quota.status == status][:MOST_COHORTS]
    sentences = []
    for quota in listed:
        sentences.append(Sentence(_cohort(sums, quota), quota.quota.source, mark, quota.quota.layer))
        sentences += [replace(other, mark="·") for other in across.other_readings(sums.labels.words, quota)]
    return Cohorts(sentences, sums.more(more, cohorts_that(sums.totals, status) - MOST_COHORTS))


def _cohort(sums: _Sums, quota: QuotaResult) -> str:
    """A cohort with its figures, its relief, what it waits for and the figures in each way."""
    words = sums.labels.words
    kinds = sums.labels.library.regulations[quota.regulation].kinds
    labels = {name: words.text(kind.label) for name, kind in kinds.items()}
    figures = across.quota_section(words, quota).sentences[0].text
    relief = f"; {words.say('relieved', relief=words.text(quota.relief.rule.label))}" if quota.relief else ""
    ways = "".join(f"; {sentence.text}" for sentence in across.conditions(words, quota))
    name = f"{across.cohort_name(quota, labels)} ({across.members(words, quota)}, {quota.period})"
    return f"{name}: {figures}{relief}{ways}"


def _links(sums: _Sums) -> list[Counts]:
    """For each link its pairs: kept, broken, not known."""
    declared = {link.name: link for regulation in sums.labels.library.regulations.values() for link in regulation.links}
    lines = []
    for total in sums.totals.links:
        link = declared[total.link]
        name = Sentence(sums.labels.words.text(link.label), link.source, "", link.layer)
        lines.append(Counts(name, [sums.labels.number(total.counts.get(status, 0)) for status in LINK_STATUSES]))
    return lines


def _broken(sums: _Sums) -> Iterator[tuple[str, list[Sentence], str]]:
    for link in sums.totals.links:
        pairs = [
            Sentence(sums.say("pair", case=case, other=other), None, "✗") for case, other in link.broken[:MOST_LINKS]
        ]
        if pairs:
            more = sums.more("more_pairs", link.counts.get("broken", 0) - len(pairs))
            yield sums.labels.across(link.link), pairs, more


# --- what it rests on ---


def _assumptions(sums: _Sums) -> list[tuple[Sentence, str]]:
    number = sums.labels.number
    lines = [
        (sums.labels.cited(name), sums.say("in_cases", number=number(cases))) for name, cases in sums.totals.assumed
    ]
    for quota in sums.totals.quotas:
        for name, cohorts in quota.relieved.items():
            lines.append((sums.labels.cited(name), sums.say("in_cohorts", number=number(cohorts))))
    return lines


def _readings(sums: _Sums, switches: Choices) -> Iterator[ReadingUsed]:
    """Every interpretation of the regulations at work, as it is read."""
    for regulation in sums.at_work:
        choices = chosen(regulation, switches)
        for reading in regulation.interpretations:
            option = choices[reading.id]
            label, switched = dict(reading.options)[option], option != reading.chosen
            yield ReadingUsed(reading, option, label, switched)
