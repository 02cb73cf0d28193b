"""Every diagnostic from the smallest file that deserves it, read the way the command reads files.

`broken/base` is a small policies folder in which nothing is wrong. What lies beside it is laid over a copy of it:

- `<area>-<name>.yaml` becomes a policy file (or, as `.test.yaml`, a test) of its regulation, `-` written as `_`;
- `<area>-<name>.json` is a case, `<area>-<name>.csv` a table of cases;
- a folder `<area>-<name>` is laid over the base file by file; every `.json` in it is a case.

The comment `# expect: code` marks the line that a YAML file is wrong on. A name may go on after `--` where
one code has several examples. Where no comment can stand there is a list:
`<area>-<name>.expect` with `line code`, or in a folder `expect.txt` with `file line code` (the folder itself is `.`,
line 0 a whole file) and `without file` for a base file that is to be missing.
"""

import shutil
from pathlib import Path

import pytest
from support.broken import (
    BASE,
    CASES,
    CODES,
    EXAMPLES,
    MADE,
    OF_ANOTHER_KIND,
    ROW,
    Found,
    code_of,
    in_a_file,
    lay_over_base,
    problems_in,
)

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.files import texts_of
from engine.report.diagnostics import render


def test_nothing_is_wrong_with_the_base(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "policies")
    assert problems_in(tmp_path / "policies") == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_a_broken_file_is_told_what_is_wrong_and_where_and_nothing_else(example: Path, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    laid, expected = lay_over_base(example, policies)
    found = problems_in(policies, [path for path in laid if path.suffix in CASES])
    places = [(Path(one.location.file).relative_to(policies).as_posix(), one) for one in found]
    assert Found((place, one.location.line, one.code) for place, one in places) == expected
    assert code_of(example) in {code for _, _, code in expected}, "named after another code"
    assert_readable(found)


def assert_readable(found: list[Diagnostic]) -> None:
    """Every message and remedy can be filled in, and the frame underlines something."""
    texts = texts_of(one.location.file for one in found)
    for language in ("vi", "en"):
        for one in found:
            assert one.message(language)
            assert one.help(language)
            if one.location.line and one.location.file in texts:
                assert "^" in render([one], language, texts)


@pytest.mark.parametrize("kind", OF_ANOTHER_KIND)
def test_a_file_of_another_kind_is_told_as_that_and_how_to_save_it(kind: str, tmp_path: Path) -> None:
    name, content, code, word = OF_ANOTHER_KIND[kind]
    (found,) = in_a_file(name, content)(tmp_path)
    assert found.code == code
    assert word in f"{found.message('vi')} {found.help('vi')}"
    assert found.message("en") != found.message("vi")


def test_a_line_end_inside_a_cell_is_no_old_macintosh(tmp_path: Path) -> None:
    content = ROW.replace("\n", ",subject.name\r\n", 1).replace("person\n", 'person,"A\rB"\r\n')
    assert list(in_a_file("cases.csv", content.encode())(tmp_path)) == []


@pytest.mark.parametrize("code", MADE)
def test_a_diagnostic_that_no_kept_file_can_show_is_shown_by_what_is_made(code: str, tmp_path: Path) -> None:
    try:
        found = list(MADE[code](tmp_path))
    except Problems as problems:
        found = list(problems.diagnostics)
    assert {one.code for one in found} == {code}
    assert_readable(found)


def test_every_code_has_a_broken_file() -> None:
    shown = {code_of(example) for example in EXAMPLES} | set(MADE)
    assert set(CODES) - shown == set(), "no broken file shows these"
    assert shown - set(CODES) == set(), "the catalogue has no such code"
