"""A ratio whose whole is zero."""

from naive import fired, rules, say

ratio = {"$div": {"$l": {"$m": "part"}, "$r": {"$m": "whole"}}}
say(fired(rules(more={"$gt": {"x": ratio}}), {"id": 1, "x": 5, "part": 4, "whole": 0}))
