"""Every command, called wrongly: a sentence with a remedy in the reader's language, and exit code 1 or 2."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import click
import pytest
from support import ROOT
from support.command import run

from engine.cli import COMMANDS, _run
from engine.cli.usage import PHRASES

CASES = ROOT / "policies" / "qd-124-2023" / "cases"
CASE = CASES / "07-leader-one-task-short.json"
SIDES = "qd-124-2023 qd-366-2025"
NEW = "--regulation qd-124-2023 --subject leader"
# In a folder that holds broken files of each kind, and `folder` with broken policies.
WRONG = {
    "ask": ["", "folder", "missing/x.json", "broken.json", "x.json --regulation nix", "x.json --policies folder",
            "x.json --policies missing", "x.json --policies broken.json"],
    "changelog": ["nix", "nix nix nix", "--policies folder", "--policies missing", "folder",
                  "broken.yaml",
                  "--policies broken.yaml"],
    "check": ["nix", "--policies folder", "--policies missing", "--policies broken.yaml", "--format nix",
              *(f"--policies {folder}" for folder in
                ("bad-dossier", "bad-forms", "bad-properties", "bad-votes", "extends-nowhere"))],
    "compile": ["", "nix --subject leader", "qd-124-2023", "qd-124-2023 --subject nix",
                "qd-124-2023 --subject leader --as-of nix", "qd-124-2023 --subject leader --policies missing",
                "qd-124-2023 --subject leader --policies broken.yaml"],
    "diff": ["", "nix", "nix nix", "a b c", "missing/nix", "folder", "broken.yaml", f"{SIDES} --policies folder",
             f"{SIDES} --policies broken.yaml", f"{SIDES} -o missing/x", f"{SIDES} -o folder", "--staged a b",
             "qd-124-2023 . --regulation nix"],
    "docs": ["", "-o broken.json", "-o x --policies missing", "-o x --policies folder", "-o x --policies broken.yaml"],
    "evaluate": ["", "nix", "nix.json", "missing/nix.json", "broken.json", "broken.ndjson", "broken.xlsx",
                 "folder/none",
                 "CASE --regulation nix", "CASE --interpretation nix", "CASE --interpretation nix=nix",
                 "CASE --policies missing", "CASE --policies folder", "CASE --policies broken.yaml",
                 "CASE -o missing/x", "CASE -o folder", "CASE --format xlsx", "CASE --format nix", "CASE --nix"],
    "dossier": ["", "nix", "missing/nix.json", "broken.json", "broken.xlsx", "CASE --regulation nix",
                "CASE --policies missing", "CASE -o missing/x", "CASE -o folder", "CASE --format docx",
                "CASE --format docx -o folder", "CASE --format nix", "CASE --policies broken.yaml",
                "CASE --policies folder", "CASE --interpretation nix=nix", "folder/none",
                "CASE --policies bad-dossier"],
    "explain": ["", "nix", "missing/nix.json", "broken.json", "broken.ndjson", "broken.xlsx",
                "CASE --case nix",
                "CASE --regulation nix", "CASE --policies missing", "CASE --policies broken.yaml", "CASE -o missing/x",
                "CASE -o folder", "CASE --why-not nix", "CASE --why-not", "CASE --why nix"],
    "explain-code": ["nix", "rule/never-hold", "a b"],
    "form": ["", "CASE", "nix -o x", "broken.json -o x", "CASE -o broken.json", "CASE -o x --form nix",
             "CASE -o x --regulation nix", "CASE -o x --policies missing", "CASE -o x --policies broken.yaml",
             "CASE -o x --policies folder", "folder/none -o x", "missing/nix.json -o x",
             "broken.xlsx -o x", "CASE -o x --interpretation nix=nix", "CASE -o x --policies bad-forms"],
    "format": ["nix", "missing/nix.yaml", "broken.yaml", "--policies missing", "--policies folder",
               "--policies broken.yaml"],
    "impact": ["", "nix", f"{SIDES}", f"{SIDES} --cases nix", f"{SIDES} --cases broken.json",
               f"{SIDES} --cases missing/nix.json", "nix nix --cases CASE", "--cases CASE",
               f"{SIDES} --cases CASE -o missing/x", f"{SIDES} --cases CASE -o folder",
               f"{SIDES} --cases CASE --policies missing", f"{SIDES} --cases CASE --policies broken.yaml"],
    "init": ["", "broken.json", "folder", "a b"],
    "lsp": ["nix", "--policies missing", "--policies missing/nix"],
    "new": ["nix", "case", f"case {NEW} -o folder", "case --regulation nix --subject leader",
            "case --regulation qd-124-2023 --subject nix", f"case {NEW} --as-of nix", f"case {NEW} --policies missing",
            f"case {NEW} -o broken.json", "workbook", f"workbook {NEW}", f"workbook {NEW} -o x.txt",
            f"workbook {NEW} -o missing/x.xlsx", f"workbook {NEW} -o folder"],
    "population": ["", "nix", "missing/nix.json", "broken.json", "broken.ndjson", "broken.xlsx", "CASE -o x.txt",
                   "CASE --memory nix", "CASE --threads 0", "CASE --regulation nix", "CASE --policies missing",
                   "CASE --policies broken.yaml", "CASE -o x.csv --format parquet", "CASE --html folder"],
    "prove": ["nix", "qd-124-2023 --property nix", "--timeout nix", "--timeout 0", "--policies missing",
              "--policies folder", "--policies broken.yaml", "-o missing/x", "-o folder", "--format nix",
              "qd-124-2023 nix", "--policies bad-properties"],
    "schema": ["", "nix", "qd-124-2023 --names", "qd-124-2023 --policies missing", "qd-124-2023 -o missing/x",
               "qd-124-2023 -o folder", "qd-124-2023 --policies broken.yaml"],
    "sensitivity": ["", "nix", "--cases nix", "--cases broken.json", "--cases missing/nix.json", "--cases broken.xlsx",
                    "--cases CASE --regulation nix", "--cases CASE -o missing/x", "--cases CASE -o folder",
                    "--cases CASE --policies missing", "--cases CASE --policies broken.yaml"],
    "serve": ["nix", "--policies missing", "--policies folder", "--policies broken.yaml", "--port nix", "--users nix",
              "--certificate nix.pem", "--key folder", "--limit nix", "--limit cases=nix", "--audit missing/x"],
    "table": ["", "summary", "nix CASE -o x.docx", "summary CASE", "summary CASE -o x.pdf", "summary nix -o x.docx",
              "summary CASE -o missing/x.xlsx", "summary broken.json -o x.docx",
              "summary CASE -o x.docx --regulation nix", "summary CASE -o folder", "summary CASE -o folder/",
              "summary CASE -o broken.json", "summary broken.xlsx -o x.docx", "summary missing/nix.json -o x.docx",
              "proposal folder/none -o x.xlsx", "proposal CASE -o x.xlsx --policies broken.yaml",
              "proposal CASE -o x.xlsx --policies bad-votes", "summary CASE -o x.docx --policies extends-nowhere",
              "proposal CASE -o x.xlsx --interpretation nix=nix", "proposal CASE -o x.xlsx --policies missing"],
    "test": ["nix", "missing/nix.test.yaml", "broken.yaml", "--policies missing", "--policies folder", "-o missing/x",
             "-o folder", "--policies broken.yaml", "--mutate --fail-under nix", "--mutate --fail-under 101",
             "--mutate nix", "--mutate --format junit", "--mutate --policies folder", "--mutate -o missing/x",
             "--fail-under 50", "--mutate --watch"],
    "trace": ["", "nix", "nix --strict", "qd-124-2023 --strict nix", "--strict",
              "qd-124-2023 --strict --policies broken.yaml", "qd-124-2023 --policies extends-nowhere",
              "qd-124-2023 --policies missing", "qd-124-2023 --policies folder",
              "qd-124-2023 --policies broken.yaml"],
    "user": ["nix", "add", "add A", "add A --users x.json --role nix", "add A --users broken.json --role reader",
             "list", "list --users folder", "key", "key A --users x.json --role reader --days 0",
             "remove A --users broken.json"],
    "verify": ["", "nix.json --cases CASE", "broken.json --cases CASE", "broken.ndjson --cases CASE", "CASE",
               "CASE --cases CASE", "folder --cases CASE", "missing/nix.json --cases CASE", "list.json --cases CASE",
               "number.ndjson --cases CASE", "half.json --cases CASE", "no-list.json --cases CASE",
               "none.json --cases broken.json", "none.json --cases CASE --policies missing",
               "none.json --cases CASE --revision nix"],
}  # fmt: skip
OF_CLICK = re.compile(
    r"Usage:|Try '|Error:|Missing |Invalid value|No such|Got unexpected|Errno|[A-Z]\w+Error\b|Traceback"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("usage")
    contents = {
        "broken.json": "{", "broken.ndjson": "{\n3\n", "broken.yaml": "a: [\n", "broken.xlsx": "no workbook",
        "list.json": "[]", "number.ndjson": "3\n", "half.json": '{"decisions": [{"case_id": "A"}]}',
        "no-list.json": '{"decisions": 3}', "none.json": '{"decisions": []}', "folder/facts.yaml": "a: [\n",
    }  # fmt: skip
    (folder / "folder").mkdir()
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "policies", folder / "policies")
    broken = {
        "bad-dossier": "qd-366-2025/dossier.yaml", "bad-forms": "qd-124-2023/forms/forms.yaml",
        "bad-properties": "qd-124-2023/regulation.properties.yaml", "bad-votes": "qd-124-2023/votes.yaml",
        "extends-nowhere": "mau-tinh-a-2024/overlay.yaml",
    }  # fmt: skip
    for name, file in broken.items():
        shutil.copytree(ROOT / "policies", folder / name)
        path = folder / name / file
        if name == "extends-nowhere":
            text = path.read_text("utf-8")
            assert "extends: qd-124-2023" in text
            path.write_text(text.replace("extends: qd-124-2023", "extends: qd-999-2023"), "utf-8")
        else:
            path.write_text("kind: [\n", "utf-8")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


def test_every_command_is_called_wrongly() -> None:
    assert WRONG.keys() == COMMANDS.keys()


@pytest.mark.parametrize("command", WRONG)
def test_a_wrong_call_is_answered_by_a_sentence_and_a_remedy(command: str, place: Path) -> None:
    """In Vietnamese and English in turn: that no text lacks a language is tested of the texts themselves."""
    for wrong, language in zip(WRONG[command], cycle(("vi", "en")), strict=False):
        line = f"{command} {wrong} --lang {language}".replace("CASE", str(CASE))
        done = run(*shlex.split(line), cwd=place)
        code, text = done.returncode, done.stdout + done.stderr
        assert code in (1, 2), (line, code, text)
        assert re.search("cách sửa: " if language == "vi" else "help: ", text), (line, text)
        assert not OF_CLICK.search(text), (line, text)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["evaluat"], "có phải ý là `evaluate`?"),
        (["evaluate", "x", "--interpretatio"], "có phải ý là `--interpretation`?"),
        (["explain-code", "rule/never-hold"], "có phải ý là `rule/never-holds`?"),
        (["explain", str(CASES), "--case", "HS-2024-7"], "có phải ý là `HS-2024-07`?"),
        (["check", "--lang", "fr"], "chọn một trong: vi, en"),
        (["check", "--lang"], "tùy chọn `--lang` thiếu giá trị"),
        (["check", "--strict=1"], "tùy chọn `--strict` không nhận giá trị"),
        (["impact", "a"], "viết: xeploai impact [SIDES]... --cases PATH"),
        (["new", "cases"], "có phải ý là `case`?"),
    ],
)
def test_what_is_wrong_is_named(arguments: list[str], expected: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert expected in done.stderr


ENGLISH = re.compile(
    r"\b(usage|options?|commands?|missing|argument|invalid|value|error|try|no such|did you mean|requires|unexpected|"
    r"is not|does not|show|directory|integer)\b",
    re.IGNORECASE,
)

WORDS: dict[str, tuple[str, str]] = {
    "no argument": ("evaluate", "thiếu PATHS ("),
    "an unknown option": ("evaluate --foo", "không có tùy chọn `--foo`"),
    "an option misspelt": ("evaluate --formt json a", "có phải ý là `--format`?"),
    "an unknown command": ("nothing-like-it", "không có lệnh `nothing-like-it`"),
    "a command misspelt": ("chek", "có phải ý là `check`?"),
    "a command of a group misspelt": ("new cse", "có phải ý là `case`?"),
    "an unknown language": ("evaluate --lang fr", "--lang không nhận giá trị `fr`\n  cách sửa: chọn một trong: vi, en"),
    "a choice misspelt": ("check --format jsno", "có phải ý là `json`?"),
    "an option without its value": ("explain a --case", "tùy chọn `--case` thiếu giá trị"),
    "a value for a switch": ("check --strict=3", "tùy chọn `--strict` không nhận giá trị"),
    "an argument too many": ("check x", "thừa: `x`"),
    "two arguments too many": ("check x y", "thừa: `x y`"),
    "text for a number": ("population a --threads x", "--threads không nhận giá trị `x`"),
    "a number out of range": ("population a --threads 0", "viết một số nguyên, ít nhất là 1"),
    "a file for a folder": ("check --policies pyproject.toml", "là một tệp, không phải thư mục"),
}


def said(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    monkeypatch.setattr(sys, "argv", ["xeploai", *line.split()])
    with monkeypatch.context() as patch:
        patch.setattr(click.Context, "formatter_class", click.HelpFormatter)
        code = _run()
    shown = capsys.readouterr()
    return code, shown.out + shown.err


@pytest.mark.parametrize("name", WORDS)
def test_wrong_arguments_are_told_in_vietnamese(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line, words = WORDS[name]
    code, text = said(line, monkeypatch, capsys)
    assert code == 2
    assert words in text
    # What a person typed, and names of options and arguments, are what they are.
    names = r"`[^`]*`|--\w+|xeploai( [\w-]+)*|viết: .*|các lệnh: .*|chọn một trong: .*"
    assert not ENGLISH.search(re.sub(names, "", text)), text


@pytest.mark.parametrize("name", WORDS)
def test_wrong_arguments_are_told_in_english(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"{WORDS[name][0]} --lang en"
    if "--lang fr" in line:
        line = line.replace("--lang fr", "--format nothing")
    if "--case" in line:
        line = "explain a --lang en --case"
    code, text = said(line, monkeypatch, capsys)
    assert code == 2 and "  help: " in text and "cách sửa" not in text
    assert "did you mean" not in text.lower() or "misspelt" in name


@pytest.mark.parametrize("verb", ["", *COMMANDS, "new case", "new workbook"])
def test_help_has_vietnamese_headings(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = said(f"{verb} --help", monkeypatch, capsys)
    assert code == 0 and "Cách dùng: xeploai" in text and "Tùy chọn:" in text
    assert not re.search(r"Usage|Options:|Commands:|Show (this|the)|\[default|\[required|\bINTEGER|\bDIRECTORY", text)


def test_every_phrase_takes_the_same_words_in_both_languages() -> None:
    for vi, en in PHRASES.values():
        assert sorted(re.findall(r"{(\w+)}", vi)) == sorted(re.findall(r"{(\w+)}", en))


def test_what_to_install_is_what_works_here(tmp_path: Path) -> None:
    """In a checkout's own .venv it is make's; elsewhere it is pip of this very Python, with the packages by name."""
    code = "import sys; sys.modules['jinja2'] = None; {}from engine.cli import main; main()"
    for more, expected in (
        ("sys.prefix = '{}/.venv'; ", "chạy: make -C {} install;"),
        ("sys.prefix = '/nowhere'; ", f"chạy: {sys.executable} -m pip install 'jinja2>="),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code.format(more.format(ROOT)), "docs", "-o", "x"],
            capture_output=True, cwd=tmp_path, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 2
        assert expected.format(ROOT) in done.stderr.decode()
