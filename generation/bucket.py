"""Getting the bucket ready: it exists, and parts of uploads that were never finished do not stay in it."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import storages
from storages.backends.s3 import S3Storage

RULE = "rushes-abort-unfinished-uploads"
# Longer than any upload takes. Housekeeping does the same sooner, where it runs.
DAYS = 2


class BucketError(Exception):
    """The bucket could not be got ready; the message says what to do."""


def prepare() -> list[str]:
    """Make the bucket and its rule where they are missing; says what was done. Raises BucketError."""
    default = storages["default"]
    if not isinstance(default, S3Storage):
        raise BucketError(
            "There is no bucket to prepare: set S3_BUCKET, or keep files in MEDIA_ROOT without it."
        )
    client, name = default.connection.meta.client, default.bucket_name
    try:
        made = [f"made the bucket {name}"] if _make(client, name, default.region_name) else []
        return made + ([f"set the rule {RULE}"] if _set_rule(client, name) else [])
    except (BotoCoreError, ClientError) as error:
        raise BucketError(
            f"The storage does not let us prepare {name} ({error}). "
            "Check S3_ENDPOINT_URL and the keys, or have its owner make bucket and rule."
        ) from error


def _make(client: Any, name: str, region: str) -> bool:
    try:
        client.head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
    else:
        return False
    # AWS refuses its first region by name, and wants to hear all others.
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **where)
    return True


def _set_rule(client: Any, name: str) -> bool:
    """Add our rule to those that others have set: S3 knows only all rules at once."""
    rules = _rules(client, name)
    wanted = {
        "ID": RULE,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": DAYS},
    }
    if any(rule.get("ID") == RULE and rule.get("Status") == "Enabled" for rule in rules):
        return False
    others = [rule for rule in rules if rule.get("ID") != RULE]
    client.put_bucket_lifecycle_configuration(
        Bucket=name, LifecycleConfiguration={"Rules": [*others, wanted]}
    )
    return True


def _rules(client: Any, name: str) -> list[dict[str, Any]]:
    try:
        rules: list[dict[str, Any]] = client.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        return []
    return rules
