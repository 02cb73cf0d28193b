"""A rule of three alternatives with two true parts each; it should fire once."""

from naive import fired, rules, say

pairs = [{"$or": [{f"a{number}": 1}, {f"b{number}": 1}]} for number in range(3)]
fact = {f"{letter}{number}": 1 for letter in "ab" for number in range(3)}
say(len(fired(rules(some={"$and": pairs}), {"id": 1, **fact})))
