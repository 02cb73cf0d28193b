"""A fact of which nothing is known, stated as null."""

from naive import fired, rules, say

handle = rules(there={"$ex": {"x": 1}}, is_null={"x": None}, at_least={"$gte": {"x": 0}}, at_most={"$lte": {"x": 0}})
say(fired(handle, {"id": 1, "x": None}))
