"""Every address of the site as each role, a stranger, a superuser and the signed out, looked at and posted to.

The table says who may. Whoever may not is refused in the right way, and not one row is written.
"""

import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from studio.mailers import mailers
from studio.models import (
    Attempt,
    ClientLink,
    Comment,
    KeptOrder,
    Notice,
    NoticeKind,
    Role,
    SavedFilter,
)
from studio.people import invitations
from tests.factories import (
    make_comparison,
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)
from tests.studio.access_table import TABLE, Audience, Rule, Who

PEOPLE = [*Role, "stranger", "superuser", "signed out"]
# The smallest there is: one grey pixel.
PICTURE = b"GIF89a\x01\0\x01\0\x80\0\0\x7f\x7f\x7f\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
SIGN_IN = f"{reverse(settings.LOGIN_URL)}?next="


def addresses(
    resolver: URLResolver, prefix: str = "", space: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """Name, route and pattern of each address."""
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each, route, f"{space}{each.namespace}:" if each.namespace else space)
        else:
            yield f"{space}{each.name}", route, each


ADDRESSES = list(addresses(get_resolver()))
PATTERNS = {name: pattern for name, _, pattern in ADDRESSES if not name.startswith("admin:")}


def test_each_address_has_its_line_in_the_table():
    assert set(TABLE) == set(PATTERNS), "Add a line to tests/studio/access_table.py, or take one away."


@pytest.fixture
def people(db):
    """Everybody by name: a member of each role in one project, and those who are on no team."""
    project = make_project(slug="tide")
    others = {
        "stranger": make_user("stranger"),
        "superuser": make_user("superuser", is_staff=True, is_superuser=True),
        "signed out": None,
    }
    return {role: make_member(project, role, role.value) for role in Role} | others


@pytest.fixture
def values(people, settings, tmp_path):
    """What can stand in an address: a row of the project for each."""
    settings.MAILERS = mailers("folder:", tmp_path)
    producer = people[Role.PRODUCER]
    project = producer.memberships.get().project
    shot = make_shot(make_scene(project))
    take, upload = make_take(shot, by=producer), make_upload(project)
    output = take.generation.outputs.get()
    for key in (output.key, output.poster_key, upload.key, upload.poster_key):
        default_storage.save(key, ContentFile(PICTURE))
    invitation = invitations.invite(project, "eve@example.com", Role.VIEWER, producer)
    comment = Comment.objects.create(take=take, author=producer, words="Too dark.")
    link = ClientLink.objects.create(
        project=project, client="Acme", token_hash="0" * 64, expires_at=timezone.now() + timedelta(days=1)
    )
    notice = Notice.objects.create(person=producer, kind=NoticeKind.TEAM, words="News.", path="/tide/")
    kept = SavedFilter.objects.create(project=project, user=producer, name="Mine", query="show=empty")
    comparison = make_comparison(project)
    attempt = Attempt.objects.filter(cell__comparison=comparison).earliest("pk")
    compared = attempt.generation.outputs.get()
    for key in (compared.key, compared.poster_key):
        default_storage.save(key, ContentFile(PICTURE))
    wish = KeptOrder.objects.create(project=project, person=producer, key="takes:1", words="1 take", path="/")
    return {
        "comparison_id": comparison.pk,
        "cell_id": attempt.cell_id,
        "file_key": attempt.key,
        "slug": project.slug,
        "scene_id": shot.scene_id,
        "shot_id": shot.pk,
        "take_id": take.pk,
        "output_id": output.pk,
        "generation_id": take.generation_id,
        "upload_id": upload.pk,
        "membership_id": project.memberships.earliest("pk").pk,
        "invitation_id": invitation.pk,
        "comment_id": comment.pk,
        "link_id": link.pk,
        "notice_id": notice.pk,
        "filter_id": kept.pk,
        "kept_id": wish.pk,
        "number": 1,
        "item_id": 999999,
        "name": "20260101-000000-1.log",
        "token": invitations.token_of(invitation),
        "uidb36": "1",
        "key": "00000000-0000-0000-0000-000000000000",
        "provider": "fal",
    }


