"""The words of reports: phrases, values, comparisons and citations in Vietnamese and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engine.base.words import words
from engine.core.judge.record import ComparisonResult, RuleResult
from engine.core.policy.terms import Source, Text, Value

DECIMALS = 2

PHRASES = words("results")


@dataclass(frozen=True, eq=False, repr=False)
class Words:
    """How reports speak: one language and the labels of the documents cited."""

    language: str
    documents: Mapping[str, Text]
    layered: bool = False
    """Whether it is said of each line which layer it comes from: the regulation, or a local layer over it."""

    def say(self, phrase: str, **arguments: object) -> str:
        return PHRASES[phrase][self.language].format(**arguments)

    def text(self, text: Text) -> str:
        return text[self.language]

    def day(self, day: date) -> str:
        return day.strftime("%d/%m/%Y") if self.language == "vi" else day.isoformat()

    def value(self, value: Value | None, unit: str | None = None, label: Text | None = None) -> str:
        """A value for a person. A fraction without end is cut, never rounded, so that it does not seem to reach a
        threshold that it misses."""
        match value:
            case None:
                return self.say("unknown")
            case _ if label is not None:
                return self.text(label)
            case bool():
                return self.say("yes" if value else "no")
            case int() | Fraction():
                return self._number(Fraction(value)) + ("%" if unit == "percent" else "")
            case date():
                return self.day(value)
            case frozenset():
                return ", ".join(sorted(value)) or self.say("nothing")
            case _:
                return str(value)

    def _number(self, number: Fraction) -> str:
        sign, number = ("-", -number) if number < 0 else ("", number)
        whole, rest = divmod(number, 1)
        digits = int(rest * 10**DECIMALS)
        exact = digits == rest * 10**DECIMALS
        decimals = f"{digits:0{DECIMALS}d}"
        if exact:
            decimals = decimals.rstrip("0")
        mark = "," if self.language == "vi" else "."
        return f"{sign}{whole}{mark + decimals if decimals else ''}{'' if exact else '…'}"

    def comparison(self, one: ComparisonResult, purpose: str, with_label: bool = True, layer: str | None = None) -> str:
        """`fact: actual (required: threshold)`; `purpose` is `required` or `limit`. A threshold that another layer than
        the rule's has set is cited."""
        if one.operator is None:
            named = self.say("unknown" if one.result is None else "none_named")
            if one.evidence:
                named = self.say("named", items="; ".join(one.evidence))
            return f"{self.text(one.label)}: {named} ({self.say('asked_evidence')})"
        labels = one.threshold_labels or (None,) * len(one.threshold)
        flipped = one.negated and all(isinstance(value, bool) for value in one.threshold)
        wanted = [not value for value in one.threshold] if flipped else one.threshold
        shown = [self.value(value, one.unit, label) for value, label in zip(wanted, labels, strict=True)]
        what = self.say(one.operator, what=", ".join(shown))
        if one.negated and not flipped:
            what = self.say("not", what=what)
        if layer and one.parameter_source is not None and one.parameter_layer not in (None, layer):
            what = f"{what} {self.citation(one.parameter_source, one.parameter_layer or '')}"
        actual = self.value(one.actual, one.unit, one.actual_label)
        if purpose != "limit" or not isinstance(one.actual, bool):
            actual = f"{actual} ({self.say(purpose, what=what)})"
        return f"{self.text(one.label)}: {actual}" if with_label else actual

    def citation(self, source: Source, layer: str = "") -> str:
        document = self.documents.get(source.document)
        parts = [f"{self.text(document) if document else source.document}, {source.locator}", self.say(source.status)]
        if layer and self.layered:
            parts.append(self.say("layer", layer=layer))
        return f"[{'; '.join(part for part in parts if part)}]"

    def from_layer(self, text: str, layer: str) -> str:
        """What is said without a citation, with the layer that it comes from where that is told."""
        return f"{text} [{self.say('layer', layer=layer)}]" if layer and self.layered else text

    def rule(self, one: RuleResult, purpose: str | None) -> str:
        """`label – comparisons [citation]`; without a purpose the comparisons are left out."""
        return f"{self.rule_alone(one, purpose)} {self.citation(one.source, one.layer)}"

    def rule_alone(self, one: RuleResult, purpose: str | None) -> str:
        """The same without the citation."""
        label, because = self.text(one.label), ""
        if one.exception:
            label = f"{label} ({self.say('exception')})"
        if purpose and one.comparisons:
            # A yes or no is asked in the words of the rule itself: what is not as it should be is all there is to say.
            alone = len(one.comparisons) == 1 and isinstance(one.comparisons[0].actual, bool) and not one.exception
            # Of a rule that fails though nobody asks for it, what makes it fail is not what its own words say.
            alone = alone and not (purpose == "limit" and one.holds is False)
            shown = [self.comparison(each, purpose, with_label=not alone, layer=one.layer) for each in one.comparisons]
            if not (alone and one.holds):
                because = f"{': ' if alone else ' – '}{'; '.join(shown)}"
        return f"{label}{because}"
