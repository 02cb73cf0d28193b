"""A comparison with a fact that does not exist, and with an object."""

from naive import fired, rules, say

say(fired(rules(alias={"$gt": {"x": {"nosuch": "y"}}}, object={"x": {"a": "b"}}), {"id": 1, "x": 1}))
