"""What is wrong with arguments is said in the reader's language, without a word of the library's English."""

import re
import sys

import click
import pytest

from engine.cli import COMMANDS, _run

ENGLISH = re.compile(
    r"\b(usage|options?|commands?|missing|argument|invalid|value|error|try|no such|did you mean|requires|unexpected|"
    r"is not|does not|show|directory|integer)\b",
    re.IGNORECASE,
)

WRONG: dict[str, tuple[str, str]] = {
    "no argument": ("evaluate", "thiếu tham số `PATHS...`"),
    "an unknown option": ("evaluate --foo", "không có tùy chọn `--foo`"),
    "an option misspelt": ("evaluate --formt json a", "có phải ý là `--format`?"),
    "an unknown command": ("nothing-like-it", "không có lệnh `nothing-like-it`"),
    "a command misspelt": ("chek", "có phải ý là `check`?"),
    "a command of a group misspelt": ("new cse", "có phải ý là `case`?"),
    "an unknown language": ("evaluate --lang fr", "`--lang` không nhận `fr`; chọn một trong: vi, en"),
    "a choice misspelt": ("check --format jsno", "có phải ý là `json`?"),
    "an option without its value": ("explain a --case", "tùy chọn `--case` thiếu giá trị đi kèm"),
    "a value for a switch": ("check --strict=3", "tùy chọn `--strict` không nhận giá trị"),
    "an argument too many": ("check x", "thừa tham số: x"),
    "two arguments too many": ("check x y", "thừa tham số: x y"),
    "text for a number": ("population a --threads x", "phải là số, không phải `x`"),
    "a number out of range": ("population a --threads 0", "không nhận `0`: phải có x>=1"),
    "a file for a folder": ("check --policies pyproject.toml", "là tệp, cần một thư mục"),
}


def said(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    monkeypatch.setattr(sys, "argv", ["xeploai", *line.split()])
    with monkeypatch.context() as patch:
        patch.setattr(click.Context, "formatter_class", click.HelpFormatter)
        code = _run()
    shown = capsys.readouterr()
    return code, shown.out + shown.err


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_told_in_vietnamese(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line, words = WRONG[name]
    code, text = said(line, monkeypatch, capsys)
    assert code == 2
    assert words in text
    # What a person typed, and names of options and arguments, are what they are.
    assert not ENGLISH.search(re.sub(r"`[^`]*`|--\w+|xeploai \S+.*|chọn một trong: .*", "", text)), text


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_told_in_english(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"{WRONG[name][0]} --lang en"
    if "--lang fr" in line:
        line = line.replace("--lang fr", "--format nothing")
    if "--case" in line:
        line = "explain a --lang en --case"
    code, text = said(line, monkeypatch, capsys)
    assert code == 2 and "Error: " in text and "Lỗi" not in text
    assert "did you mean" not in text.lower() or "misspelt" in name


@pytest.mark.parametrize("verb", ["", *COMMANDS, "new case", "new workbook"])
def test_help_has_vietnamese_headings(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = said(f"{verb} --help", monkeypatch, capsys)
    assert code == 0 and "Cách dùng: xeploai" in text and "Tùy chọn:" in text
    assert not re.search(r"Usage|Options:|Commands:|Show (this|the)|\[default|\[required|\bINTEGER|\bDIRECTORY", text)
