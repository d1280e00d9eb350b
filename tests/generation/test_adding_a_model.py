"""A model is added by one table of TOML: form, price and order follow from it, and no code changes."""

import contextlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from generation.catalogue import json_schema, load, validate, wire_arguments
from generation.pricing import quote
from generation.providers.base import Job
from generation.providers.kie import KieProvider
from tests.fakes.kie import KEY, FakeKie

TABLE = """
family = "Lantern"

["lantern-text"]
name = "Lantern text-to-video"
provider = "kie"
endpoint = "lantern/text-to-video"
kind = "video"
mode = "text-to-video"
status = "live"
typical_seconds = 60
deadline_seconds = 900
sources = ["an example"]

["lantern-text".parameters]
prompt = { required = true, max_length = 800 }
seconds = { choices = ["4s", "8s"], default = 4 }
aspect_ratio = { choices = ["16:9", "9:16"], default = "16:9" }

[["lantern-text".prices]]
effective_on = 2026-01-01
unit = "second"
amount = "0.05"
source = "an example"
verified = false

["lantern-text".output]
media = "video"
key = "resultJson.resultUrls"
is_list = true
fields = []
sizing = "short_side"
side = 720
"""


def test_one_table_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "lantern.toml"
    path.write_text(TABLE)
    spec = load(path).find("lantern/text-to-video")
    values = validate(spec, {"prompt": "A lantern in fog.", "seconds": 8})

    assert quote(spec, values, on=date(2026, 11, 21)).amount == Decimal("0.40")
    assert "prompt" in json.dumps(json_schema(spec))
    with FakeKie() as kie, contextlib.closing(KieProvider(KEY, base_url=kie.url)) as provider:
        provider.submit(Job("reference", spec.slug, spec.endpoint, wire_arguments(spec, values), values))
    assert kie.orders == [
        {
            "model": "lantern/text-to-video",
            "input": {"prompt": "A lantern in fog.", "duration": "8s", "aspect_ratio": "16:9"},
        }
    ]
