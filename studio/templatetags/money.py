"""Amounts of money in templates."""

from decimal import Decimal

from django import template

from billing.money import format_usd

register = template.Library()


@register.filter
def usd(amount: Decimal | None) -> str:
    """US dollars for people: `$0.56`. Nothing for None: what is not known is said in words."""
    return "" if amount is None or amount == "" else format_usd(amount)
