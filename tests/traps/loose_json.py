"""Texts that are not JSON: 0 says that a rule fired."""

from naive import engine, rules, say

for text in ('{"id":1,"x":007}', '{"id":1,"x":5.}', "{'id':1,'x':1}", '{"id":1,"x":1} and more'):
    say(engine.assert_fact(rules(there={"$ex": {"x": 1}}), text)[0])
