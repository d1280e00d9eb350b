"""Content safety: what may not be asked for here, and what a provider says about the pictures that it made.

`rules` holds an order against the deny-list before money is held; `flagged` keeps a flagged file closed until
somebody opens it; `figures` counts both by model.
"""
