"""256 rules that ask the same, and one that asks something else."""

from naive import fired, rules, say

handle = rules(**{f"r{number}": {"x": 1} for number in range(256)}, unrelated={"y": 1})
say("unrelated" in fired(handle, {"id": 1, "x": 1}))
