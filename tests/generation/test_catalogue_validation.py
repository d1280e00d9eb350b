"""What a model accepts, what it is sent, and what it will bring."""

from decimal import Decimal

import pytest

from generation.catalogue import (
    InvalidArgumentsError,
    catalogue,
    expected_output,
    settings_for_shot,
    validate,
    wire_arguments,
)


def checked(model: str, **values: object) -> dict[str, object]:
    return validate(catalogue().find(model), values)


def sent(model: str, **values: object) -> dict[str, object]:
    return wire_arguments(catalogue().find(model), checked(model, **values))


def refused(model: str, **values: object) -> dict[str, str]:
    with pytest.raises(InvalidArgumentsError) as caught:
        checked(model, **values)
    assert all(sentence in str(caught.value) for sentence in caught.value.errors.values())
    return caught.value.errors


def test_our_words_and_the_providers_words_mean_the_same():
    ours = checked("flux-dev", prompt="Soap", steps=20, num_images=2)
    assert ours == checked("flux-dev", prompt="Soap", num_inference_steps="20", num_images="2")
    assert ours["steps"] == 20


@pytest.mark.parametrize("length", [5, "5", "5s", " 5 s ", "5.0", Decimal(5), 5.0])
def test_a_length_may_be_said_in_many_ways(length):
    assert checked("ray2-flash", prompt="Sand", duration=length)["seconds"] == 5
    assert sent("ray2-flash", prompt="Sand", seconds=length)["duration"] == "5s"
    assert sent("wan25", prompt="Sand", seconds=length)["duration"] == "5"