@contextmanager
def watching_writes() -> Iterator[list[str]]:
    """The statements that write, as they are sent; all is rolled back at the end."""
    written: list[str] = []

    def watch(execute, sql, parameters, many, context):
        if re.match(r"\s*(INSERT|UPDATE|DELETE)", sql, re.IGNORECASE):
            written.append(sql)
        return execute(sql, parameters, many, context)

    with transaction.atomic(), connection.execute_wrapper(watch):
        yield written
        transaction.set_rollback(True)


def browser_of(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def may(person: str, audience: Audience) -> bool:
    """Whether the table lets this person in."""
    match audience:
        case Role():
            return person in list(Role) and Role(person).includes(audience)
        case Who.EVERYBODY | Who.MACHINE:
            return True
        case Who.SIGNED_IN:
            return person != "signed out"
        case Who.OWNER:
            return person == Role.PRODUCER
        case Who.HOUSE:
            return person == "superuser"


def refusals(person: str, audience: Audience | None) -> set[int]:
    """How somebody may be answered who may not. With a method that nobody may use, not all come as far as 405."""
    if audience is None:
        return {405, 302} if person == "signed out" else {405, 404}
    if person == "signed out":
        return {302}
    is_about_a_row = isinstance(audience, Role) and person not in list(Role)
    return {404} if is_about_a_row or audience is Who.OWNER else {403}


def mistake(person: str, rule: Rule, method: str, answer: Any, written: list[str]) -> str:
    """What is wrong with the answer; empty when all is right."""
    audience = rule.get if method == "GET" else rule.post
    is_sent_to_sign_in = answer.get("Location", "").startswith(SIGN_IN)
    if audience is Who.MACHINE:
        return "asks for sign-in" if is_sent_to_sign_in else ""
    if audience is not None and may(person, audience):
        if is_sent_to_sign_in or answer.status_code in {401, 403, 405} or answer.status_code >= 500:
            return f"may, and gets {answer.status_code}"
        if answer.status_code == 404 and not rule.may_miss:
            return "may, and gets 404"
        return ""
    if answer.status_code not in (expected := refusals(person, audience)):
        return f"may not, and gets {answer.status_code} instead of {expected}"
    if answer.status_code == 302 and not is_sent_to_sign_in:
        return f"may not, and is sent to {answer['Location']}"
    return f"may not, and writes: {written[0]}" if written else ""


WAYS = [("GET", {}), ("POST", {}), ("GET", {"HX-Request": "true"}), ("POST", {"HX-Request": "true"})]
"""Each address is asked for as a page and as a fragment of one."""


@pytest.mark.parametrize("person", PEOPLE)
def test_each_address_lets_in_whom_it_should(people, values, person):
    client, found = browser_of(people[person]), []
    session = client.cookies.copy()
    for name, pattern in PATTERNS.items():
        kwargs = {key: values[key] for key in pattern.pattern.converters}
        address = reverse(name, kwargs=kwargs)
        for method, headers in WAYS:
            client.cookies = session.copy()
            with watching_writes() as written:
                answer = client.generic(method, address, headers=headers)
                if answer.streaming:
                    deque(answer.streaming_content, maxlen=0)
            if wrong := mistake(person, TABLE[name], method, answer, written):
                found.append(f"{method} {address} ({name}{', a fragment' * bool(headers)}): {person} {wrong}")
    assert not found, "\n" + "\n".join(found)


OPEN_IN_THE_ADMIN = {"admin:login", "admin:logout", "admin:jsi18n"}
IN_THE_ADMIN = [
    re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]*>", "1", route).replace("^", "").replace("$", "")
    for name, route, _ in ADDRESSES
    if name.startswith("admin:") and name not in OPEN_IN_THE_ADMIN
]


@pytest.mark.parametrize("person", [Role.PRODUCER, "signed out"])
def test_the_records_are_for_staff(people, person):
    assert len(IN_THE_ADMIN) > 50
    client = browser_of(people[person])
    for route in IN_THE_ADMIN:
        for method in ("GET", "POST"):
            with watching_writes() as written:
                answer = client.generic(method, f"/{route}")
            assert answer.status_code in {302, 403, 404}, (method, route)
            assert "/login/?next=" in answer.get("Location", "/login/?next="), (method, route)
            assert written == [], (method, route)
