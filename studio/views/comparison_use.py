"""Have a compared model make shots of the film from now on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from generation.catalogue import ModelSpec
from studio import selections
from studio.comparison.matrix import spec_of
from studio.comparison.usage import changes_to
from studio.models import Comparison, Role
from studio.permissions import comparison_for
from studio.views.comparison_reports import HIDDEN
from studio.views.comparisons import TAB
from studio.views.frames import frame


@require_http_methods(["GET", "POST"])
def comparison_use(request: HttpRequest, slug: str, comparison_id: int) -> HttpResponse:
    """The shots that `model` could make, with the price of each before and after; the `shots` that are sent change."""
    comparison = comparison_for(request.user, slug, comparison_id, Role.ARTIST)
    if comparison.is_hidden:
        messages.info(request, HIDDEN)
        return redirect(comparison)
    spec = _spec(comparison, (request.POST if request.method == "POST" else request.GET).get("model", ""))
    changes = changes_to(comparison.project, spec)
    problem = ""
    if request.method == "POST":
        wanted = set(request.POST.getlist("shots")) & {str(row.shot.pk) for row in changes.possible}
        if wanted:
            return _change(request, comparison, spec, [int(pk) for pk in wanted])
        problem = "Tick the shots that it is to make from now on."
    context = frame(request, comparison.project, TAB) | {
        "comparison": comparison,
        "spec": spec,
        "changes": changes,
        "problem": problem,
    }
    return render(request, "studio/comparison/use.html", context, status=422 if problem else 200)


def _spec(comparison: Comparison, model: str) -> ModelSpec:
    """The compared model; the first where none is named."""
    slugs = [each.model for each in comparison.columns.all()]
    spec = spec_of(model) if model in slugs else spec_of(slugs[0]) if not model else None
    if spec is None:
        raise Http404("This comparison has no such model.")
    return spec


def _change(request: HttpRequest, comparison: Comparison, spec: ModelSpec, shots: list[int]) -> HttpResponse:
    user: Any = request.user
    outcome = selections.change_model(comparison.project, shots, spec.slug, user)
    count = len(outcome.done)
    messages.success(
        request, f"{count} shot{' is' if count == 1 else 's are'} made by {spec.name} from now on."
    )
    for shot, reason in outcome.left_out:
        messages.warning(request, f"Shot {shot.label} was left out: {reason}")
    return redirect(comparison.project)
