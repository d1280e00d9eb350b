"""The links of a strip that waits for its cards."""

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from studio.strips import Strip

register = template.Library()

_LINK = '<li id="shot-{}"><a href="{}shots/{}/">{} <span>{}</span></a></li>'


@register.filter
def links_under(strip: Strip, home: str) -> SafeString:
    """An item of the list for each shot; `home` is the project's address.

    Not written in the template: for thousands of shots its loop would be most of the page's time.
    """
    return format_html_join("\n", _LINK, ((m.pk, home, m.pk, m.number, m.words) for m in strip.marks))
