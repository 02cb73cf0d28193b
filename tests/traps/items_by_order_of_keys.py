"""Does some item have a or b? The answer changes with the order in which they are written."""

from naive import fired, rules, say

handle = rules(some={"$iany": {"x": {"$or": [{"$i.a": 1}, {"$i.b": 1}]}}})
say(fired(handle, {"id": 1, "x": [{"a": 1, "b": 0}]}))
say(fired(handle, {"id": 2, "x": [{"b": 0, "a": 1}]}))
