"""The read side of a project's money: where it went, how it goes on, and the lines that prove it.

Each function costs a fixed number of queries, however long the ledger: the database adds up, groups and counts.
"""
