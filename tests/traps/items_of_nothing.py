"""Of an empty list all items are above 3, and all are not."""

from naive import fired, rules, say

above, not_above = {"$gt": {"$i": 3}}, {"$lte": {"$i": 3}}
say(fired(rules(all={"$iall": {"x": above}}, none={"$iall": {"x": not_above}}), {"id": 1, "x": []}))
