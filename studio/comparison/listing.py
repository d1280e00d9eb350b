"""The comparisons of a project, in a line each."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from generation.models import UNFINISHED
from studio import keysets
from studio.comparison.matrix import column_name
from studio.estimates import MODE_LABELS
from studio.models import Comparison, Project

A_PAGE = 30


@dataclass(frozen=True)
class Line:
    """A comparison; `takes` are its cells, `working` those that are being made."""

    comparison: Comparison
    takes: int
    working: int

    @property
    def mode_label(self) -> str:
        return MODE_LABELS[self.comparison.mode]

    @property
    def models(self) -> str:
        """Their names; only how many while names are hidden."""
        columns = list(self.comparison.columns.all())
        if self.comparison.is_hidden:
            return f"{len(columns)} models"
        return ", ".join(column_name(self.comparison, each) for each in columns)

    @property
    def prompts(self) -> int:
        return len(self.comparison.prompts.all())


@dataclass(frozen=True)
class Lines:
    """A page of them."""

    lines: list[Line]
    page: keysets.Page[Comparison]


def comparisons_of(project: Project, *, before: int | None) -> Lines:
    """The newest, or those before an id. Three queries."""
    rows = (
        Comparison.objects.filter(project=project)
        .select_related("created_by")
        .prefetch_related("columns", "prompts")
        .annotate(
            takes=Count("cells", distinct=True),
            working=Count(
                "cells", filter=Q(cells__attempts__generation__status__in=UNFINISHED), distinct=True
            ),
        )
    )
    page = keysets.page(rows, before=before, size=A_PAGE)
    for each in page.rows:
        each.project = project
    counted: list[Any] = list(page.rows)
    return Lines([Line(each, each.takes, each.working) for each in counted], page)
