"""Many rows at once: COPY on PostgreSQL, one prepared INSERT on SQLite. For empty databases of the bench alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Field, Model
from django.db.models.fields import NOT_PROVIDED

type Row = Mapping[str, Any]


def pour(model: type[Model], rows: Iterable[Row]) -> int:
    """Add rows, given by the names of their columns; what a row leaves out is the field's default. How many."""
    fields = [field for field in model._meta.concrete_fields if field.db_default is NOT_PROVIDED]
    prepare = [_preparation(field) for field in fields]
    names = [field.attname for field in fields]
    defaults = {field.attname: None if field.primary_key else field.get_default() for field in fields}
    complete = (
        [turn(row.get(name, defaults[name])) for name, turn in zip(names, prepare, strict=True)]
        for row in rows
    )
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _copy(cursor, f"COPY {table} ({columns}) FROM STDIN", complete)
        places = ", ".join("?" * len(fields))
        # Past Django's cursor, which would rewrite the statement once a row.
        done = connection.connection.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({places})", complete
        )
        return int(done.rowcount)


def count_on(models: Iterable[type[Model]]) -> None:
    """Let new rows get ids beyond those that were poured."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(statement)


def _copy(cursor: Any, statement: str, rows: Iterable[list[Any]]) -> int:
    number = 0
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            number += 1
    return number


def _preparation(field: Field) -> Callable[[Any], Any]:
    kind = field.get_internal_type()
    if kind == "JSONField":
        return json.dumps
    if connection.vendor == "postgresql":
        return _as_it_is
    return {"DateTimeField": _moment, "UUIDField": _hex, "DecimalField": _decimal}.get(kind, _as_it_is)


def _as_it_is(value: Any) -> Any:
    return value


def _moment(value: datetime | None) -> str | None:
    return None if value is None else str(value.astimezone(UTC).replace(tzinfo=None))


def _hex(value: UUID | None) -> str | None:
    return None if value is None else value.hex


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
