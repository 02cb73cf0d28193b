"""A fact that is stated twice in one object."""

from naive import fired, rules, say

say(fired(rules(one={"x": 1}, two={"x": 2}), '{"id": 1, "x": 1, "x": 2}'))
