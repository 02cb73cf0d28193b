"""Where a key of a JSON text stands, however the text begins."""

import pytest

from engine.base.json_text import Unread


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"case_id":"A"}', 8, 12),
        ('  { "case_id" : "A", "b": 1}', 8, 17),
        ('{"b": {"case_id": 1}, "case_id": "A"}', 8, 34),
        ('{"b": "case_id", "case_id":"A"}', 8, 28),
        ('{\n  "case_id": "A"}', 9, 14),
        ('{"case_id":\n"A"}', 9, 1),
        ('{"tên": "Ấ", "case_id": "A"}', 8, 25),
    ],
)
def test_a_key_is_found_where_its_value_stands(text: str, line: int, column: int) -> None:
    assert Unread("cases.ndjson", text, 7).location("case_id") == ("cases.ndjson", line, column, "")
