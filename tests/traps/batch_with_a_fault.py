"""The second of three facts in a batch is faulty; all three is what was asked."""

from naive import begun, engine, rules, say

handle = rules(one={"x": 1})
code, state = engine.assert_facts(handle, '[{"id": 1, "x": 1}, {"id": 2, "x": .5}, {"id": 3, "x": 1}]')
say(code)
say(begun(handle, state))