BAD = [
    # model, values, parameter, what the sentence says
    ("ray2-flash", {"prompt": "Sand", "seconds": 7}, "seconds", "5 or 9 seconds for this model, not 7"),
    (
        "kling-o1",
        {"prompt": "Sand", "start_image": "x", "seconds": 20},
        "seconds",
        "3, 4, 5, 6, 7, 8, 9 or 10",
    ),
    ("ray2-flash", {"prompt": "Sand", "seconds": "long"}, "seconds", "a number of seconds, not “long”"),
    ("ray2-flash", {"prompt": "Sand", "seconds": 5.5}, "seconds", "not 5.5"),
    ("flux-dev", {}, "prompt", "Write a prompt"),
    ("flux-dev", {"prompt": "  \n "}, "prompt", "Write a prompt"),
    ("flux-dev", {"prompt": 5}, "prompt", "must be text, not “5”"),
    ("flux-dev", {"prompt": "a\x00b"}, "prompt", "cannot be sent"),
    ("flux-dev", {"prompt": "a\ud83d"}, "prompt", "cannot be sent"),
    ("kling-v1-image", {"prompt": "a", "start_image": "a\x00"}, "start_image", "cannot be sent"),
    ("flux-dev", {"prompt": "a", "output_format": "\ud83d\n"}, "output_format", "jpeg or png, not “?”"),
    ("kling-3.0", {"multi_prompt": [{"prompt": "  "}]}, "multi_prompt", "needs the field “prompt”"),
    ("wan25", {"prompt": "a" * 801}, "prompt", "801 characters long: shorten it to 800"),
    ("flux-dev", {"prompt": "Soap", "num_images": 5}, "num_images", "from 1 to 4, not 5"),
    ("flux-dev", {"prompt": "Soap", "num_images": 0}, "num_images", "from 1 to 4, not 0"),
    ("flux-dev", {"prompt": "Soap", "seed": "5.5"}, "seed", "a whole number, not “5.5”"),
    ("flux-dev", {"prompt": "Soap", "seed": True}, "seed", "a whole number, not “True”"),
    ("flux-dev", {"prompt": "Soap", "seed": "9" * 5000}, "seed", "a whole number"),
    ("flux-dev", {"prompt": "Soap", "guidance_scale": "nan"}, "guidance_scale", "a number, not “nan”"),
    ("flux-dev", {"prompt": "Soap", "guidance_scale": 1e300}, "guidance_scale", "a number"),
    ("flux-dev", {"prompt": "Soap", "sync_mode": "maybe"}, "sync_mode", "yes or no, not “maybe”"),
    ("flux-dev", {"prompt": "Soap", "sync_mode": 2}, "sync_mode", "yes or no"),
    ("flux-dev", {"prompt": "Soap", "output_format": "gif"}, "output_format", "jpeg or png, not “gif”"),
    ("flux-dev", {"prompt": "Soap", "image_size": "huge"}, "image_size", "square_hd, square"),
    ("flux-dev", {"prompt": "Soap", "image_size": "10x10"}, "image_size", "from 64 to 14142, not 10"),
    ("flux-dev", {"prompt": "Soap", "image_size": {"width": 512}}, "image_size", "width×height in pixels"),
    (
        "flux-dev",
        {"prompt": "Soap", "image_size": "square", "aspect_ratio": "9:16"},
        "image_size",
        "a picture size or an aspect ratio, not both",
    ),
    ("kling-v1", {"prompt": "Soap", "aspect_ratio": "4:3"}, "aspect_ratio", "16:9, 9:16 or 1:1, not “4:3”"),
    ("flux-dev", {"prompt": "Soap", "promt": "Sand"}, "promt", "did you mean prompt? It takes prompt,"),
    ("flux-dev", {"prompt": "Soap", "loras": []}, "loras", "has no parameter “loras”: it takes prompt,"),
    ("flux-dev", {"prompt": "Soap", "steps": 9, "num_inference_steps": 8}, "steps", "given twice"),
    ("kling-v1-image", {"prompt": "Soap"}, "start_image", "Choose a file for “First frame”"),
    ("kling-elements", {"prompt": "Soap", "images": list("abcde")}, "images", "takes 4 at most, not 5"),
    ("kling-elements", {"prompt": "Soap", "images": []}, "images", "Choose a file"),
    ("kling-elements", {"prompt": "Soap", "images": 3}, "images", "a list of addresses"),
    ("kling-elements", {"prompt": "Soap", "images": [1]}, "images", "the address of a file"),
    ("kling-effects", {"effect_scene": "hugg"}, "effect_scene", "did you mean hug"),
    ("kling-effects", {"effect_scene": "zzzzzzz"}, "effect_scene", "one of its 198 words"),
    ("kling-3.0", {}, "__all__", "Give one of “Prompt” or “Prompts of several shots”."),
    ("kling-3.0", {"prompt": "Soap", "multi_prompt": [{"prompt": "Sand"}]}, "__all__", "Give only one of"),
    ("kling-3.0", {"multi_prompt": [{"duration": 5}]}, "multi_prompt", "needs the field “prompt”"),
    ("kling-3.0", {"multi_prompt": [{"prompt": "a", "duration": 16}]}, "multi_prompt", "from 1 to 15"),
    ("kling-3.0", {"multi_prompt": [{"prompt": "a", "hue": 16}]}, "multi_prompt", "no field “hue”"),
    (
        "kling-3.0",
        {"multi_prompt": [{"prompt": "a", "duration": 9}] * 2},
        "multi_prompt",
        "last 18 s together",
    ),
    (
        "kling-3.0",
        {"multi_prompt": [{"prompt": "a", "duration": "1s"}]},
        "multi_prompt",
        "last 1 s together",
    ),
    ("kling-3.0", {"multi_prompt": "[oops"}, "multi_prompt", "written as JSON"),
    ("kling-3.0", {"multi_prompt": ["a"]}, "multi_prompt", "made of named fields"),
    ("recraft", {"prompt": "Soap", "colors": [{"r": 1, "g": 2, "b": 256}]}, "colors", "from 0 to 255"),
    ("animatediff", {"prompt": "Soap", "motions": "zoom-in, spin"}, "motions", "not “spin”"),
    ("kling-lipsync", {"video": "v", "audio_file": "a", "input_seconds": 3}, "input_seconds", "no parameter"),
]


@pytest.mark.parametrize(("model", "values", "parameter", "says"), BAD)
def test_what_does_not_fit_is_refused_in_a_whole_sentence(model, values, parameter, says):
    errors = refused(model, **values)
    assert says in errors[parameter]
    assert errors[parameter].endswith((".", "?"))


