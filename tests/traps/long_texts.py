"""Texts of 64 KiB and more: only the rest of their length is looked at."""

from naive import fired, rules, say

handle = rules(short={"x": "abc"}, empty={"x": ""})
say(fired(handle, {"id": 1, "x": "abc" + "z" * 65_533}))
say(fired(handle, {"id": 2, "x": "z" * 65_536}))
