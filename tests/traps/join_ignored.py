"""Two facts must have the same value, after an alternative: they have not."""

from naive import create, fired, say

second = {"$and": [{"$or": [{"y": 1}, {"y": 2}]}, {"z": {"a": "w"}}]}
handle = create({"joined": {"all": [{"a": {"x": 1}}, {"b": second}]}})
fired(handle, {"id": 1, "x": 1, "w": 5})
say(fired(handle, {"id": 2, "y": 1, "z": 7}))
