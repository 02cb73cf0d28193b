"""Sixty-four rules match one fact, then sixty-five."""

from naive import error_of, fired, rules, say

for count in (64, 65):
    names = [f"p{number}" for number in range(count)]
    handle = rules(**{name: {name: 1} for name in names})
    say(error_of(lambda handle=handle, names=names: fired(handle, {"id": 1, **dict.fromkeys(names, 1)})))
