"""A pattern is held against null."""

from naive import fired, rules, say

say(fired(rules(named={"$mt": {"x": "nil"}}), {"id": 1, "x": None}))
