"""Prices by worked examples, one a line, and by what must hold for every order."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.catalogue import ModelSpec, catalogue, load, validate
from generation.catalogue.loading import HERE
from generation.pricing import Quote, UnknownPriceError, plain, quote, source_words

FOUNDING, TODAY = date(2025, 10, 31), date(2026, 11, 21)


def price(model: str, values: dict[str, object], count: int, on: date) -> Quote:
    spec = catalogue().find(model)
    return quote(spec, validate(spec, values, partial=True), count=count, on=on)


WORKED = [
    # day, model, values, count, amount, upper bound
    # the tables of the founding documents
    (FOUNDING, "ray-2-flash-text", {"seconds": 5}, 3, "0.60", "0.60"),
    (FOUNDING, "kling-2.5-turbo-text", {"seconds": 5}, 3, "0.63", "0.63"),
    (FOUNDING, "wan-25-preview-text", {"seconds": 5}, 3, "1.50", "1.50"),
    (FOUNDING, "nano-banana-pro", {"resolution": "4K"}, 1, "0.30", "0.30"),
    (FOUNDING, "nano-banana-pro", {}, 1, "0.15", "0.15"),
    (FOUNDING, "kling-o1-image-to-video", {"seconds": 5}, 1, "0.56", "0.56"),
    (FOUNDING, "kling-o1-video-to-video-reference", {"seconds": 10}, 1, "1.68", "1.68"),
    (FOUNDING, "minimax-hailuo-02-standard-image", {"seconds": 6}, 1, "0.27", "0.27"),
    (FOUNDING, "minimax-hailuo-02-standard-text", {"seconds": 6}, 1, "0.27", "0.27"),
    (FOUNDING, "kling-v2-text", {"seconds": 10}, 1, "0.20", "0.20"),
    (FOUNDING, "kling-3.0-standard-text", {"seconds": 10}, 1, "0.29", "0.29"),
    (FOUNDING, "fast-sdxl", {"num_images": 4}, 1, "0.012", "0.012"),
    (FOUNDING, "svd", {}, 2, "0.20", "0.20"),
    # by resolution and length
    (TODAY, "ray-2-flash-text", {"seconds": 5}, 1, "0.20", "0.20"),
    (TODAY, "ray-2-flash-text", {"seconds": 9}, 1, "0.40", "0.40"),
    (TODAY, "ray-2-flash-text", {"seconds": 5, "resolution": "720p"}, 1, "0.40", "0.40"),
    (TODAY, "ray-2-flash-text", {"seconds": 9, "resolution": "720p"}, 1, "0.80", "0.80"),
    (TODAY, "ray-2-flash-text", {"seconds": 5, "resolution": "1080p"}, 1, "0.80", "0.80"),
    (TODAY, "ray-2-flash-text", {"seconds": 9, "resolution": "1080p"}, 3, "4.80", "4.80"),
    (TODAY, "wan-25-preview-text", {"seconds": 5}, 1, "0.75", "0.75"),
    (TODAY, "wan-25-preview-text", {"seconds": 5, "resolution": "720p"}, 1, "0.50", "0.50"),
    (TODAY, "wan-25-preview-image", {"seconds": 10, "resolution": "480p"}, 1, "0.50", "0.50"),
    (TODAY, "minimax-hailuo-02-standard-image", {"seconds": 10}, 1, "0.45", "0.45"),
    (TODAY, "minimax-hailuo-02-standard-image", {"seconds": 6, "resolution": "512P"}, 1, "0.102", "0.102"),
    (TODAY, "kling-2.5-turbo-text", {"seconds": 5}, 1, "0.21", "0.21"),
    (TODAY, "kling-2.5-turbo-image", {"seconds": 10}, 1, "0.42", "0.42"),
    (TODAY, "kling-v2-text", {"seconds": 5}, 1, "1.40", "1.40"),
    (TODAY, "minimax-video-01-live", {}, 2, "1.00", "1.00"),
    # by sound
    (TODAY, "kling-3.0-standard-text", {"seconds": 5}, 1, "0.63", "0.63"),
    (TODAY, "kling-3.0-standard-text", {"seconds": 5, "generate_audio": False}, 1, "0.42", "0.42"),
    (TODAY, "kling-3.0-pro-image", {"seconds": 10}, 1, "1.68", "1.68"),
    (TODAY, "kling-3.0-pro-image", {"seconds": 10, "generate_audio": False}, 1, "1.12", "1.12"),
    (TODAY, "kling-3.0-pro-image", {"seconds": 10, "elements": [{"voice_id": "a"}]}, 1, "1.96", "1.96"),
    (TODAY, "kling-3.0-standard-image", {"seconds": 10, "elements": [{"voice_id": "a"}]}, 1, "1.54", "1.54"),
    (TODAY, "kling-3.0-standard-image", {"elements": [{"video_url": "a"}]}, 1, "0.63", "0.63"),
    # several shots in one clip: their lengths together
    (
        TODAY,
        "kling-3.0-standard-text",
        {"multi_prompt": [{"prompt": "a", "duration": 7}] * 2},
        1,
        "1.764",
        "1.764",
    ),
    (
        TODAY,
        "kling-3.0-standard-text",
        {"multi_prompt": [{"prompt": "a", "duration": 3}]},
        1,
        "0.378",
        "0.378",
    ),
    # by picture, and what comes on top
    (TODAY, "nano-banana-pro", {"resolution": "2K", "num_images": 3}, 1, "0.45", "0.45"),
    (TODAY, "nano-banana-pro", {"resolution": "4K", "num_images": 2}, 2, "1.20", "1.20"),
    (TODAY, "nano-banana-pro", {"resolution": "4K", "enable_web_search": True}, 2, "0.63", "0.63"),
    (TODAY, "recraft-v3", {}, 1, "0.04", "0.04"),
    (TODAY, "recraft-v3", {"style": "digital_illustration"}, 1, "0.04", "0.04"),
    (TODAY, "recraft-v3", {"style": "vector_illustration"}, 1, "0.08", "0.08"),
    (TODAY, "recraft-v3", {"style": "vector_illustration/line_art"}, 1, "0.08", "0.08"),
    (TODAY, "recraft-v3", {"style": "any"}, 1, "0.04", "0.08"),
    (TODAY, "recraft-v3", {"style_id": "ours"}, 1, "0.04", "0.08"),
    (TODAY, "face-swap", {}, 1, "0.02", "0.10"),
    # by megapixel: each picture rounded up, the bound by the smaller megapixel
    (TODAY, "flux-dev", {}, 1, "0.025", "0.025"),
    (TODAY, "flux-dev", {"image_size": "square_hd"}, 1, "0.025", "0.05"),
    (TODAY, "flux-dev", {"image_size": "1025x1024", "num_images": 2}, 1, "0.10", "0.10"),
    (TODAY, "flux-dev", {"aspect_ratio": "9:16", "num_images": 4}, 2, "0.20", "0.20"),
    (TODAY, "flux-dev-image-to-image", {}, 1, "0.03", "0.48"),
    (TODAY, "flux-dev-image-to-image", {"input_width": 2000, "input_height": 1000}, 1, "0.06", "0.06"),
    (TODAY, "clarity-upscaler", {"input_width": 1000, "input_height": 1000}, 1, "0.12", "0.12"),
    (
        TODAY,
        "clarity-upscaler",
        {"input_width": 1000, "input_height": 1000, "upscale_factor": 4},
        1,
        "0.48",
        "0.48",
    ),
    (TODAY, "clarity-upscaler", {}, 1, "0.12", "1.92"),
    # by second of the clip given, in steps of five
    (TODAY, "kling-lipsync-audio", {}, 1, "0.07", "0.14"),
    (TODAY, "kling-lipsync-text", {}, 1, "0.07", "0.84"),
    (TODAY, "kling-lipsync-audio", {"input_seconds": 3}, 1, "0.07", "0.07"),
    (TODAY, "kling-lipsync-audio", {"input_seconds": "5.1"}, 2, "0.28", "0.28"),
    # by GPU second: known only afterwards
    (TODAY, "fast-sdxl", {}, 1, "0.00375", "0.025"),
    (TODAY, "kolors", {"num_images": 3}, 1, "0.0138", "0.15525"),
    (TODAY, "ccsr", {}, 1, "0.03125", "0.375"),
]


@pytest.mark.parametrize(("on", "model", "values", "count", "amount", "bound"), WORKED)
def test_worked_examples(on, model, values, count, amount, bound):
    quoted = price(model, values, count, on)
    assert (plain(quoted.amount), plain(quoted.upper_bound)) == (amount, bound)
    assert quoted.currency == "USD"


def test_a_quote_explains_itself():
    quoted = price("kling-o1", {"seconds": 5}, 3, FOUNDING)
    assert quoted.explanation == "3 times 5 seconds at $0.112 a second"
    assert (quoted.unit, quoted.quantity, quoted.price) == ("second", 15, Decimal("0.112"))
    assert (quoted.price_source, quoted.price_verified) == ("founding-document-002", True)
    assert quoted.per_job_amount == Decimal("0.56")
    assert (quoted.amount_micros, quoted.upper_bound_micros) == (1_680_000, 1_680_000)
    search = price("nano-banana-pro", {"enable_web_search": True}, 1, TODAY)
    assert search.explanation == "1 picture at $0.15 a picture, and $0.015 on top"


def test_the_price_of_the_day_decides():
    days = [date(2025, 10, 31), date(2026, 9, 30), date(2026, 10, 1), date(2030, 1, 1)]
    assert [plain(price("wan25", {}, 1, on).amount) for on in days] == ["0.50", "0.50", "0.75", "0.75"]


def test_a_price_carried_back_says_so():
    early, later = price("recraft", {}, 1, FOUNDING), price("recraft", {}, 1, TODAY)
    assert early.price_source == "fal-pricing-api, carried back from 2026-10-01"
    assert (early.price_verified, later.price_verified) == (False, True)
    assert early.effective_on == FOUNDING
    assert later.price_source == "fal-pricing-api"


def test_before_the_first_price_nothing_is_guessed():
    with pytest.raises(UnknownPriceError, match="its prices begin on 2025-10-31"):
        price("wan25", {}, 1, date(2025, 10, 30))


def test_an_unknown_price_is_refused_not_zero(tmp_path: Path):
    text = (HERE / "recraft.toml").read_text(encoding="utf-8")
    file = tmp_path / "recraft.toml"
    file.write_text(text.replace('amount = "0.04"', 'amount = "unknown"'), encoding="utf-8")
    spec = load(file).find("recraft")
    with pytest.raises(UnknownPriceError, match="allow a ceiling"):
        quote(spec, {}, on=TODAY)


def test_a_quote_is_for_one_job_or_more():
    with pytest.raises(ValueError, match="one job or more"):
        price("wan25", {}, 0, TODAY)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.6", "0.60"),
        ("12", "12.00"),
        ("0.0046", "0.0046"),
        ("0.250", "0.25"),
        ("1E+2", "100.00"),
        ("0", "0.00"),
    ],
)
def test_amounts_are_written_without_noise(amount, text):
    assert plain(Decimal(amount)) == text


def test_micro_dollars_are_rounded_up():
    quoted = price("stable-cascade", {"num_images": 1}, 1, TODAY)
    assert quoted.amount_micros == 4600
    spare = Quote(**{**vars(quoted), "price": Decimal("0.0000001")})
    assert spare.amount_micros == 1


def orders(spec: ModelSpec) -> st.SearchStrategy[dict[str, object]]:
    """Any mixture of what decides a price: words, lengths, truth values, numbers of pictures, measures."""
    options: dict[str, st.SearchStrategy[object]] = {}
    for parameter in (*spec.parameters, *spec.measures):
        if parameter.type == "choice":
            options[parameter.name] = st.sampled_from(parameter.choices)
        elif parameter.type == "bool":
            options[parameter.name] = st.booleans()
        elif parameter.type == "seconds" and parameter.choices:
            options[parameter.name] = st.sampled_from(parameter.lengths)
        elif parameter.type == "seconds":
            options[parameter.name] = st.decimals(parameter.minimum, parameter.maximum, places=2)
        elif parameter.name in {"num_images", "upscale_factor"}:
            options[parameter.name] = st.integers(1, int(parameter.maximum or 8))
        elif parameter.name in {"input_width", "input_height"}:
            options[parameter.name] = st.integers(1, 8000)
    return st.fixed_dictionaries({}, optional=options)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), count=st.integers(1, 50), on=st.sampled_from([FOUNDING, date(2026, 9, 30), TODAY]))
def test_for_every_order_the_estimate_is_within_the_bound_and_more_takes_cost_more(data, count, on):
    spec = data.draw(st.sampled_from(list(catalogue().models.values())))
    values = validate(spec, data.draw(orders(spec)), partial=True)
    quoted, more = quote(spec, values, count=count, on=on), quote(spec, values, count=count + 1, on=on)
    assert 0 < quoted.amount <= quoted.upper_bound
    assert quoted.amount < more.amount
    assert quoted.upper_bound < more.upper_bound
    assert quoted.amount == quoted.quantity * quoted.price + quoted.surcharge * count
    assert quoted.amount_micros <= quoted.upper_bound_micros
    assert isinstance(quoted.amount, Decimal)
    assert quoted.amount == quoted.per_job_amount * count


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("founding-document-004", "The list price"),
        (
            "founding-document-003, carried back from 2025-11-01",
            "The list price, carried back from 2025-11-01",
        ),
        ("fal-pricing-api (540p, 5 s)", "fal.ai’s pricing API (540p, 5 s)"),
        ("Letter of 3 November", "Letter of 3 November"),
        ("", ""),
    ],
)
def test_where_a_price_is_from_is_said_in_words(source, words):
    assert source_words(source) == words
