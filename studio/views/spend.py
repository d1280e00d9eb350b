"""The money of a project: what is spent, held and left, on what, and by whom; and its limit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from billing import budgets, limits, reports
from billing.errors import LimitError
from billing.models import Entry, EntryKind
from generation.catalogue import catalogue
from studio.forms.projects import BudgetForm
from studio.models import Project, Role, Take
from studio.permissions import producers, project_for
from studio.views.frames import Tab, frame

LINES = 50


@dataclass(frozen=True)
class LedgerLine:
    """An entry, and the take that it is about."""

    entry: Entry
    take: Take | None

    @property
    def held(self) -> Decimal:
        """What the line does to the money that is set aside, in US dollars."""
        sign = {EntryKind.HOLD: 1, EntryKind.CHARGE: -1, EntryKind.RELEASE: -1}.get(
            EntryKind(self.entry.kind), 0
        )
        return self.entry.amount * sign

    @property
    def paid(self) -> Decimal:
        """What the line does to the money that is paid, in US dollars."""
        paying = {EntryKind.CHARGE, EntryKind.OVERRUN, EntryKind.ADJUSTMENT}
        return self.entry.amount if self.entry.kind in paying else Decimal(0)


@require_GET
@vary_on_headers("HX-Request")
def project_spend(request: HttpRequest, slug: str) -> HttpResponse:
    """Totals, what they went to, and the ledger; only the ledger for a request that turns its pages."""
    project = project_for(request.user, slug)
    statement = reports.statement(project.account)
    kind = request.GET.get("kind", "")
    entries = statement.entries.select_related("hold__member")
    if kind in EntryKind.values:
        entries = entries.filter(kind=kind)
    page = Paginator(entries, LINES).get_page(request.GET.get("page"))
    context = frame(request, project, "project-spend") | {
        "money": statement.availability,
        "page": page,
        "lines": _lines(list(page)),
        "filters": _filters(project, kind),
    }
    if request.headers.get("HX-Request"):
        return render(request, "studio/project_spend.html#ledger", context)
    context |= {
        "by_model": _shares(reports.spend_by_tag(project.account, "model"), _model_name),
        "by_member": _shares(reports.spend_by_member(project.account), str),
        "producers": producers(project),
    }
    return render(request, "studio/project_spend.html", context)


@require_http_methods(["GET", "POST"])
def project_budget(request: HttpRequest, slug: str) -> HttpResponse:
    """Change the limit, with a reason; and what it was before."""
    project = project_for(request.user, slug, Role.PRODUCER)
    user: Any = request.user  # Somebody signed in: the middleware has seen to that.
    budget = limits.main_budget(project.account)
    form = BudgetForm(request.POST if request.method == "POST" else None, initial={"limit": budget.limit})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                limits.change_limit(budget, form.cleaned_data["limit"], by=user, why=form.cleaned_data["why"])
        except LimitError as error:
            form.add_error("limit", str(error))
        else:
            messages.success(request, "The new limit is in force.")
            return redirect("studio:project-spend", slug)
    context = frame(request, project, "project-spend") | {
        "form": form,
        "money": budgets.available(project.account),
        "changes": budget.changes.select_related("changed_by"),
    }
    return render(request, "studio/project_budget.html", context, status=422 if form.errors else 200)


def _shares(
    shares: Sequence[reports.Share], name: Callable[[str], str]
) -> list[tuple[str, reports.Share, int]]:
    """Each share with its name for people and its part of all that was paid, in whole per cent."""
    total = sum((share.paid for share in shares), Decimal(0))
    return [(name(share.name), share, round(share.paid * 100 / total) if total else 0) for share in shares]


def _lines(entries: Sequence[Entry]) -> list[LedgerLine]:
    holds = [entry.hold_id for entry in entries if entry.hold_id]
    takes = Take.objects.filter(generation__hold__in=holds).select_related(
        "shot__scene__project", "generation"
    )
    by_hold: dict[int | None, Take] = {take.generation.hold_id: take for take in takes if take.generation}
    return [LedgerLine(entry, by_hold.get(entry.hold_id)) for entry in entries]


def _filters(project: Project, current: str) -> list[Tab]:
    home = reverse("studio:project-spend", args=[project.slug])
    known = current if current in EntryKind.values else ""
    kinds = [(EntryKind.CHARGE, "Charged"), (EntryKind.HOLD, "Held"), (EntryKind.RELEASE, "Released")]
    return [
        Tab("All", f"{home}#ledger", not known),
        *(Tab(label, f"{home}?kind={kind}#ledger", known == kind) for kind, label in kinds),
    ]


def _model_name(slug: str) -> str:
    spec = catalogue().models.get(slug)
    return spec.name if spec else slug
