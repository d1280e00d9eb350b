"""What every page of a project shows around its own content: the tabs, and what this member may do."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from studio.models import Project, Role
from studio.permissions import role_in


@dataclass(frozen=True)
class Tab:
    """A page of a project."""

    label: str
    url: str
    is_current: bool
    count: int | None = None


def frame(request: HttpRequest, project: Project, current: str) -> dict[str, Any]:
    """The context of a project's page. `current` is the URL name of its tab."""
    role = role_in(request.user, project)
    return {
        "project": project,
        "section": "projects",
        "tabs": _tabs(project, role, current),
        "may_circle": role.includes(Role.REVIEWER),
        "may_edit": role.includes(Role.ARTIST),
        "may_manage": role.includes(Role.PRODUCER),
    }


def _tabs(project: Project, role: Role, current: str) -> list[Tab]:
    pages = [
        ("Storyboard", "project-detail", Role.VIEWER),
        ("Review", "project-review", Role.VIEWER),
        ("Compare", "comparison-list", Role.VIEWER),
        ("Spend", "project-spend", Role.VIEWER),
        ("Activity", "project-activity", Role.VIEWER),
        ("Team", "project-members", Role.VIEWER),
        ("Files", "project-uploads", Role.VIEWER),
        ("Import shots", "shot-import", Role.ARTIST),
        ("Client links", "client-link-list", Role.PRODUCER),
        ("Settings", "project-edit", Role.PRODUCER),
    ]
    return [
        Tab(label, reverse(f"studio:{name}", args=[project.slug]), name == current)
        for label, name, needed in pages
        if role.includes(needed)
    ]
