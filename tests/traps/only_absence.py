"""A rule that asks only for an absence fires although the case states the fact: for the engine's own fact."""

from naive import begun, engine, rules, say

handle = rules(absent={"$nex": {"x": 1}})
code, state = engine.assert_fact(handle, '{"id": 1, "x": 1}')
say(code)
say(begun(handle, state))
