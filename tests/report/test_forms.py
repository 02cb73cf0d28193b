"""Forms filled in: what each says, for whom it is, and what a name or a bad template can do to it.

The text of every form is kept under `tests/golden/forms`; UPDATE_GOLDEN=1 writes it again.
"""

import json
import os
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import docx
import pytest
from support import ROOT, TESTS
from support.forms import library_with_forms, word
from support.policies import all_policies

from engine.base.json_text import parse_json
from engine.core.judge.case import Case
from engine.core.judge.engine import Engine
from engine.core.judge.record import Decision
from engine.load.cases.ballots import Ballots
from engine.load.cases.careful import parse_case
from engine.load.cases.particulars import Particulars
from engine.load.policies.forms import Form, Forms, read_forms
from engine.report.forms.choosing import right_forms
from engine.report.forms.filling import Filled, check_forms
from engine.report.forms.tags import DOTS, Filling
from engine.report.words import Words, document_labels

GOLDEN = TESTS / "golden" / "forms"
SAMPLES = {
    ("qd-366-2025", "collective"): "01-organization-good",
    ("qd-366-2025", "leader"): "04-head-ninety-points-no-grade",
    ("qd-366-2025", "non_leader"): "07-non-leader-three-quarters-of-tasks",
    ("qd-366-2025", "outside_member"): "09-outside-member-completed",
    ("qd-366-2025", "individual"): "04-head-ninety-points-no-grade",
    ("qd-124-2023", "collective"): "01-organization-excellent",
    ("qd-124-2023", "leader"): "07-leader-one-task-short",
    ("qd-124-2023", "non_leader"): "10-non-leader",
}
PERSON = Particulars(
    "Hoàng Thị Thử", "Trưởng phòng", "1980-05-19", "Chi bộ 3", (("results", "Xong việc.\nCó <hai> & ba."),),
    Ballots({"summoned": 10, "present": 9, "issued": 9, "returned": 9, "valid": 8, "invalid": 1}, {"good": 8}),
)  # fmt: skip


@cache
def forms() -> Forms:
    return read_forms(all_policies())


def filled(names: bool) -> Filled:
    library = all_policies()
    return Filled(Filling(library, Words("vi", document_labels(library), plain=True), forms().headings, names), forms())


@cache
def judged(regulation: str, kind: str) -> tuple[Case, Decision]:
    """A sample case of a kind of subject, with its decision."""
    pattern = f"{SAMPLES[regulation, kind].partition('-')[0]}-*.json"
    (file,) = (ROOT / "policies" / regulation / "cases").glob(pattern)
    case, problems = parse_case(parse_json(file.name, file.read_text(encoding="utf-8")), all_policies())
    assert case is not None, problems
    with Engine(all_policies(), {}) as engine:
        return case, engine.decide(case).decision


def written(form: Form, names: bool = True, person: Particulars = PERSON) -> BytesIO:
    case, decision = judged(form.regulation, form.applies_to[0])
    tags = filled(names).tags_of(case, decision, person)
    if form.holds != "case":
        tags = filled(names).tags_of_many("Phòng Một", [(tags, decision)])
    stream = BytesIO()
    filled(names).write(form, tags, stream)
    return stream


def lines(stream: BytesIO) -> Iterator[str]:
    """The paragraphs of a document, those of tables and of its foot too."""
    document = docx.Document(stream)
    roots = [document.element.body, *(section.footer._element for section in document.sections)]
    for root in roots:
        for paragraph in root.iter("{*}p"):
            yield "".join(part.text or "" for part in paragraph.iter("{*}t"))


EVERY = [form for name in ("qd-366-2025", "qd-124-2023") for form in forms().by_regulation[name]]


@pytest.mark.parametrize("form", EVERY, ids=lambda form: f"{form.regulation}-{form.id}")
def test_a_form_says_what_was_approved(form: Form) -> None:
    text = "\n".join(line for line in lines(written(form)) if line.strip()) + "\n"
    golden = GOLDEN / f"{form.regulation}-{form.id}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_form_says_who_a_person_is_unless_names_are_asked_for() -> None:
    for form in EVERY:
        text = "\n".join(lines(written(form, names=False)))
        assert not [part for part in ("Hoàng", "Trưởng phòng", "1980", "Chi bộ 3", "Xong việc") if part in text]
        assert DOTS in text


def test_a_layer_offers_the_forms_of_what_it_extends() -> None:
    assert forms().by_regulation["mau-tinh-a-2024"] == forms().by_regulation["qd-124-2023"]


def test_what_is_wrong_with_the_forms_of_the_policies() -> None:
    assert not list(check_forms(all_policies(), forms()))


@pytest.mark.parametrize(
    ("regulation", "kind", "number"),
    [
        ("qd-366-2025", "collective", "Mẫu 01-HD KĐ.ĐG"),
        ("qd-366-2025", "leader", "Mẫu 2A"),
        ("qd-366-2025", "non_leader", "Mẫu 2B"),
        ("qd-366-2025", "outside_member", "Mẫu 2C"),
        ("qd-124-2023", "leader", "Mẫu 02B"),
        ("qd-124-2023", "non_leader", "Mẫu 02A"),
    ],
)
def test_the_letters_of_two_guidances_are_not_confused(regulation: str, kind: str, number: str) -> None:
    case, _ = judged(regulation, kind)
    chosen, problems = right_forms(case, forms(), all_policies(), None)
    assert [form.number for form in chosen] == [number] and not problems
    wrong = "mau-2b" if kind == "leader" else "mau-2a"
    chosen, (refusal,) = right_forms(case, forms(), all_policies(), wrong)
    assert not chosen and refusal.code == "form/not-for" and number in str(refusal.help("vi"))


@pytest.mark.parametrize(
    "name", ["<w:p>Bà & “Ba”</w:p>", "{{ facts }}{% for %}", "Ạ" * 200, "Y Bhŏm Niê Kdăm", "ꨆꨩꩌ Chăm", "Ksor H'Blăm"]
)
def test_a_name_is_printed_as_it_is_written(name: str) -> None:
    (form,) = (form for form in EVERY if form.number == "Mẫu 2A")
    assert any(line == name for line in lines(written(form, person=Particulars(name))))


def test_a_template_changed_by_hand_takes_names_of_the_vocabulary_and_loops(tmp_path: Path) -> None:
    body = ("{{ facts.work.given }} {{ facts.fault }}", "{%p for text in statements.results %}", "{{ text }}",
            "{%p endfor %}", "{% if boxes.self.gold %}{{ boxes.self.gold }}{% endif %}")  # fmt: skip
    library = library_with_forms(tmp_path, word(*body))
    offered = read_forms(library)
    assert not offered.problems and not list(check_forms(library, offered))
    data = {"case_id": "A", "period": "2024", "as_of": "2024-12-31", "subject": {"kind": "person"},
            "facts": {"work": {"given": 7}, "fault": False}, "grades": {"self": "gold"}}  # fmt: skip
    case, _ = parse_case(parse_json("a.json", json.dumps(data)), library)
    assert case is not None
    with Engine(library, {}) as engine:
        decision = engine.decide(case).decision
    making = Filled(Filling(library, Words("vi", {}), offered.headings, True), offered)
    stream, ((form,), _) = BytesIO(), right_forms(case, offered, library, None)
    making.write(form, making.tags_of(case, decision, PERSON), stream)
    assert list(filter(None, lines(stream))) == ["7 không", "Xong việc.", "Có <hai> & ba.", "☒"]
