"""4,096 rules, then 4,097."""

from naive import error_of, rules, say

for count in (4_096, 4_097):
    tests = {f"r{number}": {"$and": [{f"a{number % 64}": 1}, {f"b{number}": 1}]} for number in range(count)}
    say(error_of(lambda tests=tests: rules(**tests)))
