"""The pages for people without a terminal: regulations, cases, groups, and changes of rules."""
