"""Prices that people enter: each from a day on, for one model, in the place of the catalogue's.

`in_force` lays them over a model's own prices; `models` keeps them for good; `admin` is where they are entered.
"""
