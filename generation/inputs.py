"""Input files of an order: which of its values are files of ours, and where the provider can read them.

A value `file:<key>` names a file in our own storage. It is turned into an address only when the order is sent, because
addresses end and keys do not. Only the files that the order was placed with are handed out: a value that merely looks
like one stays as it is.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.utils import timezone

from generation import storage
from generation.media_types import SNIFF_BYTES, sniff
from generation.models import Output
from generation.providers.base import Provider

SCHEME = "file:"


def reference(key: str) -> str:
    """How a value names the file that our storage keeps under `key`."""
    return SCHEME + key


def names_a_file(value: object) -> bool:
    """Whether a value, or one in a list, names a file of ours."""
    if isinstance(value, list):
        return any(names_a_file(item) for item in value)
    return isinstance(value, str) and value.startswith(SCHEME)


def hold_still(many: Iterable[Mapping[str, Mapping[str, str]]]) -> None:
    """Lock the results that several orders start from, all before the first order locks the money.

    Locked order by order, each would ask for its own while it has the account, and two such calls wait for each other.
    """
    keys = {facts["key"] for each in many for facts in each.values()}
    if keys:
        results = Output.objects.select_for_update().filter(key__in=keys).order_by("pk")
        list(results.values_list("pk", flat=True))


def keep(inputs: Mapping[str, Mapping[str, str]]) -> bool:
    """Have the results that an order starts from kept for good. False when retention has cleared one of them.

    Inside the order's transaction: whoever clears files waits for it, or it for them.
    """
    keys = {facts["key"] for facts in inputs.values()}
    if not keys:
        return True
    results = Output.objects.select_for_update().filter(key__in=keys).order_by("pk")
    found = dict(results.values_list("pk", "cleared_at"))
    Output.objects.filter(pk__in=found, used_at__isnull=True, cleared_at__isnull=True).update(
        used_at=timezone.now()
    )
    return not any(found.values())


def published(
    arguments: Mapping[str, Any], inputs: Mapping[str, Mapping[str, str]], provider: Provider
) -> dict[str, Any]:
    """The arguments with each of the order's own files replaced by an address that the provider can read.

    Raises the provider's errors when it does not take a file, and OSError when our storage does not give it.
    """
    addresses = {reference(facts["key"]): _publish(facts["key"], provider) for facts in inputs.values()}
    return {name: _replaced(value, addresses) for name, value in arguments.items()}


def _replaced(value: Any, addresses: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return addresses.get(value, value)
    if isinstance(value, list):
        return [_replaced(item, addresses) for item in value]
    if isinstance(value, dict):
        return {name: _replaced(item, addresses) for name, item in value.items()}
    return value


def _publish(key: str, provider: Provider) -> str:
    with storage.temporary_folder("input-") as folder:
        copy = folder / Path(key).name
        storage.copy_out(key, copy)
        with copy.open("rb") as opened:
            content_type = sniff(opened.read(SNIFF_BYTES)) or "application/octet-stream"
        return provider.publish(copy, content_type)
