"""What reports say about several cases: cohorts and their quotas, links, how many cases have each outcome."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.core.judge.record import LinkResult, QuotaResult, QuotaWay, Results
from engine.report.sentences import Section, Sentence, Tone, missing_fact
from engine.report.words import Words


@dataclass(frozen=True, eq=False, repr=False)
class SayingsAcross:
    """What is said about several cases, in the words of one language."""

    words: Words

    def cohort(self, one: QuotaResult, kinds: Mapping[str, str], among: Sequence[QuotaResult] = ()) -> str:
        """What a cohort is called; with its period, if there are others among the results."""
        periods = {each.period for each in among}
        named = [kinds.get(value, value) for _, value in one.cohort]
        return " · ".join([*named, one.period] if len(periods) > 1 else named)

    def members(self, one: QuotaResult) -> str:
        return self.words.say("members", size=one.size)

    def quota(self, one: QuotaResult) -> Section:
        """The figures with the verdict, then relief and those concerned."""
        words = self.words
        percent = words.value(one.percent, "percent")
        if one.percent_source is not None and one.percent_layer not in (None, one.layer):
            percent = f"{percent} {words.citation(one.percent_source, one.percent_layer or '')}"
        figures = words.say(
            "quota_line",
            grade=words.text(one.grade_label),
            count=one.count,
            base=one.base,
            limit=one.limit,
            percent=percent,
        )
        waiting = self.waiting(one)
        tone: Tone
        match one.status:
            case "within":
                verdict, mark, tone = words.say("within"), "✓", "right"
            case "exceeded":
                verdict = words.say("exceeded", excess=one.excess, greatest=one.greatest_lawful)
                mark, tone = "✗", "wrong"
            case _:
                alone = words.say("over", excess=one.excess) if one.excess else words.say("within")
                verdict, mark, tone = words.say("conditional", verdict=alone), "?", "open"
        if waiting:
            verdict = f"{verdict}; {words.say('quota_waits', cases=waiting)}"
        sentences = [Sentence(f"{figures} – {verdict}", one.source, mark, one.layer)]
        if one.relief is not None:
            sentences.append(Sentence(words.say("relieved", relief=words.rule(one.relief, None))))
        sentences += self.conditions(one)
        if one.status == "exceeded":
            sentences.append(Sentence(words.say("holders", cases=", ".join(one.holders))))
        return Section("quota", "", tuple(sentences), tone)

    def waiting(self, one: QuotaResult) -> str:
        """The cases that are not settled: by id, or how many they are; "" where there are none."""
        if one.unsettled or not one.waiting:
            return ", ".join(one.unsettled)
        return self.words.say("some_cases", number=one.waiting)

    def conditions(self, one: QuotaResult) -> list[Sentence]:
        """Of a quota that may turn out otherwise: the reliefs that may apply and what they wait for, then the figures
        in each way."""
        words = self.words
        if one.status == "within" or (one.status == "exceeded" and not one.may_relieve):
            return []
        facts = "; ".join(missing_fact(self.words, each) for each in one.missing)
        said = [words.say("may_relieve", relief=words.rule(each, None), facts=facts) for each in one.may_relieve]
        return [Sentence(text) for text in (*said, *(self._way(one, way) for way in one.ways))]

    def _way(self, one: QuotaResult, way: QuotaWay) -> str:
        words, conditions = self.words, []
        if one.waiting:
            grade = words.text(one.grade_label)
            conditions.append(words.say("way_given", given=way.given, waiting=one.waiting, grade=grade))
        if one.may_relieve:
            label = next((words.text(each.label) for each in one.may_relieve if each.rule == way.relief), "")
            conditions.append(words.say("way_relieved", relief=label) if label else words.say("way_not_relieved"))
        condition = words.say("both", one=conditions[0], other=conditions[1]) if conditions[1:] else conditions[0]
        excess = self._from_to(way.excess)
        verdict = {"within": "within", "exceeded": "over", "unknown": "by_base"}[way.status]
        return words.say(
            "way",
            condition=condition,
            count=way.count,
            base=self._from_to(way.base),
            limit=self._from_to(way.limit),
            verdict=words.say(verdict, excess=excess if way.status == "exceeded" else way.excess[1]),
        )

    def _from_to(self, ends: tuple[int, int]) -> str:
        low, high = ends
        return str(low) if low == high else self.words.say("from_to", low=low, high=high)

    def ungrouped(self, results: Results) -> str:
        """The cases that no quota counts: they name no cohort, or could not be judged; "" if there are none."""
        cases = ", ".join(dict.fromkeys(case for _, case in results.ungrouped))
        said = [self.words.say("ungrouped", cases=cases)] if cases else []
        if results.quotas and results.rejected:
            said.append(self.words.say("uncounted", number=len(results.rejected)))
        return "; ".join(said)

    def link(self, one: LinkResult) -> Section:
        words = self.words
        broken = one.status == "broken"
        verdict = words.say(f"link_{one.status}", case=one.case_id, other=one.other_case or one.other)
        text = f"{words.text(one.label)} – {verdict}"
        sentence = Sentence(text, one.source, "✗" if broken else "?", one.layer)
        return Section("link", "", (sentence,), "wrong" if broken else "open")

    def links_kept(self, results: Results) -> str:
        return self.words.say("links_kept", kept=sum(1 for one in results.links if one.status == "kept"))

    def summary(self, results: Results) -> str:
        words = self.words
        labels = {grade: label for one in results.decisions for grade, label in one.grade_names}
        counts = Counter(one.grading.grade for one in results.decisions if one.grading is not None)
        open_cases = counts.pop(None, 0)
        parts = [words.say("summary", judged=len(results.decisions), rejected=len(results.rejected))]
        parts += [f"{words.text(label)}: {counts[grade]}" for grade, label in labels.items() if counts[grade]]
        for phrase, count in (
            ("open_count", open_cases),
            ("exempt_count", sum(1 for one in results.decisions if one.grading is None)),
            ("findings_count", sum(1 for one in results.decisions if one.findings)),
        ):
            if count:
                parts.append(words.say(phrase, count=count))
        return "; ".join(parts) + "."
