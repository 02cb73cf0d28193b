"""One text in two forms of Unicode."""

import unicodedata

from naive import fired, rules, say

word = "Hoàn thành tốt"
say(fired(rules(same={"x": word}), {"id": 1, "x": unicodedata.normalize("NFD", word)}))
