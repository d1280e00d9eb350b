"""What is said of a file that is not what was ordered."""

from decimal import Decimal
from typing import Any

import pytest

from generation import orders, tasks
from generation.catalogue import catalogue, validate
from generation.differences import differences
from generation.media import MediaInfo
from generation.models import Generation, Output, Status
from generation.orders import Order
from tests.factories import make_project
from tests.fakes.scripted import ScriptedProvider


def clip(**changes: Any) -> MediaInfo:
    facts = {
        "media": "video",
        "content_type": "video/mp4",
        "width": 1280,
        "height": 720,
        "seconds": Decimal(5),
        "fps": Decimal(24),
        "codec": "h264",
        "has_audio": False,
        "size_bytes": 1000,
    }
    return MediaInfo(**{**facts, **changes})


def picture(**changes: Any) -> MediaInfo:
    facts = {"media": "image", "content_type": "image/jpeg", "codec": "jpeg", "seconds": None, "fps": None}
    return clip(**{"width": 1024, "height": 768, **facts, **changes})


def said(model: str, info: MediaInfo, measures: dict[str, str] | None = None, **values: Any) -> list[str]:
    spec = catalogue().find(model)
    asked = validate(spec, {"prompt": "Soap", **values}, partial=True)
    (sentences,) = differences(spec, {"values": asked, "measures": measures or {}}, [info])
    return list(sentences)


KLING = "kling-2.5-turbo-text"


def test_what_is_as_ordered_has_nothing_said_about_it() -> None:
    assert said(KLING, clip()) == []
    assert said("flux-dev", picture()) == []


@pytest.mark.parametrize("seconds", ["4.8", "5.2", "5.04"])
def test_a_length_within_a_fifth_of_a_second_is_the_same(seconds: str) -> None:
    assert said(KLING, clip(seconds=Decimal(seconds))) == []


@pytest.mark.parametrize(("seconds", "words"), [("4.7", "4.7"), ("5.3", "5.3"), ("10.1", "10.1"), ("3", "3")])
def test_another_length_is_said(seconds: str, words: str) -> None:
    assert said(KLING, clip(seconds=Decimal(seconds))) == [f"Asked for 5 s, got {words} s."]


def test_a_promised_size_is_held_to_the_pixel() -> None:
    assert said("flux-dev", picture(width=1024, height=760)) == ["Asked for 1024 × 768, got 1024 × 760."]


def test_where_only_the_shape_is_meant_only_the_shape_is_held() -> None:
    assert said(KLING, clip(width=1920, height=1080)) == []
    assert said(KLING, clip(width=1924, height=1076)) == []
    assert said(KLING, clip(width=960, height=960)) == ["Asked for 16:9, got 960 × 960."]
    tall = clip(width=1280, height=720)
    assert said(KLING, tall, aspect_ratio="9:16") == ["Asked for 9:16, got 1280 × 720."]


def test_rate_format_codec_and_sound_are_held() -> None:
    slow = clip(width=512, height=512, seconds=Decimal(2), fps=Decimal("6.1"))
    assert said("animatediff", slow) == ["Asked for 8 frames a second, got 6.1."]
    assert said("flux-dev", picture(content_type="image/png")) == ["Asked for JPEG, got PNG."]
    (codec,) = said(KLING, clip(codec="prores"))
    assert codec == "The codec is prores, which a browser may not play: download the file to see it."
    assert said("kling-3.0-pro-text", clip(), generate_audio=True) == ["Asked for sound, got none."]
    assert said("kling-3.0-pro-text", clip(has_audio=True), generate_audio=True) == []


def test_another_kind_of_file_is_all_that_is_said() -> None:
    assert said(KLING, picture()) == ["Asked for a clip, got a picture."]


def test_a_measured_input_decides_the_size_of_what_is_scaled() -> None:
    measures = {"input_width": "500", "input_height": "400"}
    wide = picture(width=1000, height=400, content_type="image/png")
    said_of_wide = said("clarity-upscaler", wide, measures, upscale_factor=2)
    assert said_of_wide == ["Asked for the shape of 1000 × 800, got 1000 × 400."]


def test_too_few_files_are_said_on_the_first() -> None:
    spec = catalogue().find("flux-dev")
    values = validate(spec, {"prompt": "Soap", "num_images": 3})
    first, second = differences(spec, {"values": values}, [picture(), picture()])
    assert (first, second) == (("Asked for 3 files, got 2.",), ())


@pytest.mark.django_db
def test_they_are_kept_with_the_file_and_the_file_is_kept(provider: ScriptedProvider) -> None:
    generation = orders.place(Order(make_project().account, "flux-dev", {"prompt": "Sand"}))
    tasks.submit(generation.pk)
    Generation.objects.filter(pk=generation.pk).update(status=Status.READY)
    tasks.store(generation.pk)
    generation.refresh_from_db()
    assert generation.status == Status.SUCCEEDED
    assert Output.objects.get().differences == [
        "Asked for 1024 × 768, got 64 × 64.",
        "Asked for JPEG, got PNG.",
    ]
