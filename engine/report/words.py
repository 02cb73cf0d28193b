"""The words of reports: phrases, values, comparisons and citations in Vietnamese and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engine.core.judge.record import ComparisonResult, RuleResult
from engine.core.policy.model import Source, Text, Value

DECIMALS = 2

PHRASES: dict[str, tuple[str, str]] = {
    "period": ("kỳ {period}, xét ngày {day}", "period {period}, reviewed on {day}"),
    "proposal": ("Dữ kiện cho thấy", "The facts support"),
    "range": ("từ {lowest} đến {highest}, chưa đủ dữ kiện", "from {lowest} to {highest}, facts are missing"),
    "or_authority": (
        "hoặc không mức nào (cấp có thẩm quyền quyết định)",
        "or no grade at all (for the authority to decide)",
    ),
    "authority": ("chưa xác định, cấp có thẩm quyền quyết định", "undetermined, for the authority to decide"),
    "not_subject": ("không thuộc diện kiểm điểm", "not subject to review"),
    "not_graded": ("kiểm điểm, không xếp loại", "reviewed, not graded"),
    "maybe_not_subject": ("chưa rõ có thuộc diện kiểm điểm không", "it is not known whether it is subject to review"),
    "under": ("Theo {regulation} ({because})", "Under {regulation} ({because})"),
    "met": ("Đạt các tiêu chí của mức này", "The criteria of this grade are met"),
    "met_below": ("và mọi tiêu chí của các mức dưới ({count})", "and every criterion of the grades below ({count})"),
    "barred": ("Trường hợp loại", "Barred by"),
    "may_be_barred": ("Có thể thuộc trường hợp loại", "May be barred by"),
    "not_reached": ("Chưa đạt “{grade}” vì", "Short of “{grade}” because"),
    "top": ("Không có mức nào cao hơn mức này", "No grade is above this one"),
    "spared": ("Trường hợp loại đã xét nhưng không áp dụng", "Bars looked at that do not apply"),
    "open_rung": ("Chưa rõ đạt “{grade}” hay không", "Not known whether “{grade}” is reached"),
    "findings": (
        "Phải kiểm điểm làm rõ trách nhiệm (tự nó không làm hạ mức)",
        "Responsibility must be clarified (this lowers no grade by itself)",
    ),
    "open_findings": (
        "Chưa rõ có phải làm rõ trách nhiệm về",
        "Not known whether responsibility must be clarified for",
    ),
    "left_out": ("Nội dung chưa kiểm điểm", "Contents left out of the review"),
    "review_unknown": (
        "Hồ sơ chưa nêu đã kiểm điểm những nội dung nào; phải có",
        "The case does not say what the review covered; required are",
    ),
    "missing": ("Dữ kiện còn thiếu để xác định mức", "Facts that would settle the grade"),
    "needed_for": ("để tính {facts}", "for {facts}"),
    "evidence_for": ("minh chứng, sản phẩm cụ thể cho: {fact}", "evidence, specific products, for: {fact}"),
    "none_named": ("không nêu sản phẩm, minh chứng nào", "no product or evidence is named"),
    "named": ("đã nêu {items}", "named: {items}"),
    "asked_evidence": ("cần nêu ít nhất một", "at least one is needed"),
    "exception": ("ngoại lệ áp dụng", "the exception applies"),
    "grades": ("Đối chiếu", "Compared with"),
    "self": ("tự xếp loại", "self-grade"),
    "proposed": ("thẩm định, đề xuất", "appraisal and proposal"),
    "decided": ("đã quyết định", "decision"),
    "agrees": ("khớp", "agrees"),
    "within_range": ("nằm trong khoảng", "within the range"),
    "higher": ("cao hơn dữ kiện cho thấy", "higher than the facts support"),
    "lower": ("thấp hơn dữ kiện cho thấy", "lower than the facts support"),
    "differs": ("khác với dữ kiện cho thấy", "differs from what the facts support"),
    "assumptions": ("Dựa trên giả định chưa có nguồn", "Rests on assumptions without a source"),
    "readings": ("Cách hiểu được dùng", "Interpretations used"),
    "depends_on": ("Mức này phụ thuộc cách hiểu", "The grade depends on a reading"),
    "if_read": ("{question} Nếu “{option}”: {outcome}", "{question} If “{option}”: {outcome}"),
    "switched": ("đổi cho lần chạy này", "switched for this run"),
    "stated": ("", ""),
    "reported": ("theo nguồn đã đăng", "as reported"),
    "inferred": ("suy ra", "inferred"),
    "assumed": ("giả định", "assumed"),
    "layer": ("lớp {layer}", "layer {layer}"),
    "cohorts": ("TỶ LỆ TRONG NHÓM", "COHORTS AND QUOTAS"),
    "quota_line": (
        "“{grade}”: {count}, mẫu số {base}, tối đa {limit} ({percent} của mẫu số)",
        "“{grade}”: {count}, base {base}, limit {limit} ({percent} of the base)",
    ),
    "within": ("trong tỷ lệ", "within the quota"),
    "exceeded": (
        "vượt {excess}; nếu phần vượt xuống một mức thì nhiều nhất {greatest}",
        "{excess} too many; at most {greatest} if the surplus fell one grade",
    ),
    "conditional": (
        "có điều kiện (chỉ tính hồ sơ đã rõ thì {verdict})",
        "conditional (counting the settled cases alone: {verdict})",
    ),
    "over": ("vượt {excess}", "{excess} too many"),
    "some_cases": ("{number} hồ sơ chưa rõ mức", "{number} cases not settled"),
    "may_relieve": (
        "chưa rõ có được nới không, nên chưa tính: {relief}; còn thiếu: {facts}",
        "not known whether it applies, so not counted: relief {relief}; missing: {facts}",
    ),
    "way": (
        "nếu {condition}: {count}, mẫu số {base}, tối đa {limit} – {verdict}",
        "if {condition}: {count}, base {base}, limit {limit} – {verdict}",
    ),
    "way_given": (
        "{given}/{waiting} hồ sơ còn chờ được xếp “{grade}”",
        "{given} of the {waiting} cases waited for get “{grade}”",
    ),
    "way_relieved": ("được nới ({relief})", "the relief applies ({relief})"),
    "way_not_relieved": ("không được nới", "no relief applies"),
    "both": ("{one} và {other}", "{one} and {other}"),
    "from_to": ("{low} đến {high}", "{low} to {high}"),
    "by_base": ("trong tỷ lệ hay vượt {excess} là tùy mẫu số", "within, or {excess} too many, as the base turns out"),
    "quota_waits": ("còn chờ: {cases}", "waiting for: {cases}"),
    "holders": ("các hồ sơ (chương trình không chọn ai): {cases}", "cases (the program chooses nobody): {cases}"),
    "relieved": ("được nới: {relief}", "relief: {relief}"),
    "members": ("{size} hồ sơ", "cases: {size}"),
    "ungrouped": ("Chưa nêu nhóm nên chưa tính tỷ lệ: {cases}", "No cohort named, so not counted: {cases}"),
    "uncounted": (
        "{number} hồ sơ không xét được nên chưa tính vào tỷ lệ nào",
        "cases that could not be judged and are counted in no quota: {number}",
    ),
    "links": ("RÀNG BUỘC GIỮA HỒ SƠ", "LINKS BETWEEN CASES"),
    "link_broken": ("không đúng: {case} và {other}", "broken: {case} and {other}"),
    "link_unknown": ("chưa rõ: {case} và {other}", "not known: {case} and {other}"),
    "links_kept": ("{kept} ràng buộc được giữ", "links kept: {kept}"),
    "rejected": ("HỒ SƠ KHÔNG ĐÁNH GIÁ ĐƯỢC", "CASES THAT COULD NOT BE JUDGED"),
    "summary": ("{judged} hồ sơ đã xét, {rejected} hồ sơ lỗi", "cases judged: {judged}, rejected: {rejected}"),
    "exempt_count": ("không thuộc diện kiểm điểm: {count}", "not subject to review: {count}"),
    "open_count": ("chưa xác định được một mức: {count}", "not settled: {count}"),
    "findings_count": ("phải làm rõ trách nhiệm: {count}", "responsibility to clarify: {count}"),
    "advice": (
        "Đây là đề xuất kèm lý do và căn cứ; cấp có thẩm quyền quyết định.",
        "This is a proposal with reasons and citations; the competent authority decides.",
    ),
    "unknown": ("chưa rõ", "not known"),
    "required": ("cần {what}", "required: {what}"),
    "limit": ("mốc: {what}", "against: {what}"),
    "not": ("không phải {what}", "not {what}"),
    "yes": ("có", "yes"),
    "no": ("không", "no"),
    "asked": ("điều kiện: {what}", "asked: {what}"),
    "grade_reached": ("đạt", "reached"),
    "grade_barred": ("đủ tiêu chí, nhưng thuộc trường hợp loại", "its criteria are met, but a bar applies"),
    "grade_missed": ("chưa đạt", "not reached"),
    "grade_open": ("chưa rõ", "not known"),
    "bars_of": ("Trường hợp đưa thẳng về “{grade}”", "What puts a case on “{grade}” outright"),
    "bar_holds": ("áp dụng", "applies"),
    "bar_fails": ("không áp dụng", "does not apply"),
    "bar_open": ("chưa rõ có áp dụng không", "not known whether it applies"),
    "unless": ("trừ khi", "unless"),
    "join_all": ("tất cả", "all of"),
    "join_any": ("ít nhất một", "any of"),
    "join_none": ("không có điều nào", "none of"),
    "way_up": ("Thay đổi ít nhất để đạt “{grade}”", "The least change to reach “{grade}”"),
    "no_way_up": (
        "Không thay đổi trung thực nào đưa lên mức cao hơn, vì việc đã xảy ra quyết định: {rules}",
        "No honest change reaches a better grade, as what has happened decides: {rules}",
    ),
    "search_cut": ("Còn những thay đổi lớn hơn chưa xét hết", "Larger changes were not all looked at"),
    "settling": ("Dữ kiện còn thiếu, quyết định nhất trước", "Missing facts, the most decisive first"),
    "nothing": ("không có gì", "none"),
    "is": ("{what}", "{what}"),
    "is_not": ("khác {what}", "other than {what}"),
    "at_least": ("ít nhất {what}", "at least {what}"),
    "at_most": ("nhiều nhất {what}", "at most {what}"),
    "more_than": ("trên {what}", "more than {what}"),
    "less_than": ("dưới {what}", "less than {what}"),
    "one_of": ("một trong: {what}", "one of: {what}"),
    "none_of": ("không thuộc: {what}", "none of: {what}"),
    "includes": ("có {what}", "includes {what}"),
    "includes_any": ("có ít nhất một trong: {what}", "any of: {what}"),
    "includes_all": ("có đủ: {what}", "all of: {what}"),
}


@dataclass(frozen=True, eq=False, repr=False)
class Words:
    """How reports speak: one language and the labels of the documents cited."""

    language: str
    documents: Mapping[str, Text]
    layered: bool = False
    """Whether it is said of each line which layer it comes from: the regulation, or a local layer over it."""

    def say(self, phrase: str, **arguments: object) -> str:
        return PHRASES[phrase][0 if self.language == "vi" else 1].format(**arguments)

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
