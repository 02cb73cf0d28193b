"""What a reading decides: the outcome of a case under each other option of each interpretation, one changed at a time,
and with each `assumed` rule switched on or off by itself.

An option makes some rules exist and others not; the results of all others stay. So only what comes is worked out anew.
"""

from collections.abc import Iterable, Iterator, Sequence

from engine.core.judge.case import Case
from engine.core.judge.engine import Dependences, Made
from engine.core.judge.judge import MOST_KEPT, Judge
from engine.core.judge.ladder import LiveLadder, by_statuses, live_ladder
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED, Dependence
from engine.core.policy.conditions import evaluate, looked_at, ready
from engine.core.policy.live import Choices, concerns, during, live_rules
from engine.core.policy.regulation import Interpretation, all_rules
from engine.core.policy.rules import Condition, Rule
from engine.core.policy.terms import Frozen

DUTIES = ("trigger", "review_content")


class Alternative(Frozen):
    """One change of a reading: an option of an interpretation, or one assumed rule on or off (`rule`).

    Rules are numbered as in the compilation, those that come after them; `gone` no longer exist."""

    interpretation: str | None
    option: str | None
    rule: str | None
    switched_on: bool
    live: LiveLadder | None
    come: tuple[tuple[Rule, Condition | None], ...]
    gone: frozenset[int]
    sparing: tuple[int, ...] = ()
    """The rules that would leave a case without review, by their numbers, and those that would leave it ungraded."""
    ungrading: tuple[int, ...] = ()


class AlternativeOutcome(Frozen):
    """How a case comes out under an alternative: what is possible, and the duties of review that come and go."""

    alternative: Alternative
    possible: tuple[str, ...]
    new_duties: tuple[str, ...]
    gone_duties: tuple[str, ...]


def alternatives(judge: Judge) -> tuple[Alternative, ...]:
    """Every alternative that makes a rule, a rung or what follows them another for the judge's kind of subject."""
    regulation, compiled = judge.regulation, judge.compiled
    choices = dict(compiled.choices)
    made_alternatives = []
    for interpretation in regulation.interpretations:
        for option, _ in interpretation.options:
            if option != choices[interpretation.id]:
                made = _alternative(
                    judge, {**choices, interpretation.id: option}, interpretation=interpretation, option=option
                )
                made_alternatives += [made] if made is not None else []
    return tuple(made_alternatives)


def assumed_rules(judge: Judge) -> tuple[Alternative, ...]:
    """Each assumed rule for the judge's kind of subject, switched on if it is off and off if it is on."""
    made_alternatives = []
    for rule in _ever_live(judge):
        if rule.source.status == "assumed":
            made = _alternative(judge, dict(judge.compiled.choices), toggled=rule)
            made_alternatives += [made] if made is not None else []
    return tuple(made_alternatives)


def _ever_live(judge: Judge) -> Iterator[Rule]:
    """The rules for the judge's kind of subject under whatever readings."""
    subject = judge.regulation.kinds[judge.compiled.kind]
    for rule in all_rules(judge.regulation):
        if concerns(rule.applies_to, subject) and during(rule.periods, judge.compiled.period):
            yield rule


