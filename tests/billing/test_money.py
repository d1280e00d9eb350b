"""Exact money: what is read, what is written, and what is refused."""

from decimal import Decimal

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from billing.forms import UsdField
from billing.models import Budget
from billing.money import MAX_MICROS, format_usd, from_micros, parse_usd, to_micros

D = Decimal
MICROS = st.integers(min_value=-MAX_MICROS, max_value=MAX_MICROS)


@pytest.mark.parametrize(
    ("amount", "micros"),
    [
        (D("0.56"), 560_000),
        (D("0.000001"), 1),
        ("12.50", 12_500_000),
        (3, 3_000_000),
        (D("-0.25"), -250_000),
        (D("1E+2"), 100_000_000),
        (D("0.1000000000"), 100_000),
        (0, 0),
        (from_micros(MAX_MICROS), MAX_MICROS),
    ],
)
def test_dollars_become_whole_micro_dollars(amount, micros):
    assert to_micros(amount) == micros


@pytest.mark.parametrize("amount", [0.56, 1.0, True, None, b"1"])
def test_what_cannot_be_exact_is_refused_by_type(amount):
    with pytest.raises(TypeError, match="An amount of money is a Decimal"):
        to_micros(amount)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (D("NaN"), "finite"),
        (D("Infinity"), "finite"),
        ("-inf", "finite"),
        ("twelve", "is not an amount of money"),
        ("", "is not an amount of money"),
        (D("0.0000001"), "at most 6 decimals"),
        (D("1E+30"), "too large"),
        (D("1E+999999"), "too large"),
        (MAX_MICROS, "too large"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(amount, words):
    with pytest.raises(ValueError, match=words):
        to_micros(amount)


@pytest.mark.parametrize(
    ("amount", "micros"),
    [("0.0000001", 1), ("0.0000011", 2), ("-0.0000001", -1), ("0.56", 560_000), ("0", 0)],
)
def test_a_finer_amount_is_taken_up_when_asked(amount, micros):
    assert to_micros(amount, rounding="up") == micros


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.56", "$0.56"),
        ("0.003", "$0.003"),
        ("0.000001", "$0.000001"),
        ("0", "$0.00"),
        ("3", "$3.00"),
        ("0.10", "$0.10"),
        ("1234.5", "$1,234.50"),
        ("-0.2", "-$0.20"),
        ("0.00000001", "$0.000001"),
    ],
)
def test_amounts_are_written_for_people(amount, text):
    assert format_usd(D(amount)) == text


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12", "12"),
        ("12.50", "12.5"),
        (" $12.50 ", "12.5"),
        ("$ 3", "3"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-1.25", "-1.25"),
        ("-$1.25", "-1.25"),
        ("0.000001", "0.000001"),
    ],
)
def test_what_people_type_is_read(text, amount):
    assert parse_usd(text) == D(amount)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,000", "has a comma. Write the amount without thousands separators"),
        ("0,56", "has a comma"),
        ("", "Enter an amount"),
        ("  $ ", "Enter an amount"),
        ("ten", "is not an amount of money"),
        ("1e3", "is not an amount of money"),
        ("NaN", "is not an amount of money"),
        ("1.2.3", "is not an amount of money"),
        ("1 000", "is not an amount of money"),
        ("١٢", "is not an amount of money"),
        ("$$5", "is not an amount of money"),
        (".", "is not an amount of money"),
        ("0.0000001", "at most 6 decimals"),
        ("9" * 5000, "too large"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(text, words):
    with pytest.raises(ValueError, match=words):
        parse_usd(text)


@given(MICROS)
def test_micro_dollars_survive_the_way_out_and_back(micros):
    assert to_micros(from_micros(micros)) == micros


@given(MICROS)
def test_what_is_written_can_be_read_again(micros):
    assert to_micros(parse_usd(format_usd(from_micros(micros)).replace(",", ""))) == micros


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**9))
def test_rounding_up_never_understates(amount):
    micros = to_micros(amount, rounding="up")
    assert amount <= from_micros(micros) < amount + D("0.000001")


def test_a_column_is_read_as_dollars():
    assert Budget(limit_micros=2_500_000).limit == D("2.5")
    assert Budget.limit.column == "limit_micros"


class LimitForm(forms.Form):
    limit = UsdField()
    ceiling = UsdField(required=False)


def test_a_field_cleans_to_dollars_or_says_what_is_wrong():
    good = LimitForm({"limit": "12.50", "ceiling": ""})
    assert good.is_valid()
    assert good.cleaned_data == {"limit": D("12.5"), "ceiling": None}
    bad = LimitForm({"limit": "1,000"})
    assert not bad.is_valid()
    assert "has a comma" in bad.errors["limit"][0]


def test_a_field_shows_dollars_without_idle_zeros():
    assert 'value="50"' in str(LimitForm(initial={"limit": D("50.000000")})["limit"])
    assert 'value="0.56"' in str(LimitForm(initial={"limit": D("0.560000")})["limit"])
