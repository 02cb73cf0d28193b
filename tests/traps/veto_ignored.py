"""A rule that must not fire once `y` is stated; it is, before anything is done."""

from naive import begun, create, engine, say

handle = create({"unless": {"all": [{"a": {"x": 1}}, {"b$not": {"y": 1}}]}})
code, state = engine.assert_fact(handle, '{"id": 1, "x": 1}')
engine.assert_fact(handle, '{"id": 2, "y": 1}')
say(begun(handle, state))
