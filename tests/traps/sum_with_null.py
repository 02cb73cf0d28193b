"""A sum of which one part is not known."""

from naive import fired, rules, say

total = {"$add": {"$l": {"$m": "y"}, "$r": {"$m": "z"}}}
say(fired(rules(more={"$gt": {"x": total}}), {"id": 1, "x": 5, "y": 1, "z": None}))
