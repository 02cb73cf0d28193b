"""The words of filling in a case: questions, what they take, why they matter, and what cannot be read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.core.judge.record import Decision
from engine.core.policy.model import Fact, Regulation, Text, Value
from engine.load.cases.answers import Unreadable
from engine.report.sentences import Sayings
from engine.report.words import Words
from engine.study.interview import Question
from engine.study.whatif import Settling

PHRASES: dict[str, tuple[str, str]] = {
    "boolean": ("có hoặc không", "yes or no"),
    "integer": ("số nguyên", "a whole number"),
    "number": ("số, viết 49,5 nếu lẻ", "a number, as in 49.5"),
    "percent": ("phần trăm", "percent"),
    "date": ("ngày, ví dụ 31/12/2024", "a day, as in 2024-12-31"),
    "text": ("chữ; đặt trong ngoặc kép nếu trùng với một lệnh", "text; in quotation marks where it is also a command"),
    "text_of": ("chọn một, gõ số hoặc tên", "choose one, by number or name"),
    "set": (
        "chọn một hay nhiều, cách nhau bằng dấu phẩy; “không” nếu không có gì",
        "choose one or several, with commas between; “none” where there is none",
    ),
    "evidence": (
        "tên sản phẩm, văn bản, cách nhau bằng dấu chấm phẩy; “không” nếu không có",
        "names of products or documents, with semicolons between; “none” where there is none",
    ),
    "at_least": ("từ {low}", "from {low}"),
    "at_most": ("đến {high}", "up to {high}"),
    "covered": ("Việc kiểm điểm đã bao gồm những nội dung nào?", "Which contents did the review cover?"),
    "whole_instead": (
        "{label} là bao nhiêu? (các số thành phần đã bỏ qua)",
        "What is: {label}? (its parts were skipped)",
    ),
    "why": ("Vì sao hỏi", "Why it is asked"),
    "for_exemption": ("Có thuộc diện kiểm điểm không: {rule}", "Whether there is a review: {rule}"),
    "for_criterion": ("Tiêu chí của “{grade}”: {rule}", "A criterion of “{grade}”: {rule}"),
    "for_ungraded": ("Có được xếp loại không: {rule}", "Whether there is a grade: {rule}"),
    "for_bar": ("Trường hợp đưa thẳng về “{grade}”: {rule}", "Puts a case on “{grade}” outright: {rule}"),
    "for_trigger": ("Trường hợp phải làm rõ trách nhiệm: {rule}", "A duty to clarify responsibility: {rule}"),
    "for_review_content": ("Nội dung phải kiểm điểm: {rule}", "A content that the review must cover: {rule}"),
    "for_relief": ("Điều kiện nới tỷ lệ: {rule}", "A condition that relaxes a quota: {rule}"),
    "for_covered": (
        "Nội dung nào không nêu sẽ được báo là chưa kiểm điểm",
        "What is not named is reported as left out of the review",
    ),
    "for_cohort": ("Để xếp hồ sơ vào nhóm tính tỷ lệ", "To place the case in the cohort that a quota counts"),
    "would_leave": ("Nếu trả lời", "By the answer"),
    "left": ("còn nhiều nhất {count} câu", "at most {count} questions left"),
    "now": ("Hiện nay", "So far"),
    "nothing_left": (
        "Không còn câu nào có thể thay đổi kết quả.",
        "No further answer can change the outcome.",
    ),
    "skipped": ("Đã bỏ qua {count} câu; kết quả để mở ở đó.", "Skipped: {count}; the outcome stays open there."),
    "intro": (
        "Gõ câu trả lời; ? để xem giải thích; “lùi” để về câu trước; “bỏ qua” để chưa trả lời; “lưu”; “thoát”.",
        "Type the answer; ? for help; “back” for the question before; “skip” to leave it unknown; “save”; “quit”.",
    ),
    "about": ("Vài điều về đối tượng; để trống nếu chưa rõ.",
              "A few things about the subject; leave open what you do not know."),
    "about_id": ("Mã của đối tượng?", "The subject's id?"),
    "about_name": ("Họ tên, hoặc tên tập thể?", "The name of the person or collective?"),
    "about_unit": ("Mã đơn vị?", "The unit's id?"),
    "about_cohort": ("Chức vụ, nhóm đối tượng tương đồng để tính tỷ lệ?",
                     "The post or group of like subjects that a quota counts?"),
    "about_relation": ("Đối tượng này {label} đối tượng nào (mã)?", "The subject {label} which subject (id)?"),
    "about_self": ("Tự xếp loại mức nào?", "Which self-grade?"),
    "draft": (
        "Lần trước dừng khi chưa lưu. Dùng tiếp những câu đã trả lời?",
        "The last sitting ended unsaved. Go on with its answers?",
    ),
    "header": ("kỳ {period}, xét ngày {day}", "period {period}, reviewed on {day}"),
    "put": (
        "Hồ sơ mới ghi kỳ {period}, ngày xét {day}; nếu chưa đúng, sửa trong tệp hoặc dùng --period, --as-of.",
        "The new case says period {period}, day of review {day}; where that is wrong, correct the file or use "
        "--period, --as-of.",
    ),
    "no_earlier": ("Đây là câu đầu tiên.", "This is the first question."),
    "empty": ("Chưa có câu trả lời; gõ “bỏ qua” nếu chưa biết, ? nếu cần giải thích.",
              "No answer yet; type “skip” where you do not know, ? for help."),
    "save_now": ("Lưu vào {path}?", "Save to {path}?"),
    "saved": ("Đã lưu {path}.", "Saved {path}."),
    "not_saved": ("Không lưu; {path} giữ nguyên như trước.", "Not saved; {path} is as it was."),
    "changed": (
        "{path} đã bị sửa ở nơi khác từ khi mở. Ghi đè?",
        "{path} was changed elsewhere since it was opened. Write over it?",
    ),
    "yes_no": ("[C/k]", "[Y/n]"),
    "no_yes": ("[c/K]", "[y/N]"),
    "in_force": ("có hiệu lực từ {first} đến {last}", "in force from {first} to {last}"),
    "in_force_still": ("có hiệu lực từ {first}", "in force from {first}"),
    "choose_regulation": ("Theo quy định nào?", "Under which regulation?"),
    "choose_subject": ("Đối tượng thuộc loại nào?", "Which kind of subject?"),
    "findings": ("Phải làm rõ trách nhiệm", "Responsibility to clarify"),
    "next_step": ("Xem lý do: xeploai explain {path}", "For the reasons: xeploai explain {path}"),
    # --- what cannot be read ---
    "not_yes_or_no": ("“{value}” không rõ là có hay không; gõ có hoặc không",
                      "“{value}” is neither yes nor no; type yes or no"),
    "not_an_option": ("không có lựa chọn “{value}”; gõ số hoặc tên trong danh sách",
                      "there is no option “{value}”; type a number or a name of the list"),
    "several_options": ("“{value}” hợp với nhiều lựa chọn; gõ số trong danh sách",
                        "“{value}” fits several options; type the number in the list"),
    "not_a_number": ("“{value}” không phải là số; viết chữ số, ví dụ 20 hoặc 49,5",
                     "“{value}” is not a number; write digits, as in 20 or 49.5"),
    "number_two_ways": ("“{value}” có thể hiểu theo hai cách; viết liền không dấu phân nhóm, ví dụ 1000",
                        "“{value}” can be read in two ways; write it without grouping, as in 1000"),
    "not_a_day": ("“{value}” không phải là một ngày có thật; viết như 31/12/2024",
                  "“{value}” is not a day that there is; write it as in 2024-12-31"),
    "nothing": ("chưa có chữ nào; gõ “không” nếu không có, “bỏ qua” nếu chưa biết",
                "nothing is written; type “none” where there is none, “skip” where you do not know"),
    "not_text": ("có ký tự không đọc được; gõ lại", "some characters cannot be read; type it again"),
    # --- the table of a skeleton ---
    "column_fact": ("Dữ kiện", "Fact"),
    "column_question": ("Câu hỏi", "Question"),
    "column_takes": ("Trả lời", "Answer"),
    "facts_title": ("Dữ kiện mà quy tắc cho “{kind}” hỏi đến ({count})", "Facts that rules for “{kind}” ask ({count})"),
    "contents_title": ("Mã nội dung cho review.covered", "Ids of contents for review.covered"),
    "evidence_title": ("Dữ kiện cần minh chứng, ghi ở evidence", "Facts that need evidence, under evidence"),
    "grades_title": ("Mã mức cho grades", "Ids of grades for grades"),
    "when_required": ("chỉ khi đủ điều kiện", "only under its condition"),
    "written": ("Đã ghi {path}; mọi giá trị là null, tức chưa biết. Điền tiếp: xeploai ask {path}",
                "Wrote {path}; every value is null, which means unknown. To fill it in: xeploai ask {path}"),
    "workbook_written": ("Đã ghi {path}. Điền mỗi hàng một hồ sơ, rồi: xeploai evaluate {path}",
                         "Wrote {path}. Fill in one row a case, then: xeploai evaluate {path}"),
    "editor": ("Trình soạn thảo lấy câu hỏi từ {path}", "Editors take the questions from {path}"),
    "exists": ("đã có {path}", "{path} is there already"),
    "exists_help": ("chọn tên khác, hoặc --force để ghi đè", "choose another name, or --force to write over it"),
}  # fmt: skip


@dataclass(frozen=True)
class Asker:
    """How questions are put: one language, the labels of the documents cited, and those of the grades."""

    words: Words
    grades: Mapping[str, Text]

    def say(self, phrase: str, **arguments: object) -> str:
        return PHRASES[phrase][0 if self.words.language == "vi" else 1].format(**arguments)

    def in_force(self, first: date, last: date | None) -> str:
        days = {"first": self.words.day(first), "last": self.words.day(last) if last else ""}
        return self.say("in_force" if last else "in_force_still", **days)

    def question(self, question: Question) -> str:
        fact = question.fact
        if fact is None:
            return self.say("covered")
        if question.about == "evidence":
            return self.words.say("evidence_for", fact=self.words.text(fact.label))
        if fact.derived is not None:
            return self.say("whole_instead", label=self.words.text(fact.label))
        return self.words.text(fact.question or fact.label)

    def takes(self, question: Question) -> str:
        if question.fact is None:
            return self.say("set")
        return self.say("evidence") if question.about == "evidence" else self.fact_takes(question.fact)

    def fact_takes(self, fact: Fact) -> str:
        """The type of a fact with its unit and bounds, in words."""
        kind = "text_of" if fact.type == "text" and fact.options else fact.type
        parts = [self.say(kind)]
        if fact.unit == "percent":
            parts.append(self.say("percent"))
        bounds = [
            self.say(phrase, **{place: self.words.value(bound)})
            for phrase, place, bound in (("at_least", "low", fact.minimum), ("at_most", "high", fact.maximum))
            if bound is not None
        ]
        if bounds:
            parts.append(" ".join(bounds))
        return ", ".join(parts)

    def options(self, question: Question) -> Iterator[str]:
        for number, (name, label) in enumerate(question.options, 1):
            yield f"{number}. {self.words.text(label)} ({name})"

    def why(self, question: Question, leaves: Settling | None) -> Iterator[str]:
        """The rules that wait for the answer, and what each answer would leave possible."""
        if question.fact is None:
            yield self.say("for_covered")
        elif not question.waiting:
            yield self.say("for_cohort")
        for one in question.waiting:
            rule = one.rule.rule
            cited = f"{self.words.text(rule.label)} {self.words.citation(rule.source)}"
            grade = self.words.text(self.grades[one.grade]) if one.grade is not None else ""
            yield self.say(f"for_{rule.role}", rule=cited, grade=grade)
        if leaves is not None and question.fact is not None and len(leaves.leaves) > 1:
            yield f"{self.say('would_leave')}:"
            for value, left in leaves.leaves:
                outcomes = [
                    self.words.text(self.grades[name]) if name in self.grades else self.words.say("authority")
                    for name in left
                ]
                yield f"  {self.value(question, value)}: {', '.join(outcomes)}"

    def about(
        self, data: Mapping[str, Any], regulation: Regulation, graded: bool
    ) -> Iterator[tuple[str, str, str, Sequence[tuple[str, Text]]]]:
        """What a case leaves open (null) of its subject and, if there is a grade, of the self-grade: group, key,
        question, options."""
        relations = {one.id: self.words.text(one.label) for one in regulation.relations}
        for key, value in (data.get("subject") or {}).items():
            if value is not None:
                continue
            if key in relations:
                yield "subject", key, self.say("about_relation", label=relations[key]), ()
            elif f"about_{key}" in PHRASES:
                yield "subject", key, self.say(f"about_{key}"), ()
        grades = data.get("grades") or {}
        if graded and "self" in grades and grades["self"] is None:
            yield "grades", "self", self.say("about_self"), [(one.id, one.label) for one in regulation.grades]

    def value(self, question: Question, value: Value) -> str:
        fact = question.fact
        labels = dict(fact.options) if fact and question.about == "fact" else {}
        if isinstance(value, frozenset):
            return ", ".join(self.words.text(label) for name, label in labels.items() if name in value) or (
                self.words.say("nothing")
            )
        unit = fact.unit if fact and question.about == "fact" else None
        return self.words.value(value, unit, labels.get(value) if isinstance(value, str) else None)

    def now(self, decision: Decision, most_left: int) -> str:
        line = f"{self.say('now')}: {Sayings(self.words).outcome(decision)}"
        return f"{line}; {self.say('left', count=most_left)}." if most_left else f"{line}."

    def unreadable(self, unreadable: Unreadable) -> str:
        return self.say(unreadable.complaint, **unreadable.arguments)
