"""Two names whose 32-bit hashes are equal."""

from naive import fired, rules, say

say(fired(rules(asked={"costarring": 1}), {"id": 1, "liquid": 1}))
