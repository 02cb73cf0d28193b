"""What several tests of the studio's pages share: a workbook of forty people, and a browser that reports mistakes."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openpyxl

from support import ROOT

SAMPLES = ROOT / "policies" / "qd-124-2023" / "cases" / "20-cohort-within-quota.ndjson"
KIND, REGULATION = "non_leader", "qd-124-2023"
FORTY = 40


def filled_in(blank: bytes, people: int = FORTY) -> bytes:
    """A blank workbook of the studio, filled in with so many people, by the facts of the sample cohort in turn."""
    book = openpyxl.load_workbook(io.BytesIO(blank))
    sheet = book.worksheets[0]
    samples = [json.loads(line) for line in SAMPLES.read_text("utf-8").splitlines()]
    for row in range(people):
        sample = samples[row % len(samples)]
        own = {"case_id": f"PX-{row:02d}", "subject.id": f"S-{row:02d}", "subject.name": f"Người thứ {row + 1}"}
        for column, heading in enumerate([cell.value for cell in sheet[2]], 1):
            value = own.get(str(heading), _stated(sample, str(heading)))
            sheet.cell(3 + row, column, value)
    filled = io.BytesIO()
    book.save(filled)
    return filled.getvalue()


def _stated(sample: dict[str, Any], heading: str) -> str | int | float | None:
    value = _inside(sample, heading)
    if value is None:
        value = _inside(sample["facts"], heading)
    if heading.startswith("evidence."):
        value = sample["evidence"].get(heading.removeprefix("evidence."))
    match value:
        case bool():
            return "có" if value else "không"
        case list():
            return "; ".join(value) or "không"
        case dict():
            return None
        case _:
            return value  # type: ignore[no-any-return]


def _inside(data: Any, name: str) -> Any:
    for part in name.split("."):
        data = data.get(part) if isinstance(data, dict) else None
    return data


def follow(page: Any, target: Any) -> None:
    """Click what loads a page, and wait until the new page is loaded: what is read next is never of the page before."""
    with page.expect_navigation():
        target.click()


@contextmanager
def person(browser: Any, base: str, token: str, *, width: int = 1400, scheme: str = "light") -> Iterator[Any]:
    """A page of somebody who opened the printed address. At the end no page may have reported a mistake."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale="vi-VN")
    page = context.new_page()
    mistakes: list[str] = []
    page.on("console", lambda message: mistakes.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.goto(f"{base}/enter?token={token}")
    yield page
    context.close()
    assert not [mistake for mistake in mistakes if "status of 4" not in mistake]

