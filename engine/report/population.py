"""The sums over a population -> text and plain data."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

import msgspec

from engine.core.judge.record import UNDETERMINED, QuotaResult, QuotaStatus
from engine.core.policy.regulation import Library, all_rules
from engine.core.policy.terms import Text
from engine.population.rows import SEPARATOR, missing_name
from engine.population.totals import Totals
from engine.report.across import SayingsAcross
from engine.report.json import as_json, as_plain
from engine.report.words import Words

QUOTAS_SHOWN = 20
COHORT = (
    "quota", "regulation", "period", "cohort", "percent", "count", "base", "limit", "excess", "greatest_lawful",
    "status", "relief", "size", "waiting", "ways",
)  # fmt: skip
"""What is told of a quota over one cohort; its label and source stand once, with the sums of the quota."""
OPEN = "open_range"
"""All outcomes that missing facts leave open, which are too many to list; the plain data has each."""

SAYS: dict[str, tuple[str, str]] = {
    "cases": (
        "{cases} hồ sơ: đã xét {judged}, không xét được {rejected}.",
        "{cases} cases: {judged} judged, {rejected} not.",
    ),
    "one_by_one": ("Trong đó xét riêng từng hồ sơ: {number}.", "Of these judged one by one: {number}."),
    "outcomes": ("KẾT QUẢ THEO LOẠI ĐỐI TƯỢNG", "OUTCOMES BY KIND OF SUBJECT"),
    "not_reviewed": ("không thuộc diện kiểm điểm", "not subject to review"),
    "not_graded": ("kiểm điểm, không xếp loại", "reviewed, not graded"),
    UNDETERMINED: ("chưa xác định, cấp có thẩm quyền quyết định", "undetermined, for the authority to decide"),
    OPEN: ("còn thiếu dữ kiện để kết luận", "open while facts are missing"),
    "or": (" hoặc ", " or "),
    "findings": ("PHẢI LÀM RÕ TRÁCH NHIỆM", "RESPONSIBILITY TO CLARIFY"),
    "left_out": ("NỘI DUNG CHƯA KIỂM ĐIỂM", "CONTENTS LEFT OUT OF THE REVIEW"),
    "missing": ("DỮ KIỆN CÒN THIẾU NHIỀU NHẤT", "FACTS MISSING MOST"),
    "assumed": ("DỰA TRÊN GIẢ ĐỊNH CHƯA CÓ NGUỒN", "RESTING ON ASSUMPTIONS WITHOUT A SOURCE"),
    "against": ("MỨC DO NGƯỜI CHO SO VỚI DỮ KIỆN", "GRADES GIVEN, AGAINST THE FACTS"),
    "self": ("tự xếp loại", "self-grade"),
    "proposed": ("đề xuất", "proposed"),
    "decided": ("đã quyết định", "decided"),
    "agrees": ("khớp", "agree"),
    "higher": ("cao hơn", "higher"),
    "lower": ("thấp hơn", "lower"),
    "open": ("chưa rõ", "open"),
    "other": ("khác", "other"),
    "quotas": ("TỶ LỆ THEO NHÓM", "QUOTAS BY COHORT"),
    "quota": ("{count}/{base}, tối đa {limit}: {status}", "{count} of {base}, at most {limit}: {status}"),
    "within": ("trong tỷ lệ", "within"),
    "exceeded": ("vượt {excess}", "exceeded by {excess}"),
    "unknown": ("có điều kiện", "conditional"),
    "waits": ("còn chờ {waiting}", "waiting for {waiting}"),
    "more_quotas": ("… và {number} nhóm khác (đủ trong bản JSON)", "… and {number} more cohorts (all in the JSON)"),
    "quota_sums": (
        "{cohorts} nhóm: {within} trong tỷ lệ, {exceeded} vượt, {unknown} có điều kiện",
        "{cohorts} cohorts: {within} within, {exceeded} exceeded, {unknown} conditional",
    ),
    "ungrouped": ("{quota}: {number} hồ sơ không nêu nhóm", "{quota}: {number} cases name no cohort"),
    "links": ("RÀNG BUỘC GIỮA HỒ SƠ", "LINKS BETWEEN CASES"),
    "link": (
        "{link}: giữ {kept}, vi phạm {broken}, chưa rõ {unknown}",
        "{link}: {kept} kept, {broken} broken, {unknown} not known",
    ),
    "codes": ("KHÔNG XÉT ĐƯỢC VÌ", "NOT JUDGED BECAUSE OF"),
}


def figure(number: float, language: str, decimals: int = 0) -> str:
    """A number as it is written in the language: 1.234,5 in Vietnamese, 1,234.5 in English."""
    shown = f"{number:,.{decimals}f}"
    return shown.translate(str.maketrans(",.", ".,")) if language == "vi" else shown


class PopulationTelling:
    """How the sums are told in one language."""

    def __init__(self, library: Library, totals: Totals, language: str) -> None:
        self.library, self.totals, self.language = library, totals, language
        self.rules: dict[str, Text] = {}
        self.grades: dict[tuple[str, str], Text] = {}
        self.kinds: dict[tuple[str, str], Text] = {}
        self.named: dict[str, Text] = {}
        self.documents = {one.id: one.label for each in library.regulations.values() for one in each.documents}
        for one in library.regulations.values():
            for rule in all_rules(one):
                self.rules.setdefault(rule.name, rule.label)
                self.rules.setdefault(rule.id, rule.label)
            self.grades |= {(one.id, grade.id): grade.label for grade in one.grades}
            self.kinds |= {(one.id, kind.id): kind.label for kind in one.kinds.values()}
            self.named |= {each.name: each.label for each in one.quotas}
            self.named |= {each.name: each.label for each in one.links}

    def say(self, key: str, **arguments: object) -> str:
        return SAYS[key][0 if self.language == "vi" else 1].format(**arguments)

    def number(self, number: int) -> str:
        return figure(number, self.language)

    def label(self, labels: Mapping[Any, Text], key: Any, otherwise: str) -> str:
        return labels[key][self.language] if key in labels else otherwise

    def outcome(self, regulation: str, outcome: str) -> str:
        if outcome in ("not_reviewed", "not_graded", OPEN):
            return self.say(outcome)
        names = [
            self.say(UNDETERMINED) if one == UNDETERMINED else self.label(self.grades, (regulation, one), one)
            for one in outcome.split(SEPARATOR)
        ]
        return self.say("or").join(names)

    def fact(self, name: str) -> str:
        about = self.library.vocabulary.facts.get(name.removeprefix("evidence."))
        return name if about is None else f"{about.label[self.language]} ({name})"

    def lines(self) -> Iterator[str]:
        totals, number = self.totals, self.number
        yield self.say(
            "cases", cases=number(totals.cases), judged=number(totals.judged), rejected=number(totals.rejected)
        )
        if totals.one_by_one:
            yield self.say("one_by_one", number=number(totals.one_by_one))
        yield from self._outcomes()
        for key, counted in (("findings", totals.findings), ("left_out", totals.left_out)):
            yield from self._section(key, [(self.label(self.rules, name, name), many) for name, many in counted])
        yield from self._section("missing", [(self.fact(name), many) for name, many in totals.missing[:10]])
        assumed = [(self.label(self.rules, name, name), many) for name, many in totals.assumed]
        yield from self._section("assumed", assumed)
        shown = [(f"{self.say(by)}, {self.say(how)}", many) for by, how, many in totals.against]
        yield from self._section("against", shown)
        yield from self._quotas()
        if totals.links:
            yield from ("", self.say("links"))
        for one in totals.links:
            counts = {key: number(dict(one.counts).get(key, 0)) for key in ("kept", "broken", "unknown")}
            yield "  " + self.say("link", link=self.label(self.named, one.link, one.link), **counts)
        yield from self._section("codes", list(totals.codes))

    def _section(self, key: str, counted: list[tuple[str, int]]) -> Iterator[str]:
        if counted:
            yield from ("", self.say(key))
            width = max(len(self.number(many)) for _, many in counted)
            yield from (f"  {self.number(many):>{width}}  {name}" for name, many in counted)

    def _outcomes(self) -> Iterator[str]:
        counted = self.by_kind()
        if counted:
            yield from ("", self.say("outcomes"))
        width = max((len(self.number(many)) for those in counted.values() for many in those.values()), default=0)
        for (regulation, kind), those in counted.items():
            yield f"  {self.label(self.kinds, (regulation, kind), kind)} ({regulation})"
            for outcome, many in those.items():
                yield f"    {self.number(many):>{width}}  {self.outcome(regulation, outcome)}"

    def by_kind(self) -> dict[tuple[str, str], dict[str, int]]:
        """How many cases of each (regulation, kind of subject) have each outcome, from the best grade on."""
        counted: dict[tuple[str, str], Counter[str]] = {}
        for regulation, kind, outcome, many in self.totals.outcomes:
            settled = OPEN if SEPARATOR in outcome else outcome
            counted.setdefault((regulation, kind), Counter())[settled] += many
        order = {about: place for place, about in enumerate(self.outcomes_in_order())}
        return {
            about: dict(sorted(counted[about].items(), key=lambda item: order[about[0], item[0]]))
            for about in sorted(counted, key=self._place_of_kind)
        }

    def outcomes_in_order(self) -> Iterator[tuple[str, str]]:
        for one in self.library.regulations.values():
            grades = [grade.id for grade in one.grades]
            yield from ((one.id, outcome) for outcome in (*grades, UNDETERMINED, OPEN, "not_reviewed", "not_graded"))

    def _place_of_kind(self, about: tuple[str, str]) -> int:
        """Kinds of subject stand as their regulation lists them."""
        return list(self.kinds).index(about)

    def _quotas(self) -> Iterator[str]:
        totals, number, sayings = self.totals, self.number, SayingsAcross(Words(self.language, self.documents))
        cohorts = sum(one.cohorts for one in totals.quotas)
        if cohorts or totals.ungrouped:
            yield from ("", self.say("quotas"))
        if cohorts:
            counts = {key: number(self.cohorts_that(key)) for key in ("within", "exceeded", "unknown")}
            yield "  " + self.say("quota_sums", cohorts=number(cohorts), **counts)
        for one in totals.cohorts[:QUOTAS_SHOWN]:
            cohort = ", ".join(value for _, value in one.cohort)
            status = self.say(one.status, excess=number(one.excess))
            if waiting := sayings.waiting(one):
                status = f"{status}; {self.say('waits', waiting=waiting)}"
            figures = self.say(
                "quota", count=number(one.count), base=number(one.base), limit=number(one.limit), status=status
            )
            yield f"  {one.label[self.language]} · {one.period} · {cohort}: {figures}"
            yield from (f"    {each.text}" for each in sayings.conditions(one))
        if cohorts > QUOTAS_SHOWN:
            yield "  " + self.say("more_quotas", number=number(cohorts - QUOTAS_SHOWN))
        for name, many in self.totals.ungrouped:
            quota = self.label(self.named, name, name)
            yield "  " + self.say("ungrouped", quota=quota, number=number(many))
        if cohorts and totals.rejected:
            yield "  " + sayings.words.say("uncounted", number=number(totals.rejected))

    def cohorts_that(self, status: QuotaStatus) -> int:
        """How many cohorts are within a quota, exceed it, or may."""
        return sum(one.counts.get(status, 0) for one in self.totals.quotas)


def write_summary(totals: Totals, cohorts: Iterable[QuotaResult], stream: TextIO) -> None:
    """The sums as JSON, the same whatever the language; `cohorts`, every quota over every cohort, a line each."""
    text = msgspec.json.format(json.dumps(_as_data(totals), ensure_ascii=False))
    stream.write(text.removesuffix("\n}") + ',\n  "cohorts": [')
    comma = ""
    for one in cohorts:
        plain = [f'"{key}": {as_json(getattr(one, key), {})}' for key in COHORT]
        plain.append(f'"may_relieve": {json.dumps([each.rule for each in one.may_relieve])}')
        plain.append(f'"missing": {json.dumps([missing_name(each.fact, each.evidence) for each in one.missing])}')
        stream.write(f"{comma}\n    {{{', '.join(plain)}}}")
        comma = ","
    stream.write(("\n  ]" if comma else "]") + "\n}\n")


def _as_data(totals: Totals) -> dict[str, Any]:
    return {
        "cases": totals.cases,
        "judged": totals.judged,
        "rejected": totals.rejected,
        "to_clarify": totals.to_clarify,
        "periods": [{"regulation": regulation, "period": period} for regulation, period in totals.periods],
        "outcomes": [
            {"regulation": regulation, "kind": kind, "possible": outcome.split(SEPARATOR), "cases": many}
            for regulation, kind, outcome, many in totals.outcomes
        ],
        **{
            key: [{"name": name, "cases": many} for name, many in getattr(totals, key)]
            for key in ("findings", "open_findings", "left_out", "missing", "assumed", "ungrouped", "codes")
        },
        "warnings": [as_plain(one) for one in totals.warnings],
        "warned": [{"name": name, "cases": many} for name, many in totals.warned],
        "given": [{"by": by, "to_the_facts": how, "cases": many} for by, how, many in totals.against],
        "quotas": [
            {"quota": one.quota, "regulation": one.regulation, "label": as_plain(one.label),
             "source": as_plain(one.source), **dict(sorted(one.counts.items()))}
            for one in totals.quotas
        ],
        "links": [
            {"link": one.link, "regulation": one.regulation, **dict(sorted(one.counts.items())),
             "broken_pairs": [list(pair) for pair in one.broken]}
            for one in totals.links
        ],
    }  # fmt: skip
