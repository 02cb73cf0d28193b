"""Yes and no are compared with numbers."""

from naive import fired, rules, say

say(fired(rules(is_one={"x": 1}, below={"$lt": {"x": 90}}), {"id": 1, "x": True}))
