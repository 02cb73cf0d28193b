"""Two facts are compared; the last comparison fails and the reading of the rule goes past its end."""

from naive import create, fired, say


def above(one: str, other: str) -> dict[str, object]:
    return {"$gt": {one: {"a": other}}}


either = {"$or": [{"$and": [above("y", "x"), above("z", "w")]}, {"$and": [above("y", "x"), above("y", "x")]}]}
both = {"$and": [above("y", "x"), {"$and": [above("y", "x"), above("z", "w")]}]}
for expression in (either, both):
    handle = create({"joined": {"all": [{"a": {"x": 1}}, {"b": expression}]}})
    fired(handle, {"id": 1, "x": 1, "w": 5})
    say(fired(handle, {"id": 2, "y": 2, "z": 2}))
