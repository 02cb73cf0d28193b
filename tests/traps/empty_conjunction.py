"""A rule that asks nothing: it fires for the fact and for the engine's own."""

from naive import fired, rules, say

say(fired(rules(always={"$and": []}), {"id": 1, "x": 1}))
