"""Three rules by priority: -1 should come first and 65,537 last."""

from naive import create, fired, rule, say

priorities = {"minus_one": -1, "two": 2, "huge": 65_537}
handle = create({name: {"pri": priority, **rule({"x": 1})} for name, priority in priorities.items()})
say(fired(handle, {"id": 1, "x": 1}))