def _alternative(
    judge: Judge,
    choices: Choices,
    *,
    interpretation: Interpretation | None = None,
    option: str | None = None,
    toggled: Rule | None = None,
) -> Alternative | None:
    compiled = judge.compiled
    rules = live_rules(judge.regulation, compiled.kind, choices, compiled.period)
    switched_on = toggled is not None and toggled.name not in compiled.index
    if toggled is not None:
        rules = [*rules, toggled] if switched_on else [rule for rule in rules if rule.name != toggled.name]
    names = {rule.name for rule in rules}
    come = [rule for rule in rules if rule.name not in compiled.index]
    index = {name: number for name, number in compiled.index.items() if name in names}
    index |= {rule.name: len(compiled.rules) + number for number, rule in enumerate(come)}
    live = live_ladder(judge.regulation, compiled.kind, choices, index)
    same = live is not None and (live.rungs, live.bars, live.otherwise) == (
        judge.live.rungs,
        judge.live.bars,
        judge.live.otherwise,
    )
    gone = frozenset(number for name, number in compiled.index.items() if name not in names)
    if same and not come and not gone:
        return None
    vocabulary, parameters = compiled.vocabulary, judge.regulation.parameters
    conditions = [
        ready(rule.condition, vocabulary, parameters, compiled.day) if rule.condition is not None else None
        for rule in come
    ]
    numbered = [
        (number, rule) for number, rule in enumerate([*(compiled_rule.rule for compiled_rule in compiled.rules), *come])
    ]
    sparing, ungrading = (
        tuple(number for number, rule in numbered if rule.role == role and number not in gone)
        for role in ("exemption", "ungraded")
    )
    return Alternative(
        interpretation.id if interpretation else None, option, toggled.name if toggled else None, switched_on, live,
        tuple(zip(come, conditions, strict=True)), gone, sparing, ungrading,
    )  # fmt: skip


def under_alternative(
    judge: Judge, case: Case, statuses: Sequence[bool | None], what: Alternative
) -> AlternativeOutcome:
    """A case, with the results of its rules, under an alternative."""
    return outcome_under(judge, _results(judge, case, statuses, what), what)


def outcome_under(judge: Judge, results: Sequence[bool | None], what: Alternative) -> AlternativeOutcome:
    """How cases come out under an alternative that have these results of rules, those that it brings included."""
    rules = [*(compiled_rule.rule for compiled_rule in judge.compiled.rules), *(rule for rule, _ in what.come)]
    held = _duties([(rule, results[number]) for number, rule in enumerate(rules) if number not in what.gone])
    before = _duties(
        [(compiled_rule.rule, status) for compiled_rule, status in zip(judge.compiled.rules, results, strict=False)]
    )
    possible = _possible(what.live, what.sparing, what.ungrading, results)
    return AlternativeOutcome(what, possible, tuple(sorted(held - before)), tuple(sorted(before - held)))


def _results(judge: Judge, case: Case, statuses: Sequence[bool | None], what: Alternative) -> Sequence[bool | None]:
    if not what.come:
        return statuses
    facts, evidence = judge.compiled.vocabulary.facts, case.evidence_named
    come = [
        True if condition is None else evaluate(condition, facts, case.values, evidence) for _, condition in what.come
    ]
    return [*statuses, *come]


def _duties(rules: Sequence[tuple[Rule, bool | None]]) -> set[str]:
    """What a review must clarify and cover; nothing if there is no review."""
    if any(status for rule, status in rules if rule.role == "exemption"):
        return set()
    return {rule.id for rule, status in rules if rule.role in DUTIES and status}


def as_chosen(judge: Judge, statuses: Sequence[bool | None]) -> tuple[str, ...]:
    """What is possible as the readings are, found in the same way, so that the two can be compared."""
    sparing, ungrading = (judge.by_role.get(role, ()) for role in ("exemption", "ungraded"))
    return _possible(judge.live, sparing, ungrading, statuses)


def _possible(
    live: LiveLadder | None, sparing: Sequence[int], ungrading: Sequence[int], results: Sequence[bool | None]
) -> tuple[str, ...]:
    if any(results[number] for number in sparing):
        return (NOT_REVIEWED,)
    if live is None or any(results[number] for number in ungrading):
        return (NOT_GRADED,)
    grades = by_statuses(live, results)
    return tuple(sorted(grades, key=[*live.grades, UNDETERMINED].index)) if len(grades) > 1 else tuple(grades)


_Coming = tuple[Condition | None, tuple[str, ...], tuple[str, ...], dict[tuple[object, ...], bool | None]]
"""The condition of a rule that another reading brings, the facts that it compares, those that it wants evidence for,
and its results by what is said of them."""


