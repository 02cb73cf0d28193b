"""What reaches a terminal, and what happens when it, or the home folder, is not there."""

import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from support import ROOT, command

from engine.report.terminal import Screen, commands_nothing, harmless

CASE = ROOT / "policies/qd-124-2023/cases/07-leader-one-task-short.json"
HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
OURS, END = r"(?:\x1b\[(?:1|2|3[0-9])m)*", r"\x1b\[0m"
"""The colours that the program gives a line, and their end."""
COMMAND = (sys.executable, "-m", "engine")
WITH_BAR = (
    sys.executable, "-c", "from engine.cli import main, progress; progress.PATIENCE = -1; main()",
)  # fmt: skip


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **changes}


def on_a_terminal(
    *arguments: str | Path, variables: Mapping[str, str] | None = None, cwd: Path = ROOT, with_bar: bool = False
) -> str:
    """What a command writes to a terminal, both its streams. `with_bar`: a bar is drawn from the first case on."""
    mine, theirs = pty.openpty()
    with subprocess.Popen(
        [*(WITH_BAR if with_bar else COMMAND), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=theirs,
        stderr=theirs, cwd=cwd, env=environment(**(variables or {})),
    ) as running:  # fmt: skip
        os.close(theirs)
        written = b""
        try:
            while piece := os.read(mine, 65536):
                written += piece
        except OSError:  # how Linux tells that the other end is closed
            pass
        assert running.wait(timeout=60) in (0, 1, 2)
    os.close(mine)
    return written.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Nguyễn Văn Ả\tB\nC\r\n", "Nguyễn Văn Ả\tB\nC\r\n"),
        ("\x1b[31mđỏ\x1b]0;tên\x07", "\\u001b[31mđỏ\\u001b]0;tên\\u0007"),
        ("a\rb", "a\\u000db"),
        ("\x9b2J", "\\u009b2J"),
        ("A\u202eB\u2066C\u200fD", "A\\u202eB\\u2066C\\u200fD"),
        ("\udcff", "\\udcff"),
    ],
)
def test_harmful_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Policies and cases with such characters in labels, names, ids and the names of files."""
    from shutil import copytree

    folder = tmp_path_factory.mktemp("hostile")
    rules = folder / "rules"
    copytree(ROOT / "engine" / "starter", rules)
    regulation = rules / "mau-2025" / "regulation.yaml"
    text = regulation.read_text("utf-8")
    changed = re.sub(r"^label: \{vi: ([^,\"]+),", 'label: {vi: "\u202e\\1",', text, flags=re.MULTILINE)
    assert changed != text
    regulation.write_text(changed, "utf-8")
    case = json.loads((rules / "mau-2025" / "cases" / "to-01.json").read_text("utf-8"))
    for name, changes in {
        "good\u202e\x1b[31m.json": {"case_id": "A\u202eB"},
        "bad\u2066\x9b2J.json": {"case_id": "\u2066B", "facts": {"\u202eunknown": 1, "x\x1b[2J": 2}},
    }.items():
        (folder / name).write_text(json.dumps({**case, **changes}, ensure_ascii=False), "utf-8")
    return folder


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("verb", ["evaluate", "explain", "verify", "sensitivity", "check", "test"])
def test_no_verb_writes_them_to_a_terminal(verb: str, form: str, hostile: Path) -> None:
    bad, good = sorted(hostile.glob("*.json"))
    arguments = {
        "verify": [bad, "--cases", good],
        "sensitivity": ["--cases", good, "--cases", bad],
        "check": [],
        "test": [hostile / "no\x1b[31m.yaml"],
    }.get(verb, [good, bad])
    shown = on_a_terminal(verb, *arguments, "--policies", hostile / "rules", "--format", form)
    assert "\\u" in shown or verb == "check"
    assert HARMFUL.findall(re.sub(f"{OURS}(.*?){END}", r"\1", shown)) == []


def test_population_writes_nothing_harmful_either(hostile: Path) -> None:
    # A bar is drawn by escape sequences of its own; a dumb terminal gets none.
    arguments = [*hostile.glob("*.json"), "--policies", hostile / "rules"]
    shown = on_a_terminal("population", *arguments, variables={"TERM": "dumb"})
    assert "\\u" in shown
    assert HARMFUL.findall(shown) == []


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
@pytest.mark.parametrize("verb", ["evaluate", "explain"])
def test_colours_are_for_terminals_that_show_them(verb: str, variables: dict[str, str], coloured: bool) -> None:
    assert ("\x1b[" in on_a_terminal(verb, CASE, variables=variables)) is coloured


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "policies/qd-124-2023/cases"),
        ("trace", "qd-124-2023"),
        ("explain-code",),
        ("--help",),
    ],
)
def test_a_reader_that_goes_away_hears_no_more_and_nothing_passes(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, *arguments], stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, env=environment(), timeout=60
    )
    os.close(writing)
    assert (done.returncode, done.stderr.decode()) == (141, "")


def test_a_check_that_found_mistakes_does_not_pass_if_nobody_hears_of_them(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    check = [*COMMAND, "check", "--policies", str(tmp_path)]
    done = subprocess.run(check, stdout=writing, stderr=writing, cwd=ROOT, env=environment(), timeout=60)
    os.close(writing)
    assert done.returncode == 141


def test_without_a_home_folder_everything_runs() -> None:
    unknown_user = (
        "import pwd\ndef unknown(uid): raise KeyError(uid)\npwd.getpwuid = unknown\nfrom engine.cli import main\nmain()"
    )
    variables = {name: value for name, value in environment().items() if name not in ("HOME", "XDG_CACHE_HOME")}
    for arguments in (["evaluate", CASE], ["population", CASE], ["check"]):
        done = subprocess.run(
            [sys.executable, "-c", unknown_user, *map(str, arguments)],
            capture_output=True,
            cwd=ROOT,
            env=variables,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()


# --- commands to a machine that reads what is printed -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["a::b\n"], "a::b\n"),
        (["::add-mask::x\n", "b"], "\\u003a:add-mask::x\nb"),
        (["a", "::b\n"], "a::b\n"),
        (["a\n", " \u00a0", "::b"], "a\n \u00a0\\u003a:b"),
        (["a\n\t::b\n::c"], "a\n\t\\u003a:b\n\\u003a:c"),
        (["## Tên [1]\n"], "## Tên [1]\n"),
        (["a ##[add-mask]b"], "a \\u0023#[add-mask]b"),
        (["##vso[task.x]"], "\\u0023#vso[task.x]"),
    ],
)
def test_what_begins_a_command_to_ci_is_shown_as_an_escape(pieces: list[str], shown: str) -> None:
    stream = io.BytesIO()
    screen = Screen(stream, encoding="utf-8", newline="")
    for piece in pieces:
        screen.write(piece)
    screen.flush()
    assert stream.getvalue().decode() == shown
    screen.detach()
    assert commands_nothing("".join(pieces)) == shown


STOP = "::stop-commands::x"


def spoiled(rules: Path, mark: str) -> None:
    """Puts a mark, as YAML escapes it, at the end of all that the rules of a folder say in both languages."""
    for path in sorted(rules.rglob("*.yaml")):
        text = path.read_text("utf-8")
        text = re.sub(r'vi: "?([^,"{}]+)"?, en: "?([^,"{}]+)"?\}', rf'vi: "\1{mark}", en: "\2{mark}"}}', text)
        path.write_text(re.sub(r'^( +(?:vi|en)): ([^"{\n]+)$', rf'\1: "\2{mark}"', text, flags=re.M), "utf-8")


@pytest.fixture(scope="module")
def commanding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Policies and cases in which labels, names, ids and files hold commands to CI."""
    from shutil import copytree

    folder = tmp_path_factory.mktemp("commanding")
    rules = folder / "rules"
    copytree(ROOT / "engine" / "starter", rules)
    spoiled(rules, rf"\\n{STOP}")
    case = json.loads((rules / "mau-2025" / "cases" / "to-01.json").read_text("utf-8"))
    subject = {**case["subject"], "id": f"{STOP}i", "unit": f"{STOP}u", "name": f"a\n{STOP}"}
    for name, changes in {
        "one.json": {"case_id": f"{STOP}1"},
        "two.json": {"case_id": f"2\n{STOP}"},
        f"three\n{STOP}.json": {"case_id": "3", "facts": {f"x\n{STOP}": 1}},
    }.items():
        text = json.dumps({**case, "subject": subject, **changes}, ensure_ascii=False)
        (folder / name).write_text(text, "utf-8")
    grades = rules / "mau-2025" / "grades.yaml"
    copytree(rules, folder / "old")
    grades.write_text(grades.read_text("utf-8").replace("value: 95", "value: 90"), "utf-8")
    return folder


