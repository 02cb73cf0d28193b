"""A text is compared with a number: the characters beyond its end take part."""

from naive import fired, rules, say

say(
    [
        [text, operator, number]
        for text in ("95", "1", "", "a", "95.5")
        for number in (95, 1, 1234567, 0, -3)
        for operator in ("$eq", "$gte", "$gt", "$lte", "$lt")
        if fired(rules(compared={operator: {"x": number}}), {"id": 1, "x": text})
    ]
)
