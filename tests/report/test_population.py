"""The sums of a population as text."""

from pathlib import Path

from support.command import LEADER, run


def test_a_cohort_is_called_by_the_label_of_its_kind(tmp_path: Path) -> None:
    done = run("population", LEADER, "-o", tmp_path / "results")
    assert done.returncode == 0, done.stderr
    # Below it stand the other readings of its quota.
    [line] = [line for line in done.stdout.splitlines() if "tối đa" in line and not line.startswith("    ")]
    assert "· Cá nhân giữ chức vụ lãnh đạo, quản lý · phó trưởng phòng cấp huyện: 0/" in line
