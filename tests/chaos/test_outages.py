"""What the studio needs goes away for a while and comes back: every order still finds its right end by itself."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from tests.billing.mailboxes import Inbox, serving
from tests.chaos.conftest import SHOTS
from tests.chaos.house import PROJECT, House
from tests.chaos.producer import Producer
from tests.chaos.provider import CALM, StormyFal
from tests.chaos.servers import free_port, wait_until
from tests.chaos.storm import SCENES, SETTLE_SECONDS, Theatre
from tests.chaos.witness import check, files_below, is_calm, orders_in

pytestmark = [
    pytest.mark.outage,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.database_free,
    pytest.mark.timeout(400),
    pytest.mark.xdist_group("processes"),
]

BUCKET = "rushes-chaos"
KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}


@pytest.fixture
def fal() -> Iterator[StormyFal]:
    with StormyFal(1, CALM) as made:
        yield made


def count(house: House, condition: str) -> int:
    ((found,),) = house.rows(f"SELECT count(*) FROM generation_generation WHERE {condition}")
    return int(str(found))


def ends(house: House, fal: StormyFal) -> Counter[str]:
    """Wait until all is over; how many ended how."""
    wait_until(lambda: is_calm(house.database, fal), SETTLE_SECONDS, "everything has ended")
    return Counter(order.status for order in orders_in(house.database))


def test_a_provider_that_is_away_costs_time_and_nothing_else(stage: Theatre, fal: StormyFal) -> None:
    # Without a rest for the provider: each order is tried in vain, and comes through by itself.
    with stage.house("no_provider", fal, PROVIDER_FAILURES="0") as house:
        house.start_all()
        with fal.away():
            house.manage("generate", PROJECT)
            tried = "SELECT count(*) FROM generation_event WHERE from_status = 'submitting' AND to_status = 'queued'"
            wait_until(lambda: int(str(house.rows(tried)[0][0])) >= SHOTS / 2, 60, "half were tried in vain")
        wait_until(lambda: fal.jobs, 60, "fal has the first job")
        with fal.away():  # once more, now that jobs are there to be asked about
            wait_until(lambda: count(house, "status = 'submitted'") > 0, 60, "some are there")
        assert ends(house, fal)["failed"] == 0
        assert check(fal, orders_in(house.database), files_below(house.folder / "media")) == []


def test_a_queue_that_is_away_keeps_nobody_from_ordering(stage: Theatre, fal: StormyFal) -> None:
    with stage.house("no_queue", fal) as house, Producer(house.url) as producer:
        house.start_all()
        stage.redis.kill()
        producer.order_all([int(str(pk)) for (pk,) in house.rows(SCENES)], 0)
        assert count(house, "status = 'queued'") == SHOTS
        assert not fal.jobs
        stage.redis.start()
        assert ends(house, fal) == {"succeeded": SHOTS}
        assert check(fal, orders_in(house.database), files_below(house.folder / "media")) == []


def test_a_storage_that_is_away_loses_no_file(stage: Theatre, fal: StormyFal) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=address, **KEYS)
    client.create_bucket(Bucket=BUCKET)
    keys = {"S3_ACCESS_KEY_ID": "key", "S3_SECRET_ACCESS_KEY": "secret"}
    try:
        with stage.house("no_storage", fal, S3_BUCKET=BUCKET, S3_ENDPOINT_URL=address, **keys) as house:
            house.start_all()
            server.stop()
            house.manage("generate", PROJECT)
            wait_until(lambda: count(house, "store_attempts > 1") >= SHOTS / 2, 90, "half were tried in vain")
            assert count(house, "status = 'succeeded'") == 0
            server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
            server.start()
            assert ends(house, fal) == {"succeeded": SHOTS}
            assert check(fal, orders_in(house.database), lambda key: stored(client, key)) == []
    finally:
        client.close()
        server.stop()


def stored(client: Any, key: str) -> bytes | None:
    try:
        content: bytes = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    except ClientError:
        return None
    return content


def test_a_mail_server_that_is_away_delays_mails_alone(stage: Theatre, fal: StormyFal) -> None:
    port, inbox = free_port(), Inbox()
    with stage.house("no_mail", fal, EMAIL_URL=f"smtp://127.0.0.1:{port}") as house:
        house.start_all()
        house.manage("generate", PROJECT)
        assert ends(house, fal) == {"succeeded": SHOTS}
        tried = "SELECT count(*) FROM billing_alert WHERE attempts > 0 AND state = 'due'"
        wait_until(lambda: int(str(house.rows(tried)[0][0])) > 0, 60, "a mail was tried in vain")
        with serving(inbox, port):
            due = "SELECT count(*) FROM billing_alert WHERE state = 'due'"
            wait_until(lambda: house.rows(due) == [(0,)], SETTLE_SECONDS, "all mails are out")
        assert inbox.mails
        assert len(inbox.subjects) == len(set(inbox.subjects)), "each mail went out once"
