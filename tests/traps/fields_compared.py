"""A field is compared with one that is missing: the result of an earlier comparison is taken."""

from naive import fired, rules, say

handle = rules(more={"$gte": {"x": {"$m": "y"}}}, both={"$and": [{"$lt": {"w": 3}}, {"$gte": {"x": {"$m": "y"}}}]})
say(fired(handle, {"id": 1, "w": 2, "x": 5}))