class OtherReadings:
    """Says of a judge's cases on which readings their outcomes depend. `others` are the judge's alternatives."""

    def __init__(self, judge: Judge, others: Iterable[Alternative]) -> None:
        self._judge = judge
        self._interpretations = {
            interpretation.id: interpretation for interpretation in judge.regulation.interpretations
        }
        self._coming: list[_Coming] = []
        self._turning: list[tuple[Alternative, list[int | None]]] = []
        self._kept: dict[tuple[bool | None, ...], tuple[Dependence, ...]] = {}
        sparing, ungrading = (tuple(judge.by_role.get(role, ())) for role in ("exemption", "ungraded"))
        heard = _heard(judge.live, sparing, ungrading)
        for what in others:
            deciding = what.live, what.sparing, what.ungrading
            if what.interpretation is None or deciding == (judge.live, sparing, ungrading):
                continue
            numbers = _heard(*deciding)
            places: list[int | None] = []
            for number, (_, condition) in enumerate(what.come, len(judge.compiled.rules)):
                places.append(len(self._coming) if number in numbers else None)
                if number in numbers:
                    self._coming.append((condition, *looked_at(condition), {}))
            self._turning.append((what, places))
            heard |= numbers
        self._heard = sorted(number for number in heard if number < len(judge.compiled.rules))

    def dependences(self, case: Case, statuses: Sequence[bool | None]) -> tuple[Dependence, ...]:
        """The options under which a case, with the results of its rules, would have another outcome."""
        come = self._results(case)
        # Nothing else that a case says has any effect here, so that many cases agree.
        heard = (*[statuses[number] for number in self._heard], *come)
        dependences = self._kept.get(heard)
        if dependences is None:
            dependences = tuple(self._dependences(statuses, come))
            if len(self._kept) < MOST_KEPT:
                self._kept[heard] = dependences
        return dependences

    @classmethod
    def of(cls, judge: Judge, made: Made) -> Dependences:
        """As the engine asks: the alternatives of a judge may come from an earlier run."""
        compiled = judge.compiled
        name = ("alternatives", compiled.regulation, compiled.kind, compiled.day, compiled.period, compiled.choices)
        return cls(judge, made(name, lambda: alternatives(judge))).dependences

    def _results(self, case: Case) -> list[bool | None]:
        """The results of the given rules: they depend only on what the rules look at."""
        values, named = case.values.get, case.evidence_named.get
        results = []
        for condition, facts, evidence, kept in self._coming:
            values_asked = *map(values, facts), *map(named, evidence)
            try:
                result = kept[values_asked]
            except KeyError:
                result = self._evaluate(condition, case)
                if len(kept) < MOST_KEPT:
                    kept[values_asked] = result
            results.append(result)
        return results

    def _evaluate(self, condition: Condition | None, case: Case) -> bool | None:
        if condition is None:
            return True
        return evaluate(condition, self._judge.compiled.vocabulary.facts, case.values, case.evidence_named)

    def _dependences(self, statuses: Sequence[bool | None], come: Sequence[bool | None]) -> Iterator[Dependence]:
        now = as_chosen(self._judge, statuses)
        for what, places in self._turning:
            results = [*statuses, *(None if place is None else come[place] for place in places)]
            possible = _possible(what.live, what.sparing, what.ungrading, results)
            if possible != now:
                assert what.interpretation is not None and what.option is not None
                interpretation = self._interpretations[what.interpretation]
                label = dict(interpretation.options)[what.option]
                yield Dependence(interpretation, what.option, label, possible)


def _heard(live: LiveLadder | None, sparing: Sequence[int], ungrading: Sequence[int]) -> set[int]:
    """The numbers of the rules that have a say in an outcome."""
    ladder = () if live is None else [*live.bars, *((grade, n) for grade, criteria in live.rungs for n in criteria)]
    return {*sparing, *ungrading, *(number for _, number in ladder)}
