"""Every page that links lead to, as a browser finds them: one or two of each kind of address."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from urllib.parse import urldefrag

from django.test import Client
from django.urls import resolve

# Not pages: what signs out, what is a file, letters as they were sent, and Django's own admin beyond its first page.
NOT_PAGES = re.compile(
    r"^/accounts/logout/|/media/|/comparisons/\d+/files/|/uploads/\d|/export|\.zip|^/mails/.+/html/|/download|/archive"
    r"|^/static/|^/admin/.+"
)
A_KIND = 3


class Walk:
    """The addresses to look at, beginning with `starts`; what `read` finds in a page is looked at as well.

    Of each view at most `of_a_kind` pages, and as many with a query.
    """

    def __init__(self, *starts: str, of_a_kind: int = A_KIND) -> None:
        self._waiting, self._seen = deque(starts), set(starts)
        self._kinds: Counter[str] = Counter()
        self._of_a_kind = of_a_kind

    def __iter__(self) -> Iterator[str]:
        while self._waiting:
            yield self._waiting.popleft()

    def read(self, html: str) -> None:
        for link in links(html):
            if link in self._seen:
                continue
            if NOT_PAGES.search(link):
                continue
            kind = kind_of(link)
            self._kinds[kind] += 1
            if self._kinds[kind] <= self._of_a_kind:
                self._seen.add(link)
                self._waiting.append(link)


OF_THE_HOUSE = {"'self'", "'none'", "data:", "blob:"}


def is_policy(header: str) -> bool:
    """Whether it keeps a page to what is of this house, nothing of it written into the page; or to no script at all."""
    parts = {name: sources for name, *sources in (part.split() for part in header.split(";") if part)}
    scripts = parts.get("script-src", parts.get("default-src"))
    every = {source for sources in parts.values() for source in sources}
    return scripts == ["'none'"] or (scripts == ["'self'"] and every <= OF_THE_HOUSE)


def kind_of(address: str) -> str:
    """The name of the view that answers, and whether it is asked something."""
    path, mark, _ = address.partition("?")
    return resolve(path).view_name + mark


def pages(client: Client, *starts: str, of_a_kind: int = A_KIND) -> Iterator[tuple[str, str]]:
    """Address and HTML of each page, following links from `starts`, the list of projects if there are none."""
    walk = Walk(*starts or ("/",), of_a_kind=of_a_kind)
    for address in walk:
        answer = client.get(address, follow=True)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        assert answer.status_code == 200, (address, answer.status_code)
        assert is_policy(answer.headers["Content-Security-Policy"]), address
        html = answer.text
        yield address, html
        walk.read(html)


def fragments(client: Client, html: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Address and HTML of the parts that a page asks for by itself, one of each kind that is not in `seen` yet."""
    for address in re.findall(r'\bhx-get="(/[^"]*)"', html):
        if kind_of(address) in seen:
            continue
        seen.add(kind_of(address))
        answer = client.get(address.replace("&amp;", "&"), headers={"HX-Request": "true"})
        assert answer.status_code in {200, 204}, (address, answer.status_code)
        if answer.status_code == 200:
            yield address, answer.text


def links(html: str) -> list[str]:
    """The addresses on this host that links of a page lead to."""
    found = re.findall(r'<a\b[^>]*?\shref="(/[^"/][^"]*|/)"', html)
    return [urldefrag(each.replace("&amp;", "&")).url for each in found]
