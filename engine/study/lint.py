"""What rules can reach, by exact reasoning over the values that they tell apart: rules that never or always hold, that
repeat another, or that the rung below implies; and names that nothing uses. Run by `xeploai check`, not on every load.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from engine.base.diagnostics import Diagnostic, diagnostic, warning
from engine.core.judge.ladder import live_ladder
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Vocabulary
from engine.core.policy.values import written
from engine.core.rules.compiler import Compiled, CompiledRule
from engine.core.rules.domains import Region
from engine.study.unused import unused_facts, unused_names
from engine.study.variations import variations


def check_reach(library: Library) -> tuple[Diagnostic, ...]:
    """Every such rule and name of a library that loads, each once, and what cannot be compiled."""
    problems: list[Diagnostic] = []
    for regulation in library.regulations.values():
        problems += check_reach_of(library.vocabulary, regulation)
    problems += unused_facts(library)
    return tuple(dict.fromkeys(problems))


def check_reach_of(vocabulary: Vocabulary, regulation: Regulation) -> tuple[Diagnostic, ...]:
    """As `check_reach`, of one regulation; whether a fact is used depends on all of them."""
    problems: list[Diagnostic] = []
    in_force: Counter[str] = Counter()
    redundant: dict[str, list[Diagnostic]] = {}
    for compiled in variations(vocabulary, regulation):
        if isinstance(compiled, Diagnostic):
            problems.append(compiled)
            continue
        problems += _never_or_always(compiled)
        in_force.update(rule.rule.name for rule in compiled.rules)
        for name, problem in (*_repeated(compiled), *_implied(regulation, compiled)):
            redundant.setdefault(name, []).append(problem)
    # A rule that is redundant under some reading, or for some kind of subject alone, is needed for the others.
    problems += [several[0] for name, several in redundant.items() if len(several) >= in_force[name]]
    problems += _small_percents(regulation)
    problems += unused_names(regulation)
    return tuple(dict.fromkeys(problems))


def _never_or_always(compiled: Compiled) -> Iterator[Diagnostic]:
    for rule in compiled.rules:
        if rule.condition is None:
            continue
        if not rule.holds:
            yield diagnostic("rule/never-holds", rule.rule.location, rule=rule.rule.id)
        elif not rule.fails:
            yield diagnostic("rule/always-holds", rule.rule.location, rule=rule.rule.id)


def _is_open(rule: CompiledRule) -> bool:
    """Does a rule hold in some case and fail in another?"""
    return rule.condition is not None and bool(rule.holds) and bool(rule.fails)


def _repeated(compiled: Compiled) -> Iterator[tuple[str, Diagnostic]]:
    """Rules of one role and, in a ladder, of one rung or for one grade, that hold and fail together."""
    groups: dict[tuple[object, ...], list[CompiledRule]] = {}
    for rule in filter(_is_open, compiled.rules):
        groups.setdefault((rule.rule.role, rule.rule.name.rpartition(".")[0]), []).append(rule)
    for group in groups.values():
        for number, rule in enumerate(group):
            for earlier in group[:number]:
                if _implies(rule, earlier) and _implies(earlier, rule):
                    about = {"rule": rule.rule.id, "other": earlier.rule.id}
                    yield rule.rule.name, diagnostic("rule/repeats", rule.rule.location, **about)
                    break


def _implied(regulation: Regulation, compiled: Compiled) -> Iterator[tuple[str, Diagnostic]]:
    """Criteria that add nothing to those which their rung takes from below, or to one of their own rung."""
    live = live_ladder(regulation, compiled.kind, dict(compiled.choices), compiled.index)
    for grade, numbers in live.rungs if live else ():
        criteria = [rule for rule in map(compiled.rules.__getitem__, numbers) if _is_open(rule)]
        own = [rule for rule in criteria if rule.rule.name.split(".")[-2] == grade]
        for rule in own:
            for other in criteria:
                if other is rule or not _implies(other, rule) or (other in own and _implies(rule, other)):
                    continue
                about = {"rule": rule.rule.id, "other": other.rule.name}
                yield rule.rule.name, diagnostic("criterion/implied", rule.rule.location, **about)
                break


def _implies(rule: CompiledRule, other: CompiledRule) -> bool:
    """Does `other` hold in every case in which `rule` does? No case holds the first and fails the second."""
    return not any(_meet(first, second) for first in rule.holds for second in other.fails)


def _meet(first: Region, second: Region) -> bool:
    return all(mask & second.get(observable, mask) for observable, mask in first.items())


def _small_percents(regulation: Regulation) -> Iterator[Diagnostic]:
    """A half written as 0.5 means half of one per cent."""
    for parameter in regulation.parameters.values():
        for dated in parameter.values if parameter.unit == "percent" else ():
            if isinstance(dated.value, int | Decimal) and 0 < dated.value < 1:
                value = written(dated.value)
                yield warning("parameter/small-percent", dated.location, parameter=parameter.id, value=value)
