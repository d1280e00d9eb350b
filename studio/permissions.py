"""The only way a view gets hold of an object: by the user who asks. What is not theirs does not exist (404)."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from studio.client_links.links import hash_of
from studio.models import (
    Attempt,
    Cell,
    ClientLink,
    Comment,
    Comparison,
    Invitation,
    KeptOrder,
    LibraryItem,
    Membership,
    Notice,
    Project,
    Role,
    Scene,
    Shot,
    Take,
    Upload,
)
from studio.notices import shown
from studio.people import invitations


def project_for(user: Any, slug: str, role: Role = Role.VIEWER) -> Project:
    """The project, if the user is a member of it; PermissionDenied when the member's role is too small for the deed."""
    memberships = Membership.objects.select_related("project__account").filter(user=user)
    # Where a form names the project, it may name anything: PostgreSQL takes no NUL in a text.
    membership = None if "\0" in slug else memberships.filter(project__slug=slug).first()
    if membership is None:
        raise Http404("There is no such project.")
    if not Role(membership.role).includes(role):
        raise PermissionDenied(
            f"You are {membership.get_role_display().lower()} in {membership.project.name}; "
            f"this needs the role {role.label.lower()}. A producer of the project can give it to you."
        )
    project: Project = membership.project
    return project


def may_start_projects(user: Any) -> bool:
    """Whether the user may open a project, and with it a budget that is paid with the studio's own keys."""
    return bool(user.has_perm("studio.add_project"))


def may_see_operations(user: Any) -> bool:
    """Whether the user may see the state of the whole house, over all projects."""
    return bool(user.is_staff and user.has_perm("generation.view_generation"))


def may_act_on_operations(user: Any) -> bool:
    """Whether the user may retry, give up and decide about orders of all projects, with their money."""
    return bool(user.is_staff and user.has_perm("generation.change_generation"))


def refuse_design(user: Any) -> None:
    """Raises PermissionDenied for whoever is no staff: the design page is for who builds the studio."""
    if not user.is_staff:
        raise PermissionDenied("Only staff see the design page. Whoever runs the studio can allow it.")


def may_read_mails(user: Any) -> bool:
    """Whether the user may read mails that were kept here: some carry links that open somebody's account."""
    return bool(user.is_superuser)


def refuse_operations(user: Any, *, acts: bool = False) -> None:
    """Raises PermissionDenied for whoever may not see the operations page or, with `acts`, not act there."""
    if not may_see_operations(user):
        raise PermissionDenied(
            "Only staff who may view generations see the operations page. Whoever runs the studio can allow it."
        )
    if acts and not may_act_on_operations(user):
        raise PermissionDenied(
            "Only staff who may change generations decide here. Whoever runs the studio can allow it."
        )


def role_in(user: Any, project: Project) -> Role:
    """The user's role in a project that `project_for` gave."""
    return Role(Membership.objects.values_list("role", flat=True).get(project=project, user=user))


def scene_for(user: Any, slug: str, scene_id: int, role: Role = Role.VIEWER) -> Scene:
    """A scene of a project of the user's."""
    project = project_for(user, slug, role)
    scene = get_object_or_404(Scene, pk=scene_id, project=project)
    scene.project = project
    return scene


def shot_for(user: Any, slug: str, shot_id: int, role: Role = Role.VIEWER) -> Shot:
    """A shot of a project of the user's, with its scene and project."""
    project = project_for(user, slug, role)
    shot = get_object_or_404(Shot.objects.select_related("scene"), pk=shot_id, scene__project=project)
    shot.scene.project = project
    return shot


def take_for(user: Any, slug: str, take_id: int, role: Role = Role.VIEWER) -> Take:
    """A take of a project of the user's, with what made it."""
    project = project_for(user, slug, role)
    takes = Take.objects.select_related("shot__scene", "generation__hold", "upload")
    take = get_object_or_404(takes, pk=take_id, shot__scene__project=project)
    take.shot.scene.project = project
    return take


def upload_for(user: Any, slug: str, upload_id: int, role: Role = Role.VIEWER) -> Upload:
    """An upload of a project of the user's."""
    return get_object_or_404(Upload, pk=upload_id, project=project_for(user, slug, role))


def library_of(user: Any) -> QuerySet[LibraryItem]:
    """The library's lines of all projects that the user is a member of."""
    return LibraryItem.objects.filter(project__in=Project.objects.for_user(user))


