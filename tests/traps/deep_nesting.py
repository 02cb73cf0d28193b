"""A fact with 200,000 objects within one another."""

from naive import fired, rules, say

say(fired(rules(one={"x": 1}), '{"id": 1, "x": 1, "y": ' + '{"a":' * 200_000 + "1" + "}" * 200_000 + "}"))
