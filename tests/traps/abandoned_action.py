"""An action is abandoned and its fact taken back."""

from naive import engine, rules, say

handle = rules(one={"x": 1}, other={"x": 1})
code, state = engine.assert_fact(handle, '{"id": "c", "x": 1}')
engine.start_action_for_state(handle, state)
engine.abandon_action(handle, state)
engine.retract_fact(handle, '{"id": "c"}')
engine.start_action_for_state(handle, state)
say("survived")
