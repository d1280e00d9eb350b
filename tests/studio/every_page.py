"""Every page that links lead to, as a producer's browser finds them: one of each kind of address."""

import re
from collections.abc import Iterator
from urllib.parse import urldefrag

from django.test import Client

# Not pages: what signs out, what is a file, and Django's own admin beyond its first page.
NOT_PAGES = re.compile(
    r"^/accounts/logout/|/media/|/comparisons/\d+/files/|/uploads/\d|/export|/download|/archive|^/static/|^/admin/.+"
)
A_KIND = 2


def pages(client: Client, start: str = "/") -> Iterator[tuple[str, str]]:
    """Address and HTML of each page, following links from `start`; of addresses that differ by numbers only two."""
    waiting, seen = [start], {start}
    kinds: dict[str, int] = {}
    while waiting:
        address = waiting.pop(0)
        answer = client.get(address, follow=True)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        assert answer.status_code == 200, (address, answer.status_code)
        html = answer.text
        yield address, html
        for link in links(html):
            kind = re.sub(r"\d+|[0-9a-f-]{20,}", "N", link.partition("?")[0]) + "?" * ("?" in link)
            kinds[kind] = kinds.get(kind, 0) + (link not in seen)
            if link not in seen and kinds[kind] <= A_KIND and not NOT_PAGES.search(link):
                seen.add(link)
                waiting.append(link)


def links(html: str) -> list[str]:
    """The addresses on this host that links of a page lead to."""
    found = re.findall(r'<a\b[^>]*?\shref="(/[^"/][^"]*|/)"', html)
    return [urldefrag(each.replace("&amp;", "&")).url for each in found]
