"""A program that speaks the user's language, where that writes 7,5. The locale is the first argument."""

import locale
import sys

from naive import fired, rules, say

locale.setlocale(locale.LC_ALL, sys.argv[1])
say(locale.localeconv()["decimal_point"])
say(fired(rules(enough={"$gte": {"x": 7.5}}), {"id": 1, "x": 7.4}))
