"""A fact with 252 properties, and with 253."""

from naive import error_of, fired, rules, say

handle = rules(first={"p0": 1})
say(fired(handle, {"id": 1, **{f"p{number}": 1 for number in range(252)}}))
say(error_of(lambda: fired(handle, {"id": 2, **{f"p{number}": 1 for number in range(253)}})))
