"""A fact that is left out: a rule for its absence fires as if it were known to fail."""

from naive import fired, rules, say

say(fired(rules(paid={"paid": True}, unpaid={"$and": [{"$ex": {"id": 1}}, {"$nex": {"paid": 1}}]}), {"id": 1}))
