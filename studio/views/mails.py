"""The mails that were kept here instead of being sent: for whoever runs the studio, and only while mails are kept."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET

from studio import kept_mails
from studio.kept_mails import KeptMail
from studio.permissions import may_read_mails

# A mail may bring its own styles and nothing else: no script, no picture from elsewhere, no form.
_MAIL_CSP: dict[str, list[str]] = {
    "default-src": [CSP.NONE.value],
    "style-src": [CSP.UNSAFE_INLINE.value],
    "sandbox": ["allow-popups"],
}


@require_GET
def mail_list(request: HttpRequest) -> HttpResponse:
    """All that were kept, the newest first."""
    _refuse_others(request)
    return render(request, "studio/mail_list.html", {"mails": kept_mails.kept_mails()})


@require_GET
def mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail as text."""
    return render(request, "studio/mail_detail.html", {"mail": _mail_for(request, name)})


@require_GET
@csp_override(_MAIL_CSP)
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """One mail as its recipient sees it."""
    return HttpResponse(_mail_for(request, name).html)


def _mail_for(request: HttpRequest, name: str) -> KeptMail:
    _refuse_others(request)
    mail = kept_mails.kept_mail(name)
    if mail is None:
        raise Http404("There is no such mail.")
    return mail


def _refuse_others(request: HttpRequest) -> None:
    if not kept_mails.are_kept():
        raise Http404("Mails are sent, not kept.")
    if not may_read_mails(request.user):
        raise PermissionDenied(
            "Only superusers may read the mails of everybody. Whoever runs the studio can allow it."
        )
