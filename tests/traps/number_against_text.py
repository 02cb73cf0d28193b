"""A number is compared with a text: its printed form is taken."""

from naive import fired, rules, say

say(fired(rules(equal={"x": "95"}), {"id": 1, "x": 95}))
