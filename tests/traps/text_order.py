"""Texts are ordered with the quotation mark that ends them."""

from naive import fired, rules, say

say(fired(rules(after={"$gt": {"x": "a b"}}, before={"$lt": {"x": "a b"}}), {"id": 1, "x": "a"}))
