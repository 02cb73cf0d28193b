"""A case ends in an error; what had matched by then fires for the next one."""

from naive import error_of, fired, rules, say

names = [f"p{number}" for number in range(66)]
handle = rules(first={"a": 1}, **{name: {"$and": [{"b": 1}, {name: 1}]} for name in names})
say(error_of(lambda: fired(handle, {"id": 1, "b": 1, "a": 1, **dict.fromkeys(names, 1)})))
say(fired(handle, {"id": 2, "b": 1, "p3": 1}))
