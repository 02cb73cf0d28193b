"""Files that the studio hands out name people only behind its switch, and records and tables never do."""

import io
import json
import zipfile
from html import unescape
from typing import Any

import pytest
from support import ROOT
from support.policies import all_policies

from engine.report.records.form import Run
from engine.serve.desk import Desk, Version
from engine.serve.studio.judging import CaseText, Download, Naming, download
from engine.versions.opening import Kept

SAMPLE = next((ROOT / "policies" / "qd-366-2025" / "cases").glob("04-*.json"))


def said(form: Download, naming: Naming) -> str:
    data: Any = json.loads(SAMPLE.read_text(encoding="utf-8"))
    data["subject"] |= {"name": "Lò Thị Bịa", "position": "Trưởng Bịa"}
    run = Run(engine_version="1", policy_commit=None, policy_clean=None)
    desk = Desk(Version(Kept(all_policies(), None, None), {}, run, ""))
    content = download(desk, [CaseText("a", json.dumps(data, ensure_ascii=False))], form, "vi", naming)
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return unescape("".join(archive.read(name).decode(errors="replace") for name in archive.namelist()))


@pytest.mark.parametrize("form", ["xlsx", "html", "json", "csv"])
def test_a_file_names_nobody_unless_asked(form: Download) -> None:
    text = said(form, "")
    assert "HS-2025-04" in text and "Bịa" not in text


@pytest.mark.parametrize("form", ["xlsx", "html"])
def test_a_file_names_people_if_asked(form: Download) -> None:
    text = said(form, "names")
    assert "Lò Thị Bịa" in text and "Trưởng Bịa" in text and "S-04" in text
