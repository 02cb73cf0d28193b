"""One document in each of its forms: the same said in the same order, and nothing in it that becomes markup."""

import io
import re

import pytest

from engine.report.document import ENTRIES_SHOWN, Chapter, Document, Entry, Table, as_markdown, as_text, write_documents

HOSTILE = "<script>alert(1)</script> [x](http://x.invalid) *y*"
TABLE = Table(["Mức", "cũ", "mới"], [["Tốt", "3", "12"], ["Kém", "10", "1"]], "Bảng", chart="<b>bar</b>")
DOCUMENT = Document(
    "Tác động", "2 hồ sơ đổi.", TABLE,
    [Chapter("Các hồ sơ", [Entry("A-1: Tốt → Kém", ("vì: x",), "r.x"), Entry("A-2")]), Chapter("Khác", [Entry("B-1")])],
)  # fmt: skip


def test_text_and_markdown_say_the_same_in_the_same_order() -> None:
    text, markdown = "\n".join(as_text(DOCUMENT)), as_markdown(DOCUMENT)
    words = [re.findall(r"\w+", form.casefold()) for form in (text, markdown)]
    assert words[0] == words[1] and len(words[0]) > 30
    assert "| --- | ---: | ---: |" in markdown and "<b>" not in markdown
    assert "<b>bar</b>" in as_markdown(DOCUMENT, charts=True)


def test_numbers_of_a_table_stand_below_each_other() -> None:
    lines = list(as_text(Document("T", table=TABLE)))
    head, first, second = (line for line in lines if re.search(r"cũ|\d", line))
    assert first.index("3") + 1 == second.index("10") + 2 == head.index("cũ") + 2
    assert len(first) == len(second) == len(head)


def test_what_is_shortened_says_how_much_is_left_out_and_a_sum_may_close() -> None:
    many = [Chapter("Nhiều", [Entry(f"X-{number}") for number in range(ENTRIES_SHOWN + 3)])]
    lines = list(as_text(Document("T", "Tổng.", chapters=many, shortened=True, closing=True)))
    assert lines[0] == "T" and lines[-2:] == ["", "Tổng."] and lines.count("Tổng.") == 1
    assert lines[-3] == "  … +3" and sum(line.startswith("  X-") for line in lines) == ENTRIES_SHOWN
    assert as_markdown(Document("T", chapters=many, shortened=True)).count("\n- X-") == ENTRIES_SHOWN + 3


@pytest.mark.parametrize(
    ("form", "markup"),
    [("markdown", r"(?<!\\)(<script|\*y|\[x|\*\*<)"), ("html", "<script>alert|href=.http://x|<em>y")],
)
def test_nothing_in_a_document_becomes_markup(form: str, markup: str) -> None:
    stream, table, entry = io.StringIO(), Table([HOSTILE, "n"], [[HOSTILE, "1"]], HOSTILE), Entry(HOSTILE, (HOSTILE,))
    write_documents([Document(HOSTILE, HOSTILE, table, [Chapter(HOSTILE, [entry])])] * 2, form, "vi", stream)
    assert not re.search(markup, stream.getvalue())
    assert stream.getvalue().count("alert(1)") >= 14


def test_several_documents_stand_apart() -> None:
    stream = io.StringIO()
    write_documents([Document("Một"), Document("Hai", "x")], "text", "vi", stream)
    assert stream.getvalue() == "Một\n\nHai\nx\n"