def kept_order_for(user: Any, slug: str, number: str, role: Role = Role.ARTIST) -> KeptOrder | None:
    """What a member wanted to order in a project of the user's; None where `number` names none that is still kept."""
    project = project_for(user, slug, role)
    if not number.isdecimal() or len(number) > 18:
        return None
    kept = KeptOrder.objects.select_related("person").filter(pk=number, project=project).first()
    if kept is not None:
        kept.project = project
    return kept


def notice_for(user: Any, notice_id: int) -> Notice:
    """A notice for the user, of a project that is still theirs."""
    return get_object_or_404(shown(user), pk=notice_id)


def projects_of(user: Any, role: Role) -> QuerySet[Project]:
    """The projects that are being worked on where the user's role allows this deed."""
    roles = [each for each in Role if each.includes(role)]
    members = Membership.objects.filter(user=user, role__in=roles)
    return Project.objects.current().filter(pk__in=members.values("project"))


def knows_costs_of(user: Any) -> set[int]:
    """The ids of the projects whose costs may stand in a file that the user takes away: those where they may order.

    The pages show them to every member; a file goes on to people who are none.
    """
    roles = [role for role in Role if role.includes(Role.ARTIST)]
    return set(Membership.objects.filter(user=user, role__in=roles).values_list("project", flat=True))


def comment_for(user: Any, slug: str, comment_id: int, role: Role = Role.VIEWER) -> Comment:
    """A comment on a take of a project of the user's, with that take."""
    project = project_for(user, slug, role)
    rows = Comment.objects.select_related(
        "take__shot__scene", "take__generation", "take__upload", "answers__take"
    )
    comment = get_object_or_404(rows, pk=comment_id, take__shot__scene__project=project)
    comment.take.shot.scene.project = project
    return comment


def comparison_for(user: Any, slug: str, comparison_id: int, role: Role = Role.VIEWER) -> Comparison:
    """A comparison of a project of the user's."""
    project = project_for(user, slug, role)
    comparison = get_object_or_404(Comparison, pk=comparison_id, project=project)
    comparison.project = project
    return comparison


def cell_for(user: Any, slug: str, comparison_id: int, cell_id: int, role: Role = Role.VIEWER) -> Cell:
    """A cell of a comparison of a project of the user's."""
    comparison = comparison_for(user, slug, comparison_id, role)
    cell = get_object_or_404(Cell.objects.select_related("prompt__shot"), pk=cell_id, comparison=comparison)
    cell.comparison = comparison
    return cell


def attempt_for(user: Any, slug: str, comparison_id: int, key: UUID) -> Attempt:
    """An attempt of a comparison of a project of the user's, by the key that its file has in addresses."""
    comparison = comparison_for(user, slug, comparison_id)
    attempts = Attempt.objects.select_related("cell__prompt", "cell__column", "generation")
    attempt = get_object_or_404(attempts, key=key, cell__comparison=comparison)
    attempt.cell.comparison = comparison
    return attempt


def client_link_for(user: Any, slug: str, link_id: int) -> ClientLink:
    """A client's link to a project of which the user is a producer."""
    project = project_for(user, slug, Role.PRODUCER)
    link = get_object_or_404(ClientLink, pk=link_id, project=project)
    link.project = project
    return link


def link_by_token(token: str) -> ClientLink:
    """The link of a token. One that was revoked, or whose project is archived, is as if it had never been."""
    found = ClientLink.objects.select_related("project").filter(
        token_hash=hash_of(token), revoked_at__isnull=True, project__archived_at__isnull=True
    )
    return get_object_or_404(found)


def reviewed_projects(user: Any) -> list[Project]:
    """The user's current projects in which they review, by name."""
    roles = [role for role in Role if role.includes(Role.REVIEWER)]
    found = Project.objects.filter(
        memberships__user=user, memberships__role__in=roles, archived_at__isnull=True
    )
    return list(found.order_by("name"))


def invitation_for(user: Any, slug: str, invitation_id: int) -> Invitation:
    """An invitation to a project of the user's, who must be a producer of it."""
    project = project_for(user, slug, Role.PRODUCER)
    return get_object_or_404(Invitation, pk=invitation_id, project=project)


def invitation_by(token: str) -> Invitation | None:
    """The invitation that a link from a mail opens, for whoever holds it; None when it opens nothing."""
    return invitations.by_token(token)


def producers(project: Project) -> list[Any]:
    """The people who may raise the budget."""
    return [
        membership.user
        for membership in project.memberships.filter(role=Role.PRODUCER).select_related("user").order_by("id")
    ]
