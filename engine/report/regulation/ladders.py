"""The ladders of grades in a regulation's document: a table of criteria, the bars, what becomes of the others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.core.policy.rules import ByReading, Ladder, Rule, Rung
from engine.report.markdown import Raw, escaped, link
from engine.report.regulation.view import RegulationView


@dataclass(frozen=True)
class LadderTables:
    """What the section on grades shows."""

    view: RegulationView

    def otherwise(self, ladder: Ladder) -> Raw:
        """What becomes of a case that reaches no grade; if a reading decides, under each option."""
        setting = ladder.otherwise.grade

        def named(grade: str | None) -> str:
            return escaped(self.view.grade(grade) if grade is not None else self.view.say("to_authority"))

        if not isinstance(setting, ByReading):
            return Raw(named(setting))
        question = self.view.interpretation(setting.interpretation)
        labels = {name: escaped(self.view.text(label)) for name, label in question.options}
        options = "; ".join(f"“{labels[name]}”: {named(grade)}" for name, grade in setting.options)
        return Raw(f"{link(self.view.text(question.question), f'interpretation-{question.id}')} {options}")

    def rows(self, ladder: Ladder) -> Iterator[tuple[Raw, list[str]]]:
        """Each criterion, best grade first, with a mark under every grade that asks for it."""
        for place, rung in enumerate(ladder.rungs):
            for criterion in rung.criteria:
                rule = criterion.rule
                notes = []
                if rule.applies_to != ladder.applies_to:
                    notes.append(self.view.kinds(rule.applies_to))
                if not self.view.is_on(rule):
                    notes.append(self.view.say("switched_off"))
                note = f" ({escaped('; '.join(notes))})" if notes else ""
                marks = [
                    "✓" if above == place or (criterion.inherited and above < place) else ""
                    for above in range(len(ladder.rungs))
                ]
                yield Raw(link(self.view.text(rule.label), f"rule-{rule.name}") + note), marks

    @staticmethod
    def rules_of(rung: Rung) -> list[Rule]:
        """The criteria of a grade."""
        return [criterion.rule for criterion in rung.criteria]

    def bars(self, ladder: Ladder) -> Mapping[str, list[Rule]]:
        """The bars, by the grade that they put a case on."""
        bars: dict[str, list[Rule]] = {}
        for bar in ladder.bars:
            bars.setdefault(bar.grade, []).append(bar.rule)
        return bars
