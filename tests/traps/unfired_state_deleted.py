"""The state of a case that matched nothing is deleted."""

from naive import engine, rules, say

handle = rules(one={"x": 1})
say(engine.assert_fact(handle, '{"id": 1, "x": 2}')[0])
engine.delete_state(handle, "0")
say("survived")
