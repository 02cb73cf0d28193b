"""The quotas in a regulation's document: what each is counted over, how it is rounded, and worked examples."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from engine.core.judge.limits import Limit
from engine.core.policy.live import on_day
from engine.core.policy.rules import ByReading, Quota, Rounding, Rule
from engine.report.markdown import Item, Raw, escaped, link
from engine.report.regulation.view import CAPTIONS, RegulationView

WORKED_STEPS, WORKED_UP_TO, WORKED_LAST = 3, 10_000, 100
"""How many steps of a quota's limit are shown, how far they are looked for, and a round base shown at the end."""


@dataclass(frozen=True)
class QuotaTables:
    """What the section on quotas shows."""

    view: RegulationView

    def quota_rule(self, quota: Quota) -> Raw:
        """What the quota limits, in a sentence with a link to its percentage."""
        of = next(value for _, value, chosen in self._options(quota.of) if chosen)
        base = " + ".join(f"“{self.view.grade(name)}”" for name in of)
        share = link(self.view.words.value(self.percent(quota.at_most), "percent"), f"parameter-{quota.at_most}")
        sentence = escaped(self.view.say("quota_rule", grade=self.view.grade(quota.grade), share="SHARE", base=base))
        return Raw(sentence.replace("SHARE", share))

    def within(self, quota: Quota) -> str:
        """What makes the cohorts of a quota."""
        names = [
            self.view.say(name) if name in CAPTIONS
            else self.view.relation(name.removeprefix("subject.")) if name.startswith("subject.")
            else self.view.text(self.view.facts[name].label)
            for name in quota.within
        ]  # fmt: skip
        return "; ".join(names)

    def settings(self, quota: Quota) -> Iterator[Item]:
        """What the quota is counted over, on and how rounded; every option if an interpretation decides."""
        for name, setting in (("base", quota.of), ("count", quota.count), ("rounding", quota.rounding)):
            options = self._options(setting)
            shown = [
                " + ".join(f"“{self.view.grade(grade)}”" for grade in value)
                if isinstance(value, tuple)
                else self.view.say(f"count_{value}" if name == "count" else f"rounding_{value}")
                for _, value, _ in options
            ]
            if not isinstance(setting, ByReading):
                yield Item(0, Raw(escaped(f"{self.view.say(name)}: {shown[0]}")))
                continue
            question = self.view.text(self.view.interpretation(setting.interpretation).question)
            yield Item(
                0, Raw(f"{escaped(self.view.say(name))} – {link(question, f'interpretation-{setting.interpretation}')}")
            )
            for (label, _, chosen), value in zip(options, shown, strict=True):
                mark = f" – {self.view.strong(self.view.say('chosen'))}" if chosen else ""
                yield Item(1, Raw(f"{escaped(f'{label}: {value}')}{mark}"))

    def reliefs(self, quota: Quota) -> list[Rule]:
        """The rules by which the quota may be relieved."""
        return [relief.rule for relief in quota.relief]

    def limit_of(self, rounding: str) -> str:
        """The heading of the limits under one rounding."""
        return self.view.say("limit_number", rounding=self.view.say(f"rounding_{rounding}"))

    def _options(self, setting: Any) -> list[tuple[str, Any, bool]]:
        """(option's label, value, chosen) of a setting; one without a label if no reading decides."""
        if not isinstance(setting, ByReading):
            return [("", setting, True)]
        interpretation = self.view.interpretation(setting.interpretation)
        labels = dict(interpretation.options)
        return [(self.view.text(labels[name]), value, name == interpretation.chosen) for name, value in setting.options]

    def percent(self, parameter: str) -> Fraction:
        """The percentage of a parameter, from 0 to 100."""
        value: Any = on_day(self.view.regulation.parameters[parameter], self.view.shown_on)
        return Fraction(value)

    def roundings(self, quota: Quota) -> list[Rounding]:
        """The roundings that some reading takes, the chosen one first."""
        roundings: dict[Rounding, None] = dict.fromkeys(value for _, value, _ in self._options(quota.rounding))
        chosen = next(value for _, value, is_chosen in self._options(quota.rounding) if is_chosen)
        return sorted(roundings, key=lambda rounding: rounding != chosen)

    def worked(self, quota: Quota) -> Iterator[tuple[int, list[int]]]:
        """(base, limit for each rounding): where the limit steps up and just before, and one round base."""
        roundings = self.roundings(quota)
        limits = [Limit(self.percent(quota.at_most), rounding) for rounding in roundings]
        steps = [
            base for base in range(1, WORKED_UP_TO) if limits[0].greatest(base) != limits[0].greatest(base - 1)
        ][:WORKED_STEPS]  # fmt: skip
        for base in sorted({*(step - 1 for step in steps), *steps, WORKED_LAST} - {0}):
            yield base, [limit.greatest(base) for limit in limits]
