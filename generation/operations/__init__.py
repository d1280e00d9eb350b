"""One place to look: what is in flight, what is stuck, who answers, how it went. Reading only, by bounded queries.

`figures.figures` reads all of it; the page, the command `ops` and `/metrics` show that and nothing else.
"""
