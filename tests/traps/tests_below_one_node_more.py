"""513 rules, each with another value of one field: making them never ends."""

from naive import rules, say

say("begun")
rules(**{f"r{number}": {"x": number} for number in range(513)})
say("made")
