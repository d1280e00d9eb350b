"""The live stream: one reader for all pages, each change told once, nothing kept open."""

import asyncio
from itertools import count

import pytest
from django.db import connections
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from generation.models import Generation
from studio import live, notices, outline, takes
from studio.live_takes import TakeWatch
from studio.models import Role
from studio.notices import NoticeKind, tell
from tests.factories import (
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shot():
    return make_shot(make_scene(make_project(slug="tide")))


def touch(take):
    Generation.objects.filter(pk=take.generation_id).update(changed_at=timezone.now())


def test_the_first_look_tells_nothing_and_each_change_is_told_once(shot):
    old, watch, project = make_take(shot), TakeWatch(), shot.scene.project_id
    assert watch.look([project]) == []
    assert watch.look([project]) == []
    touch(old)
    new = make_take(shot, status="queued")
    upload = make_take(shot, upload=make_upload(shot.scene.project))
    assert watch.look([project]) == [
        (old.pk, shot.pk, project, False),
        (new.pk, shot.pk, project, True),
        (upload.pk, shot.pk, project, True),
    ]
    assert watch.look([project]) == []


def test_circling_and_letting_go_are_told_for_both_takes(shot):
    first, second = make_take(shot), make_take(shot)
    watch, project = TakeWatch(), shot.scene.project_id
    watch.look([project])
    takes.circle(first, None)
    assert [row[0] for row in watch.look([project])] == [first.pk]
    takes.circle(second, None)
    assert [row[0] for row in watch.look([project])] == [first.pk, second.pk]
    takes.uncircle(shot, None)
    assert [row[0] for row in watch.look([project])] == [second.pk]


def test_a_project_that_comes_into_view_tells_nothing_old(shot):
    other = make_take(make_shot(make_scene(make_project())))
    make_take(shot, is_circled=True)
    watch = TakeWatch()
    watch.look([other.shot.scene.project_id])
    assert watch.look([other.shot.scene.project_id, shot.scene.project_id]) == []


def test_a_look_leaves_no_connection_open(shot):
    TakeWatch().look([shot.scene.project_id])
    assert connections["default"].connection is None


async def collect(stream, wanted):
    """The events of a stream until `wanted` has come, which it must within ten seconds."""
    found = []
    async with asyncio.timeout(10):
        async for chunk in stream:
            if chunk.startswith(b"event: "):
                found.append(chunk.split(b"\n")[0].removeprefix(b"event: ").decode())
            if found and found[-1] == wanted:
                return found
    raise AssertionError(found)


def test_pages_hear_of_their_own_project_and_the_reader_ends_with_the_last(shot):
    take = make_take(shot, status="queued")
    other = make_take(make_shot(make_scene(make_project())), status="queued")

    async def run():
        hub = live.Hub(pause=0.02)
        mine = live.events(hub, [shot.scene.project_id])
        theirs = live.events(hub, [other.shot.scene.project_id])
        assert await anext(mine) == await anext(theirs) == b": connected\n\n"
        assert await collect(mine, "resync") == await collect(theirs, "resync") == ["resync"]
        await asyncio.to_thread(_and_close, touch, take)
        events = await collect(mine, "project")
        assert events == [f"take-{take.pk}", f"shot-{shot.pk}", "project"]
        await asyncio.to_thread(_and_close, touch, other)
        assert (await collect(theirs, "project"))[0] == f"take-{other.pk}"
        new = await asyncio.to_thread(_and_close, make_take, shot)
        # Its money is told of with it or before.
        events = [event for event in await collect(mine, "project") if event != "money"]
        assert events == [f"take-{new.pk}", f"takes-{shot.pk}", f"shot-{shot.pk}", "project"]
        await mine.aclose()
        assert hub.is_reading
        await theirs.aclose()
        assert not hub.is_reading

    asyncio.run(run())


def test_after_a_long_time_without_a_look_pages_ask_for_everything(shot):
    async def run():
        hub = live.Hub(pause=0.02, clock=lambda: next(times))
        stream = live.events(hub, [shot.scene.project_id])
        assert await collect(stream, "resync") == ["resync"]
        assert await collect(stream, "resync") == ["resync"]
        await stream.aclose()

    # The machine slept for an hour between the third look and the fourth.
    times = (float(number if number < 4 else number + 3600) for number in count())
    asyncio.run(run())


def _and_close(act, *arguments):
    try:
        return act(*arguments)
    finally:
        connections["default"].close()


def test_deeds_are_told_to_the_project_and_notices_to_who_they_are_for(shot):
    project, take = shot.scene.project, make_take(shot)
    ada, ivo = project.memberships.get().user, make_member(project, Role.VIEWER)

    def act():
        outline.change(shot, ada, ["prompt"])
        outline.add_scene(project, ada)
        tell([ivo], NoticeKind.MENTION, project, "ada mentions you.", "/tide/")

    async def run():
        hub = live.Hub(pause=0.02)
        hers, his = live.events(hub, [project.pk], ada.pk), live.events(hub, [project.pk], ivo.pk)
        assert await collect(hers, "resync") == await collect(his, "resync") == ["resync"]
        await asyncio.to_thread(_and_close, act)
        heard = await collect(his, "notices")
        assert {f"shot-{shot.pk}", "activity", "board", "project"} < set(heard)
        await asyncio.to_thread(_and_close, notices.mark_read, ivo)
        assert await collect(his, "notices") == ["notices"]
        await asyncio.to_thread(_and_close, touch, take)
        assert "notices" not in await collect(hers, f"shot-{shot.pk}")
        await hers.aclose()
        await his.aclose()

    asyncio.run(run())


def test_a_page_that_is_too_slow_is_told_to_ask_for_everything():
    async def run():
        listener = live.Listener([1], size=3)
        for number in range(10):
            listener.tell(f"take-{number}")
        heard = [await listener.next() for _ in range(listener.waiting)]
        assert heard[0] == live.RESYNC
        assert len(heard) <= 3
        listener.tell("a")
        listener.tell("b")
        listener.tell("c")
        listener.tell(None)
        assert [await listener.next() for _ in range(listener.waiting)][-1] is None

    asyncio.run(run())


def test_silence_is_broken_by_heartbeats_and_a_stream_ends_in_time(shot):
    async def run():
        stream = live.events(live.Hub(pause=60), [shot.scene.project_id], heartbeat=0.02, lifetime=0.5)
        async with asyncio.timeout(10):
            return [chunk async for chunk in stream]

    chunks = asyncio.run(run())
    assert b"event: pulse\ndata: here\n\n" in chunks


def test_the_stream_is_for_members(shot):
    member, stranger = make_member(shot.scene.project, Role.VIEWER), make_user()
    address = reverse("studio:project-live", args=["tide"])

    async def run():
        client = AsyncClient()
        await client.aforce_login(stranger)
        assert (await client.get(address)).status_code == 404
        await client.aforce_login(member)
        answer = await client.get(address)
        assert answer["Content-Type"] == "text/event-stream"
        assert answer["Cache-Control"] == "no-store, no-transform"
        reader = asyncio.create_task(collect(answer.streaming_content, "never"))
        async with asyncio.timeout(10):
            while not live.hub().is_reading:
                await asyncio.sleep(0.01)
        # What the server does when the browser goes away.
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        assert not live.hub().is_reading
        await client.alogout()
        assert (await client.get(address)).status_code == 302

    asyncio.run(run())
