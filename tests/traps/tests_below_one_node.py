"""512 rules, each with another value of one field: making them works, asking never ends."""

from naive import engine, fired, rules, say

handle = rules(**{f"r{number}": {"x": number} for number in range(512)})
say("made")
try:
    say(fired(handle, {"id": 1, "x": 511}))
except engine.error as error:
    say(str(error))
