"""Amounts of money in templates."""

from decimal import Decimal

from django import template

from billing.money import format_usd

register = template.Library()


@register.filter
def usd(amount: Decimal | None) -> str:
    """US dollars for people: `$0.56`. Nothing for None: what is not known is said in words."""
    return "" if amount is None or amount == "" else format_usd(amount)


@register.filter
def left(amount: Decimal) -> str:
    """What is left, in words: `$5.00 left`, `over by $1.50`."""
    return f"over by {format_usd(-amount)}" if amount < 0 else f"{format_usd(amount)} left"


@register.filter
def usd_signed(amount: Decimal) -> str:
    """US dollars with their sign, for columns that add up: `+$0.56`, `−$0.56`."""
    return f"{'−' if amount < 0 else '+'}{format_usd(abs(amount))}"


@register.filter
def percent(fraction: Decimal) -> Decimal:
    """A part of one as a number from 0 to 100, for the width of a bar."""
    return fraction * 100
