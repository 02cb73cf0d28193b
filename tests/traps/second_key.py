"""A test of two fields in one object: the second is not looked at."""

from naive import fired, rules, say

say(fired(rules(both={"x": 2, "y": 5}, above={"$gt": {"x": 1, "y": 5}}), {"id": 1, "x": 2, "y": 3}))
