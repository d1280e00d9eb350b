"""A file that does not fit a parameter is refused before money is held, with the parameter's name."""

from decimal import Decimal

import pytest

from billing.models import Hold
from generation.catalogue import InvalidArgumentsError
from studio import takes
from tests.factories import make_shot, make_upload

pytestmark = pytest.mark.django_db

PICTURE = {"content_type": "image/png", "size_bytes": 1_000, "width": 600, "height": 800}
SOUND = {"content_type": "audio/mpeg", "size_bytes": 1_000, "width": None, "height": None}
CLIP = {"content_type": "video/mp4", "size_bytes": 1_000, "width": 1280, "height": 720}


def planned(model, parameter, **facts):
    shot = make_shot()
    upload = make_upload(shot.scene.project, **facts)
    return takes.plan(
        shot, model=model, values={"prompt": "A wave breaks.", parameter: f"upload:{upload.pk}"}
    )


@pytest.mark.parametrize(
    ("model", "parameter", "facts", "words"),
    [
        (
            "kling-o1-image-to-video",
            "start_image",
            {"content_type": "audio/mpeg"},
            "“First frame” takes a picture, and this file is a sound.",
        ),
        (
            "kling-o1-image-to-video",
            "start_image",
            CLIP,
            "“First frame” takes a picture, and this file is a clip.",
        ),
        (
            "kling-o1-image-to-video",
            "start_image",
            PICTURE | {"width": 299},
            "needs at least 300 pixels a side, and this file has 299 × 800",
        ),
        (
            "kling-o1-image-to-video",
            "start_image",
            PICTURE | {"width": 399, "height": 1000},
            "“First frame” takes shapes from 2:5 to 5:2, and this file has 399 × 1000. Crop it or choose another.",
        ),
        (
            "kling-o1-standard-image-to-video",
            "start_image",
            PICTURE | {"width": 1001, "height": 400},
            "takes shapes from 2:5 to 5:2, and this file has 1001 × 400",
        ),
        (
            "kling-o1-image-to-video",
            "start_image",
            PICTURE | {"size_bytes": 10_500_000},
            "at most 10 MB, and this file has 10.5 MB",
        ),
        (
            "wan-25-preview-image",
            "start_image",
            PICTURE | {"height": 2001},
            "at most 2000 pixels a side, and this file has 600 × 2001",
        ),
        (
            "kling-2.5-turbo-image",
            "start_image",
            PICTURE | {"content_type": "image/gif"},
            "takes JPEG, PNG or WebP, and this file is GIF.",
        ),
        (
            "kling-o1-video-to-video-reference",
            "video",
            CLIP | {"seconds": Decimal("10.060")},
            "“Clip” takes at most 10.05 seconds, and this file has 10.06. Cut it",
        ),
        (
            "kling-o1-standard-video-to-video-reference",
            "video",
            CLIP | {"seconds": Decimal("2.9")},
            "“Clip” needs at least 3 seconds, and this file has 2.9.",
        ),
        (
            "kling-o1-video-to-video-reference",
            "video",
            CLIP | {"seconds": Decimal(5), "fps": Decimal(15)},
            "“Clip” needs at least 23.97 frames a second, and this file has 15. Convert it",
        ),
        (
            "kling-lipsync-audio",
            "audio_file",
            SOUND | {"seconds": Decimal(61)},
            "takes at most 60 seconds, and this file has 61.",
        ),
        (
            "wan-25-preview-text",
            "audio_file",
            SOUND | {"seconds": Decimal("2.5")},
            "needs at least 3 seconds, and this file has 2.5.",
        ),
        (
            "kling-o1-video-to-video-reference",
            "video",
            PICTURE,
            "“Clip” takes a clip, and this file is a picture.",
        ),
        (
            "kling-o1-video-to-video-reference",
            "video",
            CLIP | {"content_type": "video/webm"},
            "takes MP4 or MOV",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_refused(model, parameter, facts, words):
    with pytest.raises(InvalidArgumentsError) as refused:
        planned(model, parameter, **facts)
    assert words in refused.value.errors[parameter]
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("model", "parameter", "facts"),
    [
        (
            "kling-o1-image-to-video",
            "start_image",
            PICTURE | {"size_bytes": 10_000_000, "width": 300, "height": 750},
        ),
        ("kling-o1-image-to-video", "start_image", PICTURE | {"width": 1000, "height": 400}),
        ("kling-o1-image-to-video", "start_image", PICTURE | {"width": None, "height": None}),
        ("wan-25-preview-image", "start_image", PICTURE | {"height": 2000}),
        (
            "kling-o1-video-to-video-reference",
            "video",
            CLIP | {"seconds": Decimal("10.05"), "fps": Decimal(60)},
        ),
        (
            "kling-o1-video-to-video-reference",
            "video",
            CLIP | {"seconds": Decimal(5), "fps": Decimal("23.976")},
        ),
        ("wan-25-preview-text", "audio_file", SOUND | {"seconds": Decimal(30)}),
        ("kling-o1-video-to-video-reference", "video", CLIP),
    ],
)
def test_a_file_at_the_limits_is_taken(model, parameter, facts):
    assert planned(model, parameter, **facts).values[parameter].startswith("file:uploads/")
