"""A misspelt operator on a text; and a rule that asks for no fact at all."""

from naive import create, fired, rules, say

say(fired(rules(misspelt={"$gtee": {"x": "a"}}), {"id": 1, "x": "b"}))
say(fired(create({"no_facts": {"all": []}, "nothing": {}}), {"id": 1, "x": 1}))
