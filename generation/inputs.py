"""Input files of an order: which of its values are files, and where the provider can read them.

A value `file:<key>` names a file in our own storage. It is turned into an address only when the order is sent, because
addresses end and keys do not.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from generation import storage
from generation.catalogue import ModelSpec
from generation.media_types import sniff
from generation.providers.base import Provider

SCHEME = "file:"


def reference(key: str) -> str:
    """How a value names the file that our storage keeps under `key`."""
    return SCHEME + key


def key_of(value: object) -> str | None:
    """The key that a value names, or None when it names no file of ours."""
    return value.removeprefix(SCHEME) if isinstance(value, str) and value.startswith(SCHEME) else None


def published(spec: ModelSpec, values: Mapping[str, Any], provider: Provider) -> dict[str, Any]:
    """The values with each file of ours replaced by an address that the provider can read.

    Raises the provider's errors when it does not take a file.
    """
    result = dict(values)
    for parameter in spec.parameters:
        if parameter.is_media and parameter.name in result:
            result[parameter.name] = _each(result[parameter.name], lambda value: _address(value, provider))
    return result


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    return [change(item) for item in value] if isinstance(value, list) else change(value)


def _address(value: Any, provider: Provider) -> Any:
    key = key_of(value)
    if key is None:
        return value
    with tempfile.TemporaryDirectory(prefix="rushes-input-") as folder:
        copy = Path(folder) / Path(key).name
        with storage.open_stored(key) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        with copy.open("rb") as opened:
            content_type = sniff(opened.read(512)) or "application/octet-stream"
        return provider.publish(copy, content_type)
