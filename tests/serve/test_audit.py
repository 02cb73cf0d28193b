"""The log of who did what: appended to, and nothing is done that it cannot hold."""

import json
from pathlib import Path

import pytest

from engine.base.writing import Unwritable
from engine.serve.audit import Audit
from engine.serve.problems import Refusal


def test_lines_are_added_to_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "audit.ndjson"
    for name in ("lan", "minh"):
        audit = Audit(file)
        audit.write("sign_in", name)
        audit.close()
    assert [json.loads(line)["who"] for line in file.read_text("utf-8").splitlines()] == ["lan", "minh"]


def test_a_full_disk_refuses_the_request() -> None:
    audit = Audit(Path("/dev/full"))
    with pytest.raises(Refusal) as refused:
        audit.write("evaluate", "lan")
    assert (refused.value.code, refused.value.status) == ("audit", 503)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "audit.ndjson").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unwritable):
        Audit(tmp_path / "audit.ndjson")


def test_no_file_is_no_log() -> None:
    Audit(None).write("evaluate", "lan")
