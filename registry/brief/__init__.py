"""A district's or a unit's brief: two pages to be read on paper before a visit.

`content.write_brief` turns a profile into a `Document` of words, tables and bars; one writer a
format puts it on paper. Nothing is computed here.
"""
