"""Finding models by any of their words, and refusing a catalogue file that is wrong."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from generation.catalogue import CatalogueError, ModelSpec, Price, UnknownModelError, catalogue, load
from generation.catalogue.loading import HERE
from generation.catalogue.spec import Condition, Tier

ALIASES = [
    ("ray2-flash", "ray-2-flash-text"),
    ("fal-ai/luma-dream-machine/ray-2-flash/text-to-video", "ray-2-flash-text"),
    ("kling-turbo", "kling-2.5-turbo-text"),
    ("kling-v2.5-turbo", "kling-2.5-turbo-text"),
    ("wan25", "wan-25-preview-text"),
    ("flux/dev", "flux-dev"),
    ("flux/schnell", "flux-schnell"),
    ("fal-ai/flux-1/dev", "flux-dev"),
    ("fal-ai/flux-pro", "flux-pro"),
    ("flux-pro-ultra", "flux-pro-ultra"),
    ("fal-ai/flux-pro-ultra", "flux-pro-ultra"),
    ("stable-diffusion-v3-5-large", "stable-diffusion-v3.5-large"),
    ("hidream-i1", "hidream-i1-full"),
    ("ideogram/v2", "ideogram-v2"),
    ("fal-ai/recraft-v3", "recraft-v3"),
    ("recraft", "recraft-v3"),
    ("lightning-sdxl", "lightning-sdxl"),
    ("ccsr", "ccsr"),
    ("minimax", "minimax-video-01-live"),
    ("fal-ai/minimax-video/video-01-live", "minimax-video-01-live"),
    ("minimax/hailuo-02", "minimax-hailuo-02-standard-text"),
    ("kling", "kling-v1-text"),
    ("kling-v1", "kling-v1-text"),
    ("kling-v2", "kling-v2-text"),
    ("fal-ai/kling-video/v2/master", "kling-v2-text"),
    ("kling-3.0", "kling-3.0-standard-text"),
    ("kling-o1", "kling-o1-image-to-video"),
    ("kling-elements", "kling-elements-standard"),
    ("kling-effects", "kling-effects-v1-standard"),
    ("kling-lipsync", "kling-lipsync-audio"),
    ("svd", "svd"),
    ("fal-ai/stable-video-diffusion", "svd"),
    ("animatediff", "animatediff"),
    ("fal-ai/animatediff-v2v", "animatediff"),
]


@pytest.mark.parametrize(("word", "slug"), ALIASES)
def test_short_names_of_the_founding_documents(word, slug):
    assert catalogue().find(word).slug == slug
    assert catalogue().find(f"  {word.upper()} ").slug == slug


def test_every_slug_and_endpoint_finds_its_model():
    for slug, spec in catalogue().models.items():
        assert catalogue().find(slug) is spec
        assert catalogue().find(spec.endpoint) is spec


def test_an_unknown_word_names_what_is_near_and_how_to_list_all():
    with pytest.raises(UnknownModelError) as caught:
        catalogue().find("kling-o1-image-to-vide")
    assert "kling-o1-image-to-video" in str(caught.value)
    assert "manage.py models" in str(caught.value)
    with pytest.raises(UnknownModelError, match="no model called “”"):
        catalogue().find("")


def test_filter():
    assert {spec.slug for spec in catalogue().filter(provider="kie")} == {
        "kling-2.5-turbo-text",
        "kling-2.5-turbo-image",
    }
    assert {spec.slug for spec in catalogue().filter(kind="utility", mode="upscale")} == {
        "ccsr",
        "clarity-upscaler",
    }
    assert len(catalogue().filter()) == 63


def test_the_catalogue_is_read_once_and_cannot_be_changed():
    assert catalogue() is catalogue()
    with pytest.raises(ValidationError):
        catalogue().find("svd").name = "Other"
    with pytest.raises(TypeError):
        catalogue().models["svd"] = catalogue().find("ccsr")


RECRAFT = (HERE / "recraft.toml").read_text(encoding="utf-8")
WAN = (HERE / "wan.toml").read_text(encoding="utf-8")
KOLORS = (HERE / "kolors.toml").read_text(encoding="utf-8")

BROKEN = [
    (
        RECRAFT,
        'aspect_sizes = "standard"',
        "aspect_sizes = 5",
        "recraft-v3",
        "aspect_sizes",
        "table of sizes",
    ),
    (RECRAFT, "style_id = {}", "style_id = 5", "recraft-v3", "parameters.style_id", "expected a table"),
    (RECRAFT, 'unit = "image"', 'unit = "pixel"', "recraft-v3", "prices.0.unit", "'image', 'megapixel'"),
    (RECRAFT, 'unit = "image"', 'unit = "second"', "recraft-v3", "prices.0.unit", "needs a length"),
    (RECRAFT, "sizing = ", "size = ", "recraft-v3", "output.sizing", "missing"),
    # file, what stands there, what we write instead, slug, key, what the message says
    (RECRAFT, 'kind = "image"', 'kind = "picture"', "recraft-v3", "kind", "'image', 'video' or 'utility'"),
    (RECRAFT, 'kind = "image"', 'kind = "image"\ncolour = 1', "recraft-v3", "colour", "no such field"),
    (RECRAFT, 'provider = "fal"', "", "recraft-v3", "provider", "missing"),
    (RECRAFT, 'amount = "0.04"', "amount = 0.04", "recraft-v3", "prices.0.amount", "a float is not exact"),
    (RECRAFT, 'amount = "0.04"', 'amount = "-1"', "recraft-v3", "prices.0.amount", "greater than"),
    (RECRAFT, "style_id = {}", "stile = {}", "recraft-v3", "parameters.stile", "not in shared/words.toml"),
    (
        RECRAFT,
        "style_id = {}",
        'style_id = { wire = "style" }',
        "recraft-v3",
        "parameters.style_id.wire",
        "already",
    ),
    (
        RECRAFT,
        "style_id = {}",
        "style_id = { hue = 1 }",
        "recraft-v3",
        "parameters.style_id.hue",
        "no such field",
    ),
    (
        RECRAFT,
        '"square_hd"',
        '"huge"',
        "recraft-v3",
        "parameters.image_size.default",
        "not one of its choices",
    ),
    (RECRAFT, '"recraft_styles"', '"styles"', "recraft-v3", "parameters.style.choices", "no list called"),
    (RECRAFT, '"vector_', '"wector_', "recraft-v3", "prices.0.tiers.0.when.style", "no choice begins so"),
    (
        RECRAFT,
        '{ style = "any" }',
        '{ style = "all" }',
        "recraft-v3",
        "prices.0.tiers.1.when.style",
        "choices",
    ),
    (
        RECRAFT,
        '{ style = "any" }',
        "{ look = 1 }",
        "recraft-v3",
        "prices.0.tiers.1.when.look",
        "no parameter",
    ),
    (RECRAFT, 'aspect_sizes = "standard"', "", "recraft-v3", "aspect_sizes", "aspect ratio means"),
    (
        RECRAFT,
        'aspect_sizes = "standard"',
        'aspect_sizes = "odd"',
        "recraft-v3",
        "aspect_sizes",
        "no table called",
    ),
    (RECRAFT, "2025-10-31", "2026-12-31", "recraft-v3", "prices.0.assumed_from", "before the day"),
    (RECRAFT, 'status = "live"', 'status = "live"\nreplaced_by = "x"', "recraft-v3", "replaced_by", "“x”"),
    (
        RECRAFT,
        "deadline_seconds = 600",
        "deadline_seconds = 1",
        "recraft-v3",
        "deadline_seconds",
        "usual time",
    ),
    (RECRAFT, 'family = "Recraft"', "", "", "family", "name as text"),
    (RECRAFT, "[recraft-v3]", "[recraft-v3", "", "", "not valid TOML"),
    (WAN, "default = 5", "default = 6", "wan-25-preview-text", "parameters.seconds.default", "6 is not one"),
    (
        WAN,
        '["5", "10"]',
        '["5", "long"]',
        "wan-25-preview-text",
        "parameters.seconds.choices",
        "whole number",
    ),
    (WAN, "2025-10-31", "2026-10-01", "wan-25-preview-text", "prices", "order of their days"),
    (WAN, "480p = 480", "4k = 480", "wan-25-preview-text", "output.by_resolution.4k", "no such resolution"),
    (KOLORS, 'max_gpu_seconds = "90"', "", "kolors", "prices.1.unit", "max_gpu_seconds"),
    (
        KOLORS,
        "maximum = 10.0",
        "maximum = 0.5",
        "kolors",
        "parameters.guidance_scale.minimum",
        "greater than",
    ),
    (
        WAN,
        "max_side = 2000",
        'shapes = ["5:2", "2:5"]',
        "wan-25-preview-image",
        "parameters.start_image.shapes",
        "narrowest shape comes first",
    ),
    (
        WAN,
        "max_side = 2000",
        'shapes = ["0.4", "2.5"]',
        "wan-25-preview-image",
        "parameters.start_image.shapes.0",
        "",
    ),
    (KOLORS, "default = 5.0", "default = 50.0", "kolors", "parameters.guidance_scale.default", "more than"),
]


@pytest.mark.parametrize(
    ("text", "old", "new", "slug", "key", "says"), BROKEN, ids=[f"{row[4]}-{row[5]}" for row in BROKEN]
)
def test_a_wrong_file_is_refused_by_model_and_key(tmp_path: Path, text, old, new, slug, key, says):
    assert old in text
    file = tmp_path / "broken.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load(file)
    error = caught.value
    assert (error.file, error.slug, error.key) == ("broken.toml", slug, key)
    assert says in str(error)
    assert str(error).startswith(": ".join(part for part in ("broken.toml", slug, key) if part))


def test_a_word_means_one_model_only(tmp_path: Path):
    (tmp_path / "a.toml").write_text(RECRAFT, encoding="utf-8")
    (tmp_path / "b.toml").write_text(
        KOLORS.replace("[kolors]", '[kolors]\naliases = ["RECRAFT"]'), encoding="utf-8"
    )
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path)
    error = caught.value
    assert (error.file, error.slug, error.key) == ("b.toml", "kolors", "aliases.0")
    assert "“recraft” already means recraft-v3" in str(error)


def test_an_unknown_price_can_be_said(tmp_path: Path):
    file = tmp_path / "one.toml"
    file.write_text(RECRAFT.replace('amount = "0.04"', 'amount = "unknown"'), encoding="utf-8")
    assert load(file).find("recraft").prices[0].amount is None


def test_a_folder_without_files_is_refused(tmp_path: Path):
    with pytest.raises(CatalogueError, match="no catalogue file"):
        load(tmp_path)
    with pytest.raises(CatalogueError, match="cannot be read"):
        load(tmp_path / "none.toml")


DOCS = (HERE.parents[1] / "docs" / "catalogue.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("shape", [ModelSpec, Price, Tier, Condition], ids=lambda shape: shape.__name__)
def test_every_field_of_a_file_is_documented(shape):
    derived = {"slug", "family", "any_of", "when", "amount", "note"}
    assert [name for name in shape.model_fields if name not in derived and name not in DOCS] == []


def test_the_documented_words_find_the_documented_models():
    rows = [line.split("|")[1:3] for line in DOCS.splitlines() if line.count("|") == 4]
    table = rows[rows.index([" word ", " model "]) + 2 :]
    found = 0
    for words, model in table:
        for word in re.findall(r"`([^`]+)`", words):
            slug = model.strip().strip("`")
            if slug in catalogue().models:
                assert catalogue().find(word).slug == slug
                found += 1
    assert found >= 15
