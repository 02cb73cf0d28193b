"""The draft of a changelog entry: the kind of change, the impacted periods as full dates, the files; and the changelog
that is shipped."""

import re
from pathlib import Path

import pytest
from support import ROOT
from support.edits import COLLECTIVE, INDIVIDUAL, LINE, REGULATION, committed, git, run
from support.policies import EARLIER

POLICIES = ROOT / "policies"
TRIGGERS = f"{REGULATION}/triggers.yaml"
WHOLE = "from 2023-10-04 until 2025-08-29"

CHANGES = {
    "a threshold": (INDIVIDUAL, "value: 50, source", "value: 51, source", "tightened 2", WHOLE),
    "a threshold from a later day on": (
        INDIVIDUAL, LINE, LINE + LINE.replace("2023-10-04", "2024-07-01").replace("value: 50", "value: 60"),
        "tightened 2", "from 2024-07-01 until 2025-08-29",
    ),
    "a threshold for some months": (
        INDIVIDUAL, LINE,
        LINE + LINE.replace("2023-10-04", "2024-07-01").replace("value: 50", "value: 60")
        + LINE.replace("2023-10-04", "2024-10-01"),
        "tightened 2", "from 2024-07-01 until 2024-09-30",
    ),
    "a label": (
        TRIGGERS, "vi: Biểu hiện mất đoàn kết nội bộ,", "vi: Có biểu hiện mất đoàn kết nội bộ,",
        "reworded only: labels or sources 1", "none, as nobody is treated otherwise",
    ),
    "a trigger": (
        TRIGGERS, "{fact: signs.complaint_letters, at_least: 1}", "{fact: signs.complaint_letters, at_least: 2}",
        "loosened 1", WHOLE,
    ),
    "a first day": (
        "qd-132-2018/regulation.yaml", "in_force: {from: 2018-03-08", "in_force: {from: 2018-03-10",
        "other days in force: cases of those days are judged by another regulation 1",
        "from 2018-03-08 until 2018-03-09",
    ),
    "a bar without its exception": (
        COLLECTIVE, "    unless: {fact: tasks.force_majeure, is: true}\n", "", "tightened 1", WHOLE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_an_entry_gives_kind_periods_and_files(name: str, tmp_path: Path) -> None:
    file, old, new, kind, periods = CHANGES[name]
    folder = committed(tmp_path, file.partition("/")[0])
    path = folder / "policies" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = run(folder, "changelog", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert re.match(rf"## \d{{4}}-\d\d-\d\d – {file.partition('/')[0]}\n", done.stdout)
    lines = done.stdout.splitlines()
    assert lines[2:5] == [
        f"- Kind of change: {kind}.", f"- Impacted periods: {periods}.", f"- Impacted files: `{file}`.",
    ]  # fmt: skip


def test_a_comment_has_no_entry_and_a_new_regulation_one_of_its_own(tmp_path: Path) -> None:
    folder = committed(tmp_path, REGULATION, EARLIER)
    path = folder / "policies" / INDIVIDUAL
    path.write_text("# chú thích\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert run(folder, "changelog").stdout == "Không có thay đổi nào về nghĩa.\n"
    git(folder, "rm", "-rq", "policies/qd-132-2018")
    git(folder, "commit", "-qm", "Without 132")
    told = run(folder, "changelog", "HEAD", "HEAD~1").stdout
    assert "Loại thay đổi: quy định mới." in told and "từ 08/03/2018 đến 03/10/2023" in told
    assert "`qd-132-2018/regulation.yaml`" in told


def test_entries_are_put_first_in_the_file(in_git: Path) -> None:
    path = in_git / "policies" / INDIVIDUAL
    log = in_git / "policies" / "CHANGELOG.md"
    log.write_text("# Nhật ký\n\nMột câu dẫn.\n\n## 01/01/2024 – cũ\n\n- Cũ.\n", encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace("value: 50, source", "value: 51, source", 1), "utf-8")
    done = run(in_git, "changelog", "--write")
    text = log.read_text(encoding="utf-8")
    assert text.startswith(f"# Nhật ký\n\nMột câu dẫn.\n\n{done.stdout}\n## 01/01/2024 – cũ\n")


def test_the_changelog_that_is_shipped_has_every_regulation_and_full_dates() -> None:
    entries = (POLICIES / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]
    told = {entry.partition(" – ")[2].partition("\n")[0] for entry in entries}
    shipped = {path.parent.name for name in ("regulation.yaml", "overlay.yaml") for path in POLICIES.glob(f"*/{name}")}
    assert told >= shipped
    for entry in entries:
        assert re.match(r"\d\d/\d\d/\d{4} – ", entry), entry
        assert "- Loại thay đổi: " in entry
        assert re.search(r"- Thời gian chịu tác động: (từ \d\d/\d\d/\d{4} |không)", entry), entry
        for file in re.findall(r"`([^`]+\.yaml)`", entry):
            assert (POLICIES / file).is_file(), file
