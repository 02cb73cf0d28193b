"""Fourteen alternatives of two tests each, then fifteen."""

from naive import error_of, rules, say

for count in (14, 15):
    pairs = [{"$and": [{f"a{number}": 1}, {f"b{number}": 1}]} for number in range(count)]
    say(error_of(lambda pairs=pairs: rules(some={"$or": pairs})))
