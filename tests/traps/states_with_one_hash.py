"""Two cases, each in a state of its own, whose names have one hash: a rule over two facts joins them."""

from naive import create, fired, say

handle = create({"both": {"all": [{"a": {"x": 1}}, {"b": {"y": 1}}]}})
say(fired(handle, {"id": 1, "sid": "costarring", "x": 1}))
say(fired(handle, {"id": 2, "sid": "liquid", "y": 1}))
