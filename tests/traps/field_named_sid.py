"""A field of the case called `sid`, say a pupil's number: each opens a state, until there are 1,024."""

from naive import fired, rules, say

handle = rules(known={"x": 1})
for number in range(1_030):
    try:
        fired(handle, {"id": 1, "sid": number, "x": 1})
    except MemoryError:
        say(number)
        break
