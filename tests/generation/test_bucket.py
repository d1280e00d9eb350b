"""The bucket is made once, and the rules of others in it stay."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import boto3
import pytest
from django.core.management import CommandError, call_command
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from generation.bucket import RULE

BUCKET = "rushes-new"
OTHER = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 9}}


@pytest.fixture
def server(settings: Settings) -> Iterator[Any]:
    made = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {"access_key": "key", "secret_key": "secret"}
    options = {"bucket_name": BUCKET, "endpoint_url": address, "region_name": "us-east-1", **keys}
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    }
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    yield client
    client.close()
    made.stop()


def prepare() -> str:
    out = StringIO()
    call_command("prepare_bucket", stdout=out)
    return out.getvalue()


def rules(client: Any) -> list[dict[str, Any]]:
    return list(client.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"])


def test_bucket_and_rule_are_made_where_they_are_missing_and_once(server: Any) -> None:
    assert prepare().splitlines() == [f"made the bucket {BUCKET}", f"set the rule {RULE}"]
    (rule,) = rules(server)
    assert (rule["ID"], rule["Status"]) == (RULE, "Enabled")
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}
    assert "Expiration" not in rule, "no file is ever removed by it"
    assert prepare() == "Nothing to do: bucket and rule are there.\n"


def test_rules_of_others_stay(server: Any) -> None:
    server.create_bucket(Bucket=BUCKET)
    server.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [OTHER]})
    assert prepare() == f"set the rule {RULE}\n"
    assert [rule["ID"] for rule in rules(server)] == ["logs", RULE]


def test_without_a_bucket_it_says_what_to_set() -> None:
    with pytest.raises(CommandError, match="set S3_BUCKET"):
        prepare()


def test_a_storage_that_is_away_is_named_in_one_line(settings: Settings) -> None:
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": "http://127.0.0.1:1",
        "access_key": "k",
        "secret_key": "s",
    }
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": options | {"region_name": "us-east-1"},
        }
    }
    with pytest.raises(CommandError, match="Check S3_ENDPOINT_URL"):
        prepare()
