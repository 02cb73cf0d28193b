"""One text, written in JSON in two ways."""

from naive import begun, engine, say

handle = engine.create_ruleset("naive", '{"same": {"all": [{"m": {"x": "đạt"}}]}}')
code, state = engine.assert_fact(handle, r'{"id": 1, "x": "\u0111\u1ea1t"}')
say(begun(handle, state) if code == 0 else [])
