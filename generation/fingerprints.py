"""What makes two orders the same: the model and the checked values, files by their content, the seed left out.

A seed that nobody chose differs from order to order, so it is compared apart, where somebody did choose one.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from generation.inputs import reference


def fingerprint(model: str, values: Mapping[str, Any], inputs: Mapping[str, Mapping[str, str]]) -> str:
    """64 hexadecimal digits. `values` are validated; `inputs` give the checksums of our own files among them."""
    contents = {reference(facts["key"]): f"sha256:{facts['sha256']}" for facts in inputs.values()}
    asked = {name: _plain(value, contents) for name, value in values.items() if name != "seed"}
    text = json.dumps([model, asked], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any, contents: Mapping[str, str]) -> Any:
    """The value in one spelling: 7 and 7.0 ask for the same, and so do two uploads of one file."""
    if isinstance(value, str):
        return contents.get(value, value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(each, contents) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, contents) for each in value]
    return value
