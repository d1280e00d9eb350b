"""A shot list from a file: all of it, or every reason why not."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from studio import shot_lists
from studio.forms.shot_lists import ShotListForm
from studio.models import Role
from studio.permissions import project_for
from studio.views.frames import frame


@require_http_methods(["GET", "POST"])
def shot_import(request: HttpRequest, slug: str) -> HttpResponse:
    """Read a CSV file into scenes and shots; shots that exist are brought up to date, and takes stay."""
    project = project_for(request.user, slug, Role.ARTIST)
    form = ShotListForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
    )
    problems: tuple[shot_lists.Problem, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            # One byte more than is allowed is enough to see that it is too much.
            data = form.cleaned_data["file"].read(shot_lists.MAX_BYTES + 1)
            loaded = shot_lists.load(project, shot_lists.read(project, data), request.user)
        except shot_lists.ShotListError as error:
            problems = error.problems
        else:
            messages.success(request, f"The shot list is in: {loaded}.")
            return redirect(project)
    context = frame(request, project, "shot-import") | {
        "form": form,
        "problems": problems,
        "columns": shot_lists.COLUMNS,
        "max_rows": shot_lists.MAX_ROWS,
    }
    return render(request, "studio/shot_import.html", context, status=422 if problems or form.errors else 200)
