"""Input files of an order: which of its values are files of ours, and where the provider can read them.

A value `file:<key>` names a file in our own storage. It is turned into an address only when the order is sent, because
addresses end and keys do not. Only the files that the order was placed with are handed out: a value that merely looks
like one stays as it is.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generation import storage
from generation.media_types import SNIFF_BYTES, sniff
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
    with tempfile.TemporaryDirectory(prefix="rushes-input-") as folder:
        copy = Path(folder) / Path(key).name
        storage.copy_out(key, copy)
        with copy.open("rb") as opened:
            content_type = sniff(opened.read(SNIFF_BYTES)) or "application/octet-stream"
        return provider.publish(copy, content_type)