def test_everything_wrong_is_said_at_once():
    errors = refused("wan25", seconds=7, resolution="8k", seed="x")
    assert set(errors) == {"prompt", "seconds", "resolution", "seed"}


@pytest.mark.parametrize("word", [True, "yes", "On", "true", "1"])
def test_yes_may_be_said_in_many_ways(word):
    assert checked("ray2-flash", prompt="Sand", loop=word)["loop"] is True


def test_a_tiny_number_is_a_number():
    assert checked("fast-svd-lcm", start_image="x", cond_aug="1e-203")["cond_aug"] == 1e-203
    assert "not -1E-203." in refused("svd", start_image="x", cond_aug=-1e-203)["cond_aug"]


def test_several_shots_last_as_long_as_they_do_together():
    shots = [{"prompt": "Soap", "duration": 7}, {"prompt": "Sand"}]
    spec = catalogue().find("kling-3.0")
    values = validate(spec, {"multi_prompt": shots, "seconds": 3})
    assert (values["seconds"], wire_arguments(spec, values)["duration"]) == (12, "12")
    assert values["multi_prompt"] == [{"prompt": "Soap", "duration": "7"}, {"prompt": "Sand"}]
    assert expected_output(spec, values).seconds == 12
    assert validate(spec, values) == values


def test_words_are_taken_in_any_case():
    assert sent("hailuo-02-image", prompt="Foam", start_image="x", resolution="512p")["resolution"] == "512P"


def test_blank_means_not_given_but_an_empty_text_replaces_a_default_text():
    values = checked("kling-v1", prompt="Soap", negative_prompt="", seconds="", aspect_ratio=None)
    assert values["negative_prompt"] == ""
    assert values["seconds"] == 5
    assert values["aspect_ratio"] == "16:9"


def test_an_estimate_needs_neither_prompt_nor_media():
    spec = catalogue().find("kling-o1")
    assert validate(spec, {}, partial=True) == {"seconds": 5}
    assert validate(catalogue().find("kling-lipsync"), {"input_seconds": "4.2"}, partial=True) == {
        "input_seconds": Decimal("4.2")
    }
    with pytest.raises(InvalidArgumentsError):
        validate(spec, {"seconds": 20}, partial=True)


@pytest.mark.parametrize("spec", catalogue().models.values(), ids=lambda spec: spec.slug)
def test_validating_twice_changes_nothing(spec):
    values = validate(spec, {}, partial=True)
    assert validate(spec, values, partial=True) == values


def test_the_wire_gets_every_default_and_only_what_it_knows():
    assert sent("kling-turbo", prompt="Foam", seconds=10, aspect_ratio="9:16") == {
        "prompt": "Foam",
        "duration": "10",
        "aspect_ratio": "9:16",
        "cfg_scale": 0.5,
    }
    assert sent("ccsr", image="https://example.org/a.png", steps=20)["steps"] == 20
    assert sent("fast-sdxl", prompt="Foam", output_format="png")["format"] == "png"
    assert sent("lightning-sdxl", prompt="Foam", steps=8)["num_inference_steps"] == "8"


def test_first_and_last_frames_have_the_names_of_each_family():
    frames = {"prompt": "Foam", "start_image": "a", "end_image": "b"}
    names = {
        "kling-v1-image": ("image_url", "tail_image_url"),
        "kling-o1": ("start_image_url", "end_image_url"),
        "kling-2.5-turbo-image": ("image_url", "tail_image_url"),
        "ray-2-flash-image": ("image_url", "end_image_url"),
        "hailuo-02-image": ("image_url", "end_image_url"),
    }
    for model, (first, last) in names.items():
        arguments = sent(model, **frames)
        assert (arguments[first], arguments[last]) == ("a", "b")


SIZED = [spec for spec in catalogue().models.values() if spec.aspect_sizes]


