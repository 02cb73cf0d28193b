"""Not a number, as Python writes it."""

from naive import fired, rules, say

say(fired(rules(nothing={"x": None}), {"id": 1, "x": float("nan")}))
