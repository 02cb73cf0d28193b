"""Decision records, format version 2: a case says what was found by ids, and a catalogue says once what the ids mean.

`form` describes the records, `catalogue` makes the catalogue of a regulation, `writing` writes a run, `joining` makes
whole decisions of records again, and `reading` reads files of records, those of version 1 too.
"""
