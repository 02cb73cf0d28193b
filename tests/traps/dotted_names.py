"""A name with a dot, and a name within a name."""

from naive import fired, rules, say

say(fired(rules(dotted={"a.b": 1}), {"id": 1, "a": {"b": 1}}))
