"""The test that would kill a mutant: a case that comes out otherwise by it, with what it comes to by the regulation.

Cases of the regulation's own tests are tried first, for a test may look at the right case and expect too little. Of a
changed rule cases are made from the values in which it differs. Each is decided by both before it is shown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import chain, islice, product
from typing import Any

from engine.base.diagnostics import Diagnostic
from engine.core.judge.decision import Decided
from engine.core.judge.engine import across_cases
from engine.core.judge.record import UNDETERMINED, QuotaResult, Results
from engine.core.policy.live import changes, in_force
from engine.core.policy.regulation import Regulation, all_rules
from engine.core.policy.rules import Rule
from engine.core.policy.terms import PeriodKind
from engine.core.rules.domains import Observable, TooWide
from engine.load.cases.kinds import kinds_of_cases
from engine.load.cases.periods import written_period
from engine.proof.killing_groups import TestData, group_tests
from engine.proof.mutated_world import World
from engine.proof.mutation import MutantRun, Trial
from engine.proof.sameness import compared_on
from engine.study.examples import Stated, examples
from engine.study.policy_test_cases import PolicyTest, cases_of
from engine.study.variations import periods_of
from engine.versions.witnesses import plain

MOST_REGIONS, MOST_EXAMPLES = 60, 4
KEYS = ("exemption", "ungraded", "subject_to_review", "grade", "range", "bars", "findings", "review_required", "gaps",
        "unmet", "missing")  # fmt: skip
"""What a test may expect of a case, the most telling first."""
FIGURES = ("count", "base", "limit", "excess", "greatest_lawful", "status")


def killing_test(run: MutantRun) -> TestData | None:
    """A test that passes by the regulation and fails by the mutant; None if none is found."""
    # What is worked out for made cases is kept no longer than they are.
    world = World(run.bench.world.library, run.bench.regulation)
    run = MutantRun(replace(run.bench, world=world), run.mutant)
    for data in chain(_made(run), _reread(run) if run.mutant.rules is None else ()):
        trial = _trial(run, data)
        if trial is not None and (expected := _telling(run, trial)) is not None:
            return {**data, "expect": expected}
    before, after = run.bench.regulation, run.mutant.regulation
    for data in group_tests(before, after):
        trial = _trial(run, data)
        if trial is not None and (expected := _of_groups(run, trial)) is not None:
            return {**data, "expect": expected}
    for trial in run.bench.trials:
        if (expected := _telling(run, trial)) is not None:
            return {**{key: value for key, value in trial.test.data.items() if key != "name"}, "expect": expected}
    return None


def told(decided: Decided) -> dict[str, Any]:
    """Everything that a test can expect of one decided case, by the keys of `expect`."""
    decision, grading = decided.decision, decided.decision.grading
    whole: dict[str, Any] = {
        "subject_to_review": "unknown" if decision.subject_to_review is None else decision.subject_to_review,
        "exemption": [result.rule.id for result in decision.exemptions if result.holds],
        "ungraded": [result.rule.id for result in decision.ungraded if result.holds],
        "review_required": sorted(item.rule.id for item in decision.review if item.required),
        "findings": sorted(finding.rule.id for finding in decision.findings),
        "grade": "none",
    }
    if grading is None:
        return whole
    if grading.settled:
        whole["grade"] = grading.possible[0]
    else:
        del whole["grade"]
        undetermined = UNDETERMINED in grading.possible
        whole["range"] = {"lowest": grading.lowest, "highest": grading.highest, "undetermined": undetermined}
        whole["missing"] = sorted(
            f"evidence.{missing.fact.name}" if missing.evidence else missing.fact.name for missing in grading.missing
        )
    whole["bars"] = sorted(bar.result.rule.id for bar in grading.bars if bar.result.holds)
    whole["gaps"] = sorted(gap.rule.id for gap in grading.gaps if gap.holds)
    whole["unmet"] = {rung.grade: sorted({result.rule.id for result in rung.unmet}) for rung in grading.rungs}
    return whole


# --- what a test should expect ---


def _telling(run: MutantRun, trial: Trial) -> dict[str, Any] | None:
    """The first thing by which the cases of a trial differ by the regulation and the mutant, as the former has it."""
    before = trial.decided[0]
    after = run.decided(trial, 0)
    if after is not before:
        expected = _of_records(told(before), told(after)) or _of_statuses(before.results, run.results_of(before, after))
        if expected is not None:
            return expected
    return _of_groups(run, trial) if len(trial.cases) > 1 else None


def _of_records(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any] | None:
    for key in KEYS:
        if key not in before or before[key] == after.get(key):
            continue
        value = before[key]
        if key in ("exemption", "ungraded"):
            if len(value) != 1:
                continue
            value = value[0]
        if key == "range" and None in value.values():
            continue
        if key == "unmet":
            others = after.get(key, {})
            value = {grade: names for grade, names in value.items() if others.get(grade) != names}
        if value != {}:
            return {key: value}
    return None


def _of_statuses(before: Mapping[str, bool | None], after: Mapping[str, bool | None]) -> dict[str, Any] | None:
    for name, status in before.items():
        if name in after and after[name] is not status:
            return {"unknown" if status is None else "holds" if status else "fails": [name]}
    return None


def _of_groups(run: MutantRun, trial: Trial) -> dict[str, Any] | None:
    """What tells the quotas and links over a group apart: the figures of a cohort, or how a link stands."""
    cases = [run.decided(trial, number) for number in range(len(trial.cases))]
    before, after = (
        across_cases(library, decided, (), trial.test.switches)
        for library, decided in ((run.bench.world.library, trial.decided), (run.world.library, cases))
    )
    for key, item, tellings in (("quotas", "quota", _quotas), ("links", "link", _links)):
        sides = tellings(before), tellings(after)
        for name, telling in sides[0].items():
            if telling and sides[1].get(name) != telling:
                return {key: [telling]}
        there = {name for name, _ in sides[0]}
        for name, _ in sides[1]:
            if name not in there:
                return {key: [{item: name, "status": "none"}]}
    return None


def _quotas(results: Results) -> dict[Any, dict[str, Any]]:
    """The figures of each quota over the only cohort that it has, or over each that a test can name."""
    by_quota: dict[str, list[QuotaResult]] = {}
    for result in results.quotas:
        by_quota.setdefault(result.quota.id, []).append(result)
    told_of: dict[Any, dict[str, Any]] = {}
    for quota, cohorts in by_quota.items():
        values = [value for result in cohorts for _, value in result.cohort]
        for result in cohorts:
            figures = {figure: getattr(result, figure) for figure in FIGURES}
            if len(cohorts) == 1:
                told_of[quota, None] = {"quota": quota, **figures}
            for _, name in result.cohort:
                if values.count(name) == 1:
                    told_of[quota, name] = {"quota": quota, "cohort": name, **figures}
    return told_of


def _links(results: Results) -> dict[Any, dict[str, Any]]:
    """How each link stands from each case, and how it stands at all, if that is one answer."""
    statuses: dict[tuple[str, str | None], list[str]] = {}
    for result in results.links:
        for case in (result.case_id, None):
            statuses.setdefault((result.link.id, case), []).append(result.status)
    return {
        (link, case): {"link": link, **({"from": case} if case else {}), "status": answers[0]}
        if len(answers) == 1
        else {}
        for (link, case), answers in statuses.items()
    }


# --- cases ---


def _trial(run: MutantRun, data: TestData) -> Trial | None:
    """A made test with its cases decided by the regulation; None if it cannot be stated."""
    bench, problems = run.bench, list[Diagnostic]()
    example = bench.trials[0].test
    test = PolicyTest(example.tested, example.document, example.path, {"name": "", "expect": {}, **data})
    cases = cases_of(test, problems)
    if problems:
        return None
    trial = Trial(test, cases, (), across=False, names=frozenset())
    trial.decided = [bench.world.decide(case, trial.setting(case)) for case in cases]
    return trial


def _made(run: MutantRun) -> Iterator[TestData]:
    """Tests, without what they expect, in whose cases a changed rule comes out otherwise: first those in which every
    fact is known."""
    for (old, new), complete in product(run.mutant.rules or (), (True, False)):
        for kind, period, switches, day in _settings(run, old, new):
            for stated in _stated(run, old, new, day, complete):
                yield _data(run, kind, period, switches, day, stated)


def _kinds(regulation: Regulation) -> list[str]:
    """The kinds of subject that a case may be of, those that no other divides first."""
    return sorted(kinds_of_cases(regulation), key=lambda kind: not regulation.kinds[kind].is_leaf)


def _reread(run: MutantRun) -> Iterator[TestData]:
    """Tests in whose cases a rule matters that exists by the regulation or by the mutant alone, whose interpretation
    another option was chosen for."""
    regulation, worlds = run.bench.regulation, (run.bench.world, run.world)
    for rule, kind, period in product(all_rules(regulation), _kinds(regulation), periods_of(regulation)):
        if rule.under and len({world.is_live(rule, (kind, period, ())) for world in worlds}) > 1:
            for day in changes(regulation):
                for stated in _stated(run, rule, None, day, complete=True):
                    yield _data(run, kind, period, {}, day, stated)


def _settings(run: MutantRun, old: Rule, new: Rule | None) -> Iterator[tuple[str, PeriodKind, dict[str, str], date]]:
    """Kinds of subject and of period, readings and days for which the rule exists before the step or after it; first
    those for which it exists only once, and kinds without further kinds below them."""
    regulation, base = run.bench.regulation, run.bench.world
    named = {reading.interpretation for rule in (old, new or old) for reading in rule.under}
    points = [point for point in regulation.interpretations if point.id in named]
    options = [
        dict(zip((point.id for point in points), names, strict=True))
        for names in product(*([name for name, _ in point.options] for point in points))
    ]
    scopes = []
    for kind, period, switches in product(_kinds(regulation), periods_of(regulation), options):
        chosen = {point.id: switches[point.id] for point in points if switches[point.id] != point.chosen}
        setting = kind, period, tuple(sorted(switches.items()))
        live = base.is_live(old, setting), new is not None and run.world.is_live(new, setting)
        if any(live):
            scopes.append((all(live) and new is not None, kind, period, chosen))
    scopes.sort(key=lambda scope: (scope[0], not regulation.kinds[scope[1]].is_leaf))
    days = [day for day in changes(regulation) if in_force(regulation, day)]
    for (_, kind, period, chosen), day in product(scopes, days):
        yield kind, period, chosen, day


def _stated(run: MutantRun, old: Rule, new: Rule | None, day: date, complete: bool) -> Iterator[Stated]:
    """What cases state in which a rule differs: all facts, or no more than the rule needs to come out."""
    before, after = run.bench.regulation, run.mutant.regulation
    vocabulary, tested = run.bench.library.vocabulary, run.bench.trials[0].test.tested
    base = Stated(dict(tested.typical), dict.fromkeys(tested.evidence, True))
    try:
        if new is None or (new.condition == old.condition and old is not new):
            compared = compared_on(vocabulary, day, (before, old), (before, old))
            wanted = list(compared.before[1 if old.role == "criterion" else 0])
        else:
            compared = compared_on(vocabulary, day, (before, old), (after, new))
            wanted = compared.flips() if complete else list(compared.apart())
    except TooWide:
        return
    looked_at = set(compared.domains)
    for region in wanted[:MOST_REGIONS]:
        for stated in islice(examples(region, compared.domains, vocabulary, base), MOST_EXAMPLES):
            yield stated if complete else _without(stated, looked_at - region.keys())


def _without(stated: Stated, observables: set[Observable]) -> Stated:
    unknown = {observable.fact for observable in observables if not observable.evidence}
    unnamed = {observable.fact for observable in observables if observable.evidence}
    return Stated(
        {name: value for name, value in stated.values.items() if name not in unknown},
        {name: named for name, named in stated.evidence.items() if name not in unnamed},
    )


def _data(
    run: MutantRun, kind: str, period: PeriodKind, switches: Mapping[str, str], day: date, stated: Stated
) -> TestData:
    """The test of a subject with these facts, as it differs from a typical case."""
    tested, regulation = run.bench.trials[0].test.tested, run.bench.regulation
    typical = tested.typical
    given: dict[str, Any] = {name: plain(value) for name, value in stated.values.items() if typical.get(name) != value}
    given |= dict.fromkeys(typical.keys() - stated.values.keys())
    evidence: dict[str, Any] = {
        fact: [] if fact in stated.evidence else None
        for fact in tested.evidence
        if not stated.evidence.get(fact, False)
    }
    data: TestData = {} if day == regulation.in_force_from else {"as_of": day.isoformat()}
    if regulation.periods and period != "year":
        data["period"] = written_period(period, day.year)
    if switches:
        data["interpretations"] = dict(switches)
    return {
        **data,
        "subject": kind,
        **({"given": given} if given else {}),
        **({"evidence": evidence} if evidence else {}),
    }
