"""A provider's bill against our books.

`files` reads an exported bill; `comparison` lays it beside the generations; `drift` finds prices that have moved;
`acceptance` books what a person accepts; `wording` says it all. `docs/reconcile.md` explains.
"""