def on_ci(*arguments: str | Path, cwd: Path) -> list[str]:
    done = command.run(*arguments, cwd=cwd, env=environment(GITHUB_ACTIONS="true", CI="true"))
    assert done.returncode in (0, 1), done.stderr
    return re.split(r"[\r\n]+", done.stdout + done.stderr)


OF_CASES = [
    ["evaluate", "."], ["evaluate", ".", "--brief"], ["evaluate", ".", "--format", "csv"], ["explain", "."],
    ["evaluate", ".", "--format", "ndjson"], ["sensitivity", "--cases", "."], ["population", ".", "-o", "../out"],
    ["impact", "old", "rules", "--cases", "."],
]  # fmt: skip
OF_RULES = [
    ["test"], ["test", "--coverage"], ["test", "--format", "junit"], ["test", "--format", "json"], ["check"],
    ["diff", "old", "rules"], ["diff", "old", "rules", "--format", "markdown"], ["trace", "mau-2025"],
    ["new", "case", "--regulation", "mau-2025", "--subject", "group"], ["schema", "mau-2025"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", [*OF_CASES, *OF_RULES], ids=" ".join)
def test_no_verb_commands_ci(arguments: list[str], commanding: Path, tmp_path: Path) -> None:
    from shutil import copytree

    folder = tmp_path / "here"
    copytree(commanding, folder)
    lines = on_ci(*arguments, "--policies", "rules", cwd=folder)
    assert any("stop-commands" in line for line in lines) or arguments[0] in ("check", "trace", "population")
    assert [line for line in lines if line.lstrip().startswith("::")] == []


def test_annotations_are_the_only_commands(commanding: Path, tmp_path: Path) -> None:
    from shutil import copytree

    folder = tmp_path / "here"
    copytree(commanding, folder)
    triggers = folder / "rules" / "mau-2025" / "triggers.yaml"
    wrong = f'"at_lest\\n{STOP}": 1, at_least:'
    triggers.write_text(triggers.read_text("utf-8").replace("at_least:", wrong), "utf-8")
    lines = on_ci("check", "--policies", "rules", "--format", "github", cwd=folder)
    assert [line.split(" ")[0] for line in lines if line.startswith("::")] == ["::error"]


# --- what an office hands in, and proofs ------------------------------------------------------------------------------

UNSEEN = "\u202e\u2066"
"""What turns the direction of a text round: YAML and names of files may hold it."""


def office(folder: Path, mark: str) -> None:
    """The regulation in force and three of its cases, in which all that can hold a text holds a mark."""
    from shutil import copytree

    rules = folder / "rules"
    copytree(ROOT / "policies" / "qd-366-2025", rules / "qd-366-2025")
    (rules / "facts.yaml").write_text((ROOT / "policies" / "facts.yaml").read_text("utf-8"), "utf-8")
    escaped = json.dumps(mark)[1:-1].replace("\\", "\\\\")
    spoiled(rules, escaped)
    written = escaped.replace("\\\\", "\\")
    assert (rules / "facts.yaml").read_text("utf-8").count(written) > 100
    excellent = "}\n        outcome: excellent\n    known"
    for name, old, new in (
        ("quotas.yaml", 'quote: "', f'quote: "{written}'),
        ("quotas.yaml", "value: 25, source", "value: 26, source"),
        # What does not hold is told in every format.
        ("regulation.properties.yaml", f"is: true{excellent}", f"is: false{excellent}"),
    ):
        path = rules / "qd-366-2025" / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
    papers = [{"kind": "minutes", "number": f"1{mark}", "date": "2025-12-01", "file": f"f{mark}"}]
    for name in ("03-party-organization-excellent", "07-non-leader-three-quarters-of-tasks"):
        case = json.loads((rules / "qd-366-2025" / "cases" / f"{name}.json").read_text("utf-8"))
        case["case_id"] += mark
        case["subject"] |= {"id": f"s{mark}", "unit": f"u{mark}", "cohort": f"c{mark}"}
        if name.startswith("07"):
            case["subject"] |= {"name": f"n{mark}", "position": f"p{mark}"}
        case["documents"] = papers
        (folder / f"{name}{mark.strip()}.json").write_text(json.dumps(case, ensure_ascii=False), "utf-8")
    (folder / f"bad{mark.strip()}.json").write_text(json.dumps({f"x{mark}": 1}), "utf-8")


@pytest.fixture(scope="module")
def commanding_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commanding-office")
    office(folder, f"\n{STOP}")
    return folder


@pytest.fixture(scope="module")
def unseen_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unseen-office")
    office(folder, UNSEEN)
    return folder


PROPERTY = ["qd-366-2025", "--property", "person_disciplined_never_excellent"]
OF_OFFICES = [
    ["form", ".", "-o", "{out}"], ["form", ".", "-o", "{out}", "--names", "--form", "mau-2c"],
    ["table", "proposal", ".", "-o", "{out}/t.docx", "--names"], ["table", "summary", ".", "-o", "{out}/t.xlsx"],
    ["dossier", ".", "--names"], ["dossier", ".", "--format", "json"],
    ["dossier", ".", "--format", "markdown", "--names"],
    ["explain", ".", "--why"], ["explain", ".", "--why-not", "excellent"],
    ["prove", *PROPERTY], ["prove", *PROPERTY, "--format", "json"], ["prove", *PROPERTY, "--format", "markdown"],
    ["prove", *PROPERTY, "--format", "junit"], ["prove", "qd-366-2025", "--property", "x{mark}"],
    ["trace", "qd-366-2025", "--strict", "--format", "json"],
]  # fmt: skip


def of_office(arguments: list[str], out: Path, mark: str) -> list[str]:
    return [argument.replace("{out}", str(out)).replace("{mark}", mark) for argument in arguments]


@pytest.mark.parametrize("arguments", OF_OFFICES, ids=" ".join)
def test_what_offices_and_proofs_say_commands_no_ci(
    arguments: list[str], commanding_office: Path, tmp_path: Path
) -> None:
    wanted = of_office(arguments, tmp_path, f"\n{STOP}")
    done = command.run(
        *wanted, "--policies", "rules", cwd=commanding_office, env=environment(GITHUB_ACTIONS="true", CI="true")
    )
    assert done.returncode in (0, 1, 2), done.stderr
    lines = re.split(r"[\r\n]+", done.stdout + done.stderr)
    assert any("stop-commands" in line for line in lines)
    assert [line for line in lines if line.lstrip().startswith("::")] == []


@pytest.mark.parametrize("arguments", OF_OFFICES, ids=" ".join)
def test_what_offices_and_proofs_say_turns_no_text_round(
    arguments: list[str], unseen_office: Path, tmp_path: Path
) -> None:
    wanted = of_office(arguments, tmp_path, UNSEEN)
    shown = on_a_terminal(
        *wanted, "--policies", "rules", variables={"TERM": "dumb"}, cwd=unseen_office, with_bar=True
    )
    assert "\\u202e" in shown
    assert HARMFUL.findall(shown) == []


def test_what_goes_to_a_file_does_not_go_above_the_bar(tmp_path: Path) -> None:
    arguments = ["form", str(CASE), str(CASE.with_name("08-leader-good.json")), "-o", str(tmp_path / "out")]
    mine, theirs = pty.openpty()
    with open(tmp_path / "printed", "wb") as printed:
        done = subprocess.run(
            [*WITH_BAR, *arguments], stdout=printed, stderr=theirs, cwd=ROOT, env=environment(), timeout=60
        )
    os.close(theirs)
    os.close(mine)
    assert done.returncode == 0
    assert (tmp_path / "printed").read_text("utf-8").count(" → ") == 2
