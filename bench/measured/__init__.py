"""The product as it is measured, in a server of its own: an empty view beside its pages, queries counted."""
