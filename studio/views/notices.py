"""What a person is told: the list, the bell in the header, and how they want to hear of what."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studio import notices
from studio.forms.notices import ChoicesForm
from studio.permissions import notice_for
from studio.views.keysets import number_in


@never_cache
@require_GET
def notice_list(request: HttpRequest) -> HttpResponse:
    """The person's notices, newest first; `?before=` an id goes on with older ones."""
    page = notices.page_of(request.user, before=number_in(request, "before"))
    context = {"page": page, "unread": notices.unread_count(request.user), "section": "notices"}
    return render(request, "studio/notices/list.html", context)


@never_cache
@require_GET
def notice_bell(request: HttpRequest) -> HttpResponse:
    """The bell as it is now (a fragment)."""
    return render(request, "components/bell.html", {"unread": notices.unread_count(request.user)})


@never_cache
@require_GET
def notice_open(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Go to what a notice is about; it is read then."""
    notice = notice_for(request.user, notice_id)
    notices.mark_read(request.user, [notice.pk])
    return redirect(notice.path)


@require_POST
def notice_read(request: HttpRequest) -> HttpResponse:
    """Mark one notice as read, or all of the person's."""
    number = number_in(request, "notice")
    notices.mark_read(request.user, None if number is None else [notice_for(request.user, number).pk])
    return redirect("studio:notice-list")


@require_http_methods(["GET", "POST"])
def notice_choices(request: HttpRequest) -> HttpResponse:
    """Choose for each kind of news: here, by mail, both, or not at all."""
    form = ChoicesForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        notices.choose(request.user, form.ways)
        messages.success(request, "Your choice is saved.")
        return redirect("studio:notice-choices")
    context = {"form": form, "section": "notices"}
    return render(request, "studio/notices/choices.html", context, status=422 if form.errors else 200)
