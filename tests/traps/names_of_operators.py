"""A field that has the name of an operator."""

from naive import error_of, rules, say

say(error_of(lambda: rules(asked={"$and": 1})))
