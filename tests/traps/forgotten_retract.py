"""The case before was not taken back: the next one under its id is not looked at."""

from naive import engine, fired, rules, say

handle = rules(one={"x": 1}, two={"x": 2})
say(fired(handle, {"id": "c", "x": 1}))
say(engine.assert_fact(handle, '{"id": "c", "x": 2}')[0])