@pytest.mark.parametrize("spec", SIZED, ids=lambda spec: spec.slug)
@pytest.mark.parametrize("ratio", ["9:16", "16:9", "1:1", "4:3", "3:4"])
def test_one_word_for_the_aspect_ratio_in_all_families(spec, ratio):
    values = validate(spec, {"prompt": "Foam", "aspect_ratio": ratio})
    arguments = wire_arguments(spec, values)
    assert "aspect_ratio" not in arguments
    assert arguments[spec.parameter("image_size").wire] == spec.aspect_sizes[ratio]
    output = expected_output(spec, values)
    width, height = (int(side) for side in ratio.split(":"))
    assert output.width * height == output.height * width


def test_a_size_in_pixels():
    values = checked("flux-dev", prompt="Foam", image_size="1000×500")
    assert values["image_size"] == {"width": 1000, "height": 500}
    assert sent("flux-dev", prompt="Foam", image_size={"width": "1000", "height": 500})["image_size"] == {
        "width": 1000,
        "height": 500,
    }
    assert sent("flux-dev", prompt="Foam", aspect_ratio="3:2")["image_size"] == {"width": 1152, "height": 768}


OUTPUTS = [
    # model, values, media, count, width, height, seconds, frame rate
    ("ray2-flash", {"aspect_ratio": "9:16", "resolution": "720p"}, "video", 1, 720, 1280, 5, None),
    ("ray2-flash", {"seconds": 9, "aspect_ratio": "21:9"}, "video", 1, 1260, 540, 9, None),
    ("kling-turbo", {"aspect_ratio": "9:16"}, "video", 1, 720, 1280, 5, None),
    ("wan25", {}, "video", 1, 1920, 1080, 5, None),
    ("hailuo-02-image", {}, "video", 1, None, None, 6, None),
    ("kling-o1-reference", {}, "video", 1, None, None, 5, None),
    ("kling-lipsync", {}, "video", 1, None, None, None, None),
    ("kling-lipsync", {"input_seconds": Decimal(7)}, "video", 1, None, None, 7, None),
    ("animatediff", {}, "video", 1, 512, 512, 2, 8),
    ("svd", {}, "video", 1, None, None, 1, 25),
    ("flux-dev", {"num_images": 3}, "image", 3, 1024, 768, None, None),
    ("hidream", {}, "image", 1, 1024, 1024, None, None),
    ("nano-banana-pro", {"resolution": "4K"}, "image", 1, 4096, 4096, None, None),
    ("nano-banana-pro-edit", {}, "image", 1, None, None, None, None),
    ("clarity", {"input_width": 600, "input_height": 400}, "image", 1, 1200, 800, None, None),
    ("face-swap", {}, "image", 1, None, None, None, None),
]


@pytest.mark.parametrize(("model", "values", "media", "count", "width", "height", "seconds", "fps"), OUTPUTS)
def test_what_will_come_back(model, values, media, count, width, height, seconds, fps):
    output = expected_output(catalogue().find(model), values)
    assert (output.media, output.count) == (media, count)
    assert (output.width, output.height) == (width, height)
    assert (output.seconds, output.fps) == (seconds, fps)


def test_a_shot_says_its_length_and_shape_where_the_model_has_words_for_them():
    shot = {"seconds": Decimal("5.0"), "aspect_ratio": "9:16"}
    settings = {
        model: settings_for_shot(catalogue().find(model), **shot)
        for model in ("wan25", "ray2-flash", "kling-v1-image", "flux-dev", "svd", "minimax")
    }
    assert settings == {
        "wan25": {"seconds": 5, "aspect_ratio": "9:16"},
        "ray2-flash": {"seconds": 5, "aspect_ratio": "9:16"},
        "kling-v1-image": {"seconds": 5},
        "flux-dev": {"aspect_ratio": "9:16"},
        "svd": {},
        "minimax": {},
    }
    assert settings_for_shot(catalogue().find("wan25"), seconds=None, aspect_ratio=None) == {}


def test_a_shot_that_the_model_cannot_make_is_refused_with_what_it_can():
    with pytest.raises(InvalidArgumentsError) as caught:
        settings_for_shot(catalogue().find("ray2-flash"), seconds=Decimal(7), aspect_ratio="1:1")
    assert "5 or 9 seconds" in caught.value.errors["seconds"]
    assert "16:9, 9:16, 4:3, 3:4, 21:9 or 9:21" in caught.value.errors["aspect_ratio"]
