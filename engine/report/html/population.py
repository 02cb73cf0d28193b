"""The sums over a population -> one HTML file to hand on, in the style of the report over case files (`html`): figures
and charts, the cohorts that exceed, what was set aside. No section a case, and no names: cases go by their ids.

How fast it was and what the referee did are left out, so that the same cases and policies give the same bytes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TextIO

from engine.base.version import ENGINE_VERSION
from engine.base.words import words
from engine.core.judge.case import Rejected
from engine.core.judge.record import UNDETERMINED, QuotaStatus, ReadingUsed
from engine.core.policy.live import Choices, chosen
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import Rule
from engine.population.totals import Totals
from engine.report.across import SayingsAcross
from engine.report.captions import CAPTIONS
from engine.report.diagnostics import render
from engine.report.html.charts import bar
from engine.report.html.page import Chart, Citations, Problem, Row, level, picture, rendered
from engine.report.population import OPEN, PopulationTelling, figure
from engine.report.sentences import Sentence
from engine.report.words import Words

MOST_COHORTS, MOST_LINKS, MOST_FACTS, MOST_REJECTED = 50, 20, 20, 20

MORE_CAPTIONS = words("population_page")


def write_population_html(
    totals: Totals, rejected: Iterable[Rejected], library: Library, switches: Choices, language: str, stream: TextIO
) -> None:
    """The sums, and the first of the cases that could not be judged. Raises ImportError without the extra `html`."""
    at_work = [one for one in library.regulations.values() if one.id in {about for about, _ in totals.periods}]
    documents = {one.id: one.label for each in library.regulations.values() for one in each.documents}
    words = Words(language, documents, any(one.extends is not None for one in at_work))
    each = iter(rejected)
    first = tuple(islice(each, MOST_REJECTED))
    page = PopulationPage(
        words, totals=totals, rejected=first, further=sum(1 for _ in each), library=library, switches=switches,
        at_work=at_work,
    )  # fmt: skip
    stream.write(rendered("population.html.jinja", page, words, across=AcrossCases(page)))


@dataclass(frozen=True)
class Counts:
    """A line of a table of numbers: what is counted, its citation, and the numbers under their headings."""

    name: Sentence
    numbers: Sequence[str]


@dataclass(frozen=True)
class PopulationPage(Citations):
    """What the template asks for."""

    totals: Totals = field(kw_only=True)
    rejected: Sequence[Rejected] = field(kw_only=True)
    """The first of them, and how many more there are."""
    further: int = field(kw_only=True)
    library: Library = field(kw_only=True)
    switches: Choices = field(kw_only=True)
    at_work: Sequence[Regulation] = field(kw_only=True)

    def say(self, name: str, **arguments: object) -> str:
        said = MORE_CAPTIONS.get(name) or CAPTIONS[name]
        return said[self.words.language].format(**arguments)

    @cached_property
    def telling(self) -> PopulationTelling:
        return PopulationTelling(self.library, self.totals, self.words.language)

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """By qualified id, and by id alone."""
        found: dict[str, Rule] = {}
        for one in (*self.at_work, *self.library.regulations.values()):
            for rule in all_rules(one):
                found.setdefault(rule.name, rule)
                found.setdefault(rule.id, rule)
        return found

    def number(self, number: int) -> str:
        return figure(number, self.words.language)

    # --- the head ---

    @property
    def title(self) -> str:
        return f"{self.say('title')} – {self.subtitle}" if self.subtitle else self.say("title")

    @cached_property
    def subtitle(self) -> str:
        parts = [self.regulation(one) for one in self.at_work]
        periods = sorted({period for _, period in self.totals.periods})
        if periods:
            parts.append(self.say("for_periods", periods=", ".join(periods)))
        return " · ".join(parts)

    def regulation(self, one: Regulation) -> str:
        return self.words.text(self.words.documents.get(one.id, one.label))

    @property
    def contents(self) -> list[tuple[str, str]]:
        there = {
            "summary": ("summary", True),
            "kinds": ("by_kind", bool(self.kinds)),
            "duties": ("clarify", bool(self.totals.judged)),
            "missing": ("missing", bool(self.totals.missing)),
            "cohorts": ("cohorts", bool(self.totals.quotas or self.totals.ungrouped)),
            "links": ("links", bool(self.totals.links)),
            "rejected": ("aside", bool(self.rejected)),
            "basis": ("basis", True),
        }
        return [(anchor, self.say(name)) for anchor, (name, shown) in there.items() if shown]

    @property
    def made_by(self) -> str:
        policies = ", ".join(one.content_hash for one in self.at_work)
        return self.say("made_by", version=ENGINE_VERSION, policies=policies or "–")

    # --- the summary ---

    @property
    def balance(self) -> str:
        totals = self.totals
        counts = {"cases": totals.cases, "judged": totals.judged, "rejected": totals.rejected}
        return self.say("balance", **{name: self.number(count) for name, count in counts.items()})

    @property
    def figures(self) -> list[tuple[str, str]]:
        totals = self.totals
        outcomes = Counter[str]()
        for those in self.telling.by_kind().values():
            outcomes.update(those)
        broken = sum(one.counts.get("broken", 0) for one in totals.links)
        figures = [
            (totals.judged, "judged"),
            (totals.to_clarify, "to_clarify"),
            (outcomes[OPEN] + outcomes[UNDETERMINED], "unsettled"),
            (outcomes["not_reviewed"] + outcomes["not_graded"], "not_counted"),
            (self.telling.cohorts_that("exceeded"), "exceeded_count"),
            (self.telling.cohorts_that("unknown"), "conditional_count"),
            *([(broken, "broken_count")] if totals.links else []),
            (totals.rejected, "rejected_count"),
        ]
        return [(self.number(number), self.say(name)) for number, name in figures]

    @cached_property
    def grades(self) -> list[Chart]:
        """The outcomes under each regulation."""
        sums: dict[str, Counter[str]] = {}
        for (regulation, _), those in self.telling.by_kind().items():
            sums.setdefault(regulation, Counter()).update(those)
        several = len(self.at_work) > 1
        return [
            self._outcomes(
                one,
                sums.get(one.id, {}),
                self.say("by_grade_of", regulation=self.regulation(one)) if several else self.say("by_grade"),
            )
            for one in self.at_work
        ]

    @cached_property
    def kinds(self) -> list[Chart]:
        """The outcomes of each kind of subject."""
        several = len(self.at_work) > 1
        charts = []
        for one in self.at_work:
            for (regulation, kind), those in self.telling.by_kind().items():
                if regulation == one.id:
                    name = self.telling.label(self.telling.kinds, (regulation, kind), kind)
                    caption = f"{name} ({self.number(sum(those.values()))})"
                    charts.append(
                        self._outcomes(one, those, f"{caption} – {self.regulation(one)}" if several else caption)
                    )
        return charts

    def _outcomes(self, one: Regulation, counted: Mapping[str, int], caption: str) -> Chart:
        order = tuple(grade.id for grade in one.grades)
        more = [outcome for outcome in counted if outcome not in order and counted[outcome]]
        figures = [(outcome, counted.get(outcome, 0), level(outcome, order)) for outcome in (*order, *more)]
        return Chart(
            caption,
            self.say("grade"),
            self._rows((Sentence(self.telling.outcome(one.id, outcome)), count, colour)
                       for outcome, count, colour in figures),
        )  # fmt: skip

    def _rows(self, figures: Iterable[tuple[Sentence, int, str]]) -> list[Row]:
        shown = list(figures)
        longest = max((count for _, count, _ in shown), default=0)
        return [
            Row(name.text, self.number(count), picture(bar([(colour, count)], longest, "")), name.source, name.layer)
            for name, count, colour in shown
        ]

    @property
    def given(self) -> list[Chart]:
        """Whose grades, and how they stand to the facts."""
        by: dict[str, list[tuple[Sentence, int, str]]] = {}
        for who, how, many in self.totals.against:
            by.setdefault(who, []).append((Sentence(self.telling.say(how)), many, "l0" if how == "agrees" else "l2"))
        return [
            Chart(f"{self.say('given_against')}: {self.telling.say(who)}", self.say("against_facts"), self._rows(rows))
            for who, rows in by.items()
        ]

    # --- duties and facts ---

    @property
    def duties(self) -> list[Chart]:
        charts = [
            self._of_rules("by_trigger", "trigger", self.totals.findings, "l1"),
            self._of_rules("open_trigger", "trigger", self.totals.open_findings, "none"),
            self._of_rules("left_out", "content", self.totals.left_out, "l1"),
        ]
        return [one for one in charts if one.rows]

    def _of_rules(self, caption: str, column: str, counted: Sequence[tuple[str, int]], colour: str) -> Chart:
        rows = self._rows((self._rule(name), many, colour) for name, many in counted)
        return Chart(self.say(caption), self.say(column), rows)

    def _rule(self, name: str) -> Sentence:
        rule = self.rules.get(name)
        return Sentence(name) if rule is None else Sentence(self.words.text(rule.label), rule.source, "", rule.layer)

    @property
    def missing(self) -> Chart:
        shown = self.totals.missing[:MOST_FACTS]
        rows = self._rows((Sentence(self._fact(name)), many, "none") for name, many in shown)
        return Chart(self.say("missing_most"), self.say("fact"), rows)

    def _fact(self, name: str) -> str:
        fact = self.library.vocabulary.facts.get(name.removeprefix("evidence."))
        if fact is None:
            return name
        label = self.words.text(fact.label)
        return self.words.say("evidence_for", fact=label) if name.startswith("evidence.") else label

    @property
    def more_facts(self) -> str:
        return self.more("more_facts", len(self.totals.missing) - MOST_FACTS)

    def more(self, name: str, number: int) -> str:
        return self.say(name, number=self.number(number)) if number > 0 else ""

    # --- what was set aside ---

    @property
    def codes(self) -> Chart:
        rows = self._rows((Sentence(code), many, "l4") for code, many in self.totals.codes)
        return Chart(self.say("by_code"), self.say("code"), rows, "times")

    @property
    def problems(self) -> list[Problem]:
        # Without the lines of the files, in which a person may be named.
        return [
            Problem(one.case_id or one.file, render(one.diagnostics, self.words.language, {})) for one in self.rejected
        ]

    @property
    def more_rejected(self) -> str:
        return self.more("more_rejected", self.further)

    # --- what it rests on ---

    @cached_property
    def assumptions(self) -> list[tuple[Sentence, str]]:
        found = [
            (self._rule(name), self.say("in_cases", number=self.number(many))) for name, many in self.totals.assumed
        ]
        for one in self.totals.quotas:
            for name, many in one.relieved.items():
                found.append((self._rule(name), self.say("in_cohorts", number=self.number(many))))
        return found

    @property
    def readings(self) -> list[ReadingUsed]:
        """Every interpretation of the regulations at work, as it is read."""
        return list(self._readings())

    def _readings(self) -> Iterator[ReadingUsed]:
        for regulation in self.at_work:
            choices = chosen(regulation, self.switches)
            for one in regulation.interpretations:
                option = choices[one.id]
                yield ReadingUsed(
                    one.id, one.question, option, dict(one.options)[option], option != one.chosen, one.layer
                )


@dataclass(frozen=True)
class AcrossCases:
    """What concerns several cases: quotas with the cohorts that exceed them, and links."""

    page: PopulationPage

    @cached_property
    def quotas(self) -> list[Counts]:
        """For each quota its cohorts: all, within, exceeding, not known."""
        found = []
        for one in self.page.totals.quotas:
            counts = [one.cohorts, *(one.counts.get(status, 0) for status in STATUSES)]
            name = Sentence(self.page.words.text(one.label), one.source, "", one.layer)
            found.append(Counts(name, [self.page.number(count) for count in counts]))
        return found

    @property
    def exceeding(self) -> list[Sentence]:
        """The cohorts that exceed, one a line, with their relief."""
        return self._cohorts("exceeded", "✗")

    @property
    def conditional(self) -> list[Sentence]:
        """The cohorts that may exceed, each with what it waits for and the figures in each way."""
        return self._cohorts("unknown", "?")

    def _cohorts(self, status: QuotaStatus, mark: str) -> list[Sentence]:
        words, found = self.page.words, []
        sayings = SayingsAcross(words)
        for one in [each for each in self.page.totals.cohorts if each.status == status][:MOST_COHORTS]:
            kinds = {kind: label[self.page.words.language] for (about, kind), label in self.page.telling.kinds.items()
                     if about == one.regulation}  # fmt: skip
            figures = sayings.quota(one).sentences[0]
            relief = (
                f"; {self.page.words.say('relieved', relief=self.page.words.text(one.relief.label))}"
                if one.relief
                else ""
            )
            name = f"{sayings.cohort(one, kinds)} ({sayings.members(one)}, {one.period})"
            ways = "".join(f"; {each.text}" for each in sayings.conditions(one))
            found.append(Sentence(f"{name}: {figures.text}{relief}{ways}", one.source, mark, one.layer))
        return found

    @property
    def more_conditional(self) -> str:
        return self.page.more("more_conditional", self.page.telling.cohorts_that("unknown") - MOST_COHORTS)

    @property
    def more_cohorts(self) -> str:
        return self.page.more("more_cohorts", self.page.telling.cohorts_that("exceeded") - MOST_COHORTS)

    @property
    def ungrouped(self) -> list[str]:
        telling = self.page.telling
        return [
            telling.say("ungrouped", quota=telling.label(telling.named, name, name), number=self.page.number(many))
            for name, many in self.page.totals.ungrouped
        ]

    @cached_property
    def links(self) -> list[Counts]:
        """For each link its pairs: kept, broken, not known."""
        sources = {each.name: each for one in self.page.library.regulations.values() for each in one.links}
        found = []
        for one in self.page.totals.links:
            link = sources[one.link]
            name = Sentence(self.page.words.text(link.label), link.source, "", link.layer)
            found.append(
                Counts(name, [self.page.number(one.counts.get(key, 0)) for key in ("kept", "broken", "unknown")])
            )
        return found

    @property
    def broken(self) -> list[tuple[str, list[Sentence], str]]:
        """For each link that is broken somewhere its label, the first pairs, and how many more."""
        found = []
        for one in self.page.totals.links:
            pairs = [
                Sentence(self.page.say("pair", case=case, other=other), None, "✗")
                for case, other in one.broken[:MOST_LINKS]
                for case, other in one.broken[:MOST_LINKS]
            ]
            if pairs:
                label = self.page.telling.label(self.page.telling.named, one.link, one.link)
                more = self.page.more("more_pairs", one.counts.get("broken", 0) - len(pairs))
                found.append((label, pairs, more))
        return found


STATUSES: tuple[QuotaStatus, ...] = ("within", "exceeded", "unknown")
