"""An error between the start and the end of an action: the next case gets no answer."""

from naive import engine, fired, rules, say

handle = rules(one={"x": 1})
code, state = engine.assert_fact(handle, '{"id": "c", "x": 1}')
engine.start_action_for_state(handle, state)
engine.retract_fact(handle, '{"id": "c"}')
say(fired(handle, {"id": "d", "x": 1}))
