"""Integers beyond 64 bits, and beyond what a double holds."""

from naive import fired, rules, say

say(fired(rules(same={"x": 2**63 - 1}), {"id": 1, "x": 2**63}))
say(fired(rules(same={"x": 10**30 + 1}), {"id": 1, "x": 10**30}))
say(fired(rules(same={"x": float(2**53)}), {"id": 1, "x": 2**53 + 1}))
