"""Lengths of time in templates."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def runtime(seconds: Decimal) -> str:
    """Seconds as people say the length of a film: `7.5 s`, `1 min 20 s`."""
    minutes, rest = divmod(seconds, 60)
    words = f"{rest.normalize():f} s"
    return f"{minutes:.0f} min {words}" if minutes else words
