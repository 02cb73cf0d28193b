"""Two rules ask the same of an event."""

from naive import begun, engine, rules, say

handle = rules(first={"x": 1}, second={"x": 1})
code, state = engine.assert_event(handle, '{"id": 1, "x": 1}')
say(begun(handle, state))
