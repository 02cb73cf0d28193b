"""A small fraction as Python writes it, in a rule and in a fact."""

from naive import error_of, fired, rules, say

say(error_of(lambda: rules(small={"x": 0.00001})))
say(error_of(lambda: fired(rules(one={"x": 1}), {"id": 1, "x": 0.00001})))
