"""An exported bill: known columns by any of their names, and a clear line for whatever is wrong."""

import contextlib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.bills.errors import BillError
from generation.bills.files import read_bill

HEAD = "request_id,timestamp,cost_total\n"


def read(folder: Path, text: str | bytes) -> list[tuple[str, Decimal]]:
    file = folder / "bill.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(line.request_id, line.amount) for line in read_bill(file)]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("request_id,timestamp,cost_total\na,2026-11-03T10:30:00Z,0.35\n", "0.35"),
        ("Request ID;Date;Amount\r\na;2026-11-03;$0.35\r\n", "0.35"),
        ("\ufeffrequest_id,timestamp,cost_estimate_nano_usd,cost_total\na,2026-11-03,350000000,9\n", "0.35"),
        ("taskId\tmodel\tstate\tcreditsConsumed\tcreateTime\na\tkling\tsuccess\t70\t1762165800000\n", "0.35"),
        ("request_id,timestamp,cost,currency\na,2026-11-03 10:30,3.5E-1,usd\n\n", "0.35"),
        ("request_id,timestamp,cost\na,2026-11-03T10:30:00+02:00,-0.35\n", "-0.35"),
    ],
)
def test_known_columns_are_read_exactly(tmp_path: Path, text: str, amount: str) -> None:
    assert read(tmp_path, text) == [("a", Decimal(amount))]


def test_units_endpoint_and_time_are_read(tmp_path: Path) -> None:
    file = tmp_path / "bill.csv"
    file.write_text("id,endpoint_id,units,time,cost\na,fal-ai/flux/dev,1.5,2026-11-03T12:00:00+02:00,1\n")
    (line,) = read_bill(file)
    assert (line.endpoint, line.units) == ("fal-ai/flux/dev", Decimal("1.5"))
    assert line.at == datetime(2026, 11, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file is empty"),
        ("request_id,timestamp,cost,mood\n", "Unknown columns: mood. Known are: request_id"),
        ("request_id,timestamp,cost,\n", "(without a name)"),
        ("timestamp,cost\n", "No column gives the id of the request"),
        ("request_id,cost\n", "No column gives the time"),
        ("request_id,timestamp\n", "No column gives the amount"),
        ("request_id,timestamp,cost,cost\n", "the same name"),
        (HEAD + "a,2026-11-03,much\n", "row 2: “cost_total” is “much”: it is no number"),
        (HEAD + 'a,2026-11-03,"1,000.50"\n', "row 2: “cost_total” is “1,000.50”: write it with a point"),
        (HEAD + "a,2026-11-03,NaN\n", "row 2"),
        (HEAD + "a,2026-11-03,\n", "row 2"),
        (HEAD + "a,2026-11-03,1e99\n", "no sensible amount"),
        (HEAD + "a,yesterday,1\n", "row 2: “timestamp” is “yesterday”: it is no time"),
        (HEAD + ",2026-11-03,1\n", "must name a request"),
        (HEAD + f"{'a' * 181},2026-11-03,1\n", "at most 180 characters"),
        (HEAD + "a,2026-11-03\n", "row 2: it has 2 cells and the head has 3"),
        (HEAD + "a,2026-11-03,1\nb,x,1\n" + "c,x,1\n" * 6, "; and 2 more rows."),
        ("request_id,timestamp,cost,currency\na,2026-11-03,1,EUR\n", "“currency” is EUR"),
        (HEAD + '"a,2026-11-03,1\n', "not a CSV file"),
        (b"\xff\xfe\x00", "not in UTF-8"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(BillError) as refusal:
        read(tmp_path, text)
    assert words in str(refusal.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BillError, match="cannot be read"):
        read_bill(tmp_path / "nothing.csv")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_words(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("bills") / "bill.csv"
    for head in ("", HEAD):
        file.write_bytes((head + text).encode("utf-8", "surrogatepass"))
        with contextlib.suppress(BillError):
            assert isinstance(read_bill(file), list)
