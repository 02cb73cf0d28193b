"""Whether a local layer loosens the regulation that it makes concrete, decided, with a case that shows it.

A layer may tighten: no case gets a better grade by it, no trigger and no review content is lost, no quota is wider and
no link is dropped. What loosens is a mistake unless the regulation says `delegated` of it: of the rule or quota, of the
parameter that was set or of the interpretation that was chosen. What cannot be decided is refused likewise.
"""

from collections.abc import Iterator
from dataclasses import replace

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import Quota, Rule
from engine.core.policy.values import written
from engine.load.policies.overlay import Overlay
from engine.versions.comparison import Difference
from engine.versions.diff import differences
from engine.versions.strictness import Movement
from engine.versions.versions import Version
from engine.versions.witnesses import Witnesses

LOOSER = ("loosened", "both_ways", "not_decided")


def check_layer(library: Library, base: Regulation, merged: Regulation, overlay: Overlay) -> Iterator[Diagnostic]:
    """Everything in which a layer over `base` is looser than it, and is not delegated."""
    before = Version(base.id, library, base)
    after = Version(merged.id, library, merged)
    named: dict[str, Rule | Quota] = {}
    for regulation in (base, merged):
        named |= {rule.name: rule for rule in all_rules(regulation)}
        named |= {quota.name: quota for quota in regulation.quotas}
    for difference in differences(before, after):
        if difference.what in ("parameter", "regulation", "interpretation") or difference.dormant:
            continue
        looser = difference.direction in LOOSER
        if looser and difference.what in ("bar", "criterion") and _kept_by_others(before, after, difference):
            continue
        item = named.get(difference.new or difference.old or "")
        shown = difference
        if difference.what == "bar" and not looser and isinstance(item, Rule):
            # A bar puts a case on its grade outright, which may be better than what the case would have got.
            shown, looser = _lifting(before, after, difference, item)
        if looser and not _delegated(difference, item, base, overlay):
            yield diagnostic(
                "overlay/loosens",
                _place(difference, item, overlay),
                rule=difference.new or difference.old or "",
                base=base.id,
                witness=in_short(shown),
            )


def _lifting(before: Version, after: Version, difference: Difference, rule: Rule) -> tuple[Difference, bool]:
    """A bar that holds for more, with a case that it lifts; whether it may lift one."""
    regulation = after.regulation
    grade = _grade_of_bar(regulation, rule)
    if difference.direction == "none" or grade is None or grade == regulation.grades[-1].id:
        return difference, False
    ladder = next(ladder for ladder in regulation.ladders if rule.name in [bar.rule.name for bar in ladder.bars])
    witness = Witnesses(before, after).lifted(rule, grade, ladder)
    return replace(difference, witnesses=() if witness is None else (witness,)), True


def _kept_by_others(before: Version, after: Version, difference: Difference) -> bool:
    """A reading swaps one rule for another: do the new one and its like keep every case that the old one lets go?"""
    old = {rule.name: rule for rule in all_rules(before.regulation)}
    new = {rule.name: rule for rule in all_rules(after.regulation)}
    mine, theirs = old.get(difference.old or ""), new.get(difference.new or "")
    others = [rule for rule in _beside(after.regulation, theirs or mine) if rule is not theirs]
    return Movement(before, after).compensated(mine, theirs, others)


def _beside(regulation: Regulation, rule: Rule | None) -> list[Rule]:
    """The other rules that may keep a case at its grade: bars on the same grade, other criteria of the rung."""
    rules: list[Rule] = []
    for ladder in regulation.ladders:
        bars = {bar.rule.name: bar.grade for bar in ladder.bars}
        if rule is not None and rule.name in bars:
            rules += [bar.rule for bar in ladder.bars if bar.grade == bars[rule.name]]
        below: list[Rule] = []
        for rung in reversed(ladder.rungs):
            own = [criterion.rule for criterion in rung.criteria]
            if rule is not None and rule.name in [criterion.name for criterion in own]:
                rules += [*own, *below]
            below += [criterion.rule for criterion in rung.criteria if criterion.inherited]
    return rules


def _grade_of_bar(regulation: Regulation, rule: Rule) -> str | None:
    return next((bar.grade for ladder in regulation.ladders for bar in ladder.bars if bar.rule.name == rule.name), None)


def _delegated(difference: Difference, item: Rule | Quota | None, base: Regulation, overlay: Overlay) -> bool:
    """Is it the regulation's to allow, and allowed in every respect in which the layer moved it?"""
    if item is not None and item.layer != overlay.own.id and item.delegated:
        return True
    interpretations = {interpretation.id: interpretation.delegated for interpretation in base.interpretations}
    parameters = {name: parameter.delegated for name, parameter in base.parameters.items()}
    readings = {reading.interpretation for reading in item.under} if item is not None else set()
    allowed = [parameters[name] for name in difference.because if name in overlay.parameters and name in parameters]
    allowed += [interpretations[name] for name in {*readings, *difference.because} & set(overlay.chosen)]
    return bool(allowed) and all(allowed)


def _place(difference: Difference, item: Rule | Quota | None, overlay: Overlay) -> Location:
    """Where the layer says it: at the rule that it adds, the value that it sets, the reading that it chooses."""
    if item is not None and item.layer == overlay.own.id:
        return item.location
    names_read = {reading.interpretation for reading in item.under} if item is not None else set()
    for name in (*difference.because, *names_read):
        if name in overlay.parameters:
            return overlay.parameters[name].values[0].location
        if name in overlay.chosen:
            return getattr(overlay.chosen[name], "location", overlay.location)
    return overlay.location


def in_short(difference: Difference) -> str:
    """A case that shows a difference, in short: what it states besides the typical, and what becomes of it."""
    for witness in difference.witnesses:
        facts = "; ".join(f"{name} = {written(value)}" for name, value in witness.unusual) or "…"
        old, new = "/".join(witness.outcome_old), "/".join(witness.outcome_new)
        return f"{witness.document['subject']['kind']}: {facts} ({old} → {new})"
    for cohort in difference.cohorts:
        relief = f" ({cohort.relief})" if cohort.relief else ""
        return ", ".join(f"{grade} {count}" for grade, count in cohort.counts) + relief
    return "; ".join(f"{part}: {old} → {new}" for part, old, new in difference.details) or "…"
