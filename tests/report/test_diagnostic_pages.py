"""Every code has a page, and the examples on it are tried: the wrong lines bring the code up, the right ones do not."""

import re
import shutil
import textwrap
from pathlib import Path

import pytest
from support.broken import BASE, CASES, CODES, EXAMPLES, MADE, code_of, lay_over_base, problems_in

from engine.base.words import words
from engine.proof.ladders import check_ladders
from engine.report.diagnostics import as_text, codes, page
from engine.study.lint import check_reach
from engine.versions.opening import load_library

PAGES = words("diagnostic_pages")
SHOWN = [code for code in CODES if "wrong" in PAGES[code]]
NOT_IN_LINES = {
    "cell/formula", "cell/merged", "workbook/damaged", "workbook/hidden", "workbook/no-cases", "workbook/not-xlsx",
    "workbook/packing", "workbook/protected", "workbook/sheet-not-read",
    "cell/day-for-number", "cell/serial-day", "cell/several-options", "cell/unprintable", "table/empty",
    "table/heading-unclear", "table/line-too-long",
    "file/cr-only", "file/wide-letters", "file/other-kind", "file/picture", "workbook/strict", "text/decomposed",
    "file/encoding", "file/link-to-nothing", "file/missing", "file/more", "file/not-formatted", "file/not-read",
    "file/not-regular",
    "file/too-large", "file/unreadable", "folder/too-many",
    "file/own-result", "file/table-in-folder", "folder/empty",
    "edit/changed-elsewhere", "edit/no-item", "edit/not-possible", "git/busy",
    "git/failed", "git/link", "git/missing", "git/no-commit", "git/no-folder", "git/no-repository",
    "form/exists", "form/in-field", "form/macros", "form/no-form", "form/no-office", "form/no-pdf", "form/no-tags",
    "form/no-template", "form/not-a-tag", "form/not-for", "form/not-word", "form/syntax", "form/unknown-statement",
    "form/unknown-tag",
    "git/not-here", "git/owner", "git/shallow", "git/submodule", "git/unknown-revision",
    "git/unmerged", "records/catalogue-changed", "records/changed", "records/cut-off", "records/later-version",
    "records/lost", "records/no-catalogue", "records/none", "records/old-version", "records/several-runs", "json/empty",
    "json/line-too-long", "json/not-an-object", "json/text-too-long", "json/too-deep",
    "json/too-many-values", "ladder/overlap",
    "library/elsewhere", "library/no-regulation", "library/no-vocabulary", "library/none-here",
    "overlay/changed-below", "overlay/moved-below", "parameter/overwritten",
    "output/failed", "output/in-use", "output/is-a-folder", "output/is-input", "output/no-folder", "output/no-space",
    "output/not-a-folder", "output/not-allowed", "output/not-ours", "run/no-memory", "run/no-threads",
    "rule/beyond-bounds", "test/no-mutants", "test/none", "test/outside-regulation", "property/outside-regulation",
    "property/other-grades",
    "table/quotes-everywhere", "table/too-many-rows", "table/too-wide", "table/unfolds", "workbook/row-number",
    "workbook/too-many-sheets", "workbook/unfolds",
    "yaml/empty", "yaml/odd-blank", "yaml/text-too-long", "yaml/too-deep",
    "yaml/too-many-values",
}  # fmt: skip
"""Codes about a whole file, a folder or a size, which no few lines can show."""


def put_right(policies: Path, wrong: str, right: str) -> None:
    """Replace the wrong lines by the right ones, once, in the file that holds them, whatever their indentation."""
    for path in sorted(policies.rglob("*")):
        if path.suffix not in (".yaml", ".json", ".csv"):
            continue
        text = re.sub(r" *# expect: .*", "", path.read_text(encoding="utf-8"))
        for indent in (" " * depth for depth in range(14)):
            old = textwrap.indent(wrong.rstrip("\n"), indent)
            if old in text:
                new = textwrap.indent(right.rstrip("\n"), indent)
                path.write_text(text.replace(old, new, 1), encoding="utf-8")
                return
    pytest.fail(f"no file holds: {wrong}")


def found_in(policies: Path, code: str) -> int:
    if code in MADE:
        library = load_library(policies)
        found = [*check_reach(library), *check_ladders(library)]
    else:
        found = problems_in(policies, sorted(path for path in policies.rglob("*") if path.suffix in CASES))
    return sum(one.code == code for one in found)


@pytest.mark.parametrize("code", SHOWN)
def test_the_wrong_example_is_told_and_the_right_one_is_not(code: str, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    if code in MADE:
        list(MADE[code](tmp_path))
    else:
        examples = sorted((one for one in EXAMPLES if code_of(one) == code), key=lambda one: len(one.name))
        lay_over_base(examples[0], policies)
    before = found_in(policies, code)
    assert before
    put_right(policies, PAGES[code]["wrong"], PAGES[code]["right"])
    assert found_in(policies, code) < before


def test_the_base_of_the_examples_is_sound(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "policies")
    assert not problems_in(tmp_path / "policies")


def test_every_code_has_a_page_and_an_example_where_lines_can_show_one() -> None:
    assert sorted(PAGES) == sorted(CODES) == list(codes())
    assert set(CODES) - set(SHOWN) == NOT_IN_LINES


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_page_reads_without_its_arguments(language: str) -> None:
    for code in codes():
        text = "\n".join(as_text(page(code, language), language))
        assert text.startswith(code)
        assert not re.search(r"\{[a-z_]+\}", "\n".join(text.splitlines()[1:3])), text
        assert "{{" not in text


def test_what_a_page_means_is_a_sentence() -> None:
    for code, entry in PAGES.items():
        for language in ("vi", "en"):
            assert re.match(r"[A-ZĐÀ-Ỹ`N]", entry[language]) or entry[language].startswith(("yes", "`")), code
            assert entry[language].endswith("."), code
