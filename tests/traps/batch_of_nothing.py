"""A batch without facts: the place of the state is whatever was in memory."""

from naive import engine, rules, say

handle = rules(one={"x": 1})
code, state = engine.assert_facts(handle, "[]")
engine.start_action_for_state(handle, state)
say("survived")
