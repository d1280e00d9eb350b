"""The team of a project in the admin: changed by the same rules as on its page; invitations are only looked at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest

from studio import team
from studio.models import Invitation, Membership, Role


class MembershipFormSet(forms.BaseInlineFormSet):
    """The members of a project; a producer stays."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data.get("user") and not form.cleaned_data.get("DELETE")
        ]
        if self.initial_forms and not any(row["role"] == Role.PRODUCER for row in kept):
            raise forms.ValidationError("A project keeps a producer. Make somebody else a producer first.")


class MembershipInline(admin.TabularInline):
    """Who works on the project. Whoever is on the team keeps their place; another person is another row."""

    model = Membership
    formset = MembershipFormSet
    fields = ("user", "role", "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("user",)
    extra = 0


class InvitationInline(admin.TabularInline):
    """Who was asked to join. Producers invite, repeat and take back on the page of the team."""

    model = Invitation
    fields = readonly_fields = (
        "address",
        "role",
        "state",
        "invited_by",
        "invited_at",
        "expires_at",
        "accepted_by",
        "accepted_at",
        "revoked_at",
    )
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@transaction.atomic
def save_members(formset: Any, by: Any) -> None:
    """Write what was changed as the page of the team does: told to the people, and noted. New producers first."""
    formset.save(commit=False)
    changed = [member for member, _ in formset.changed_objects]
    for member in formset.new_objects:
        team.add_member(member.project, member.user.get_username(), Role(member.role), by)
    for member in sorted(changed, key=lambda each: each.role != Role.PRODUCER):
        team.change_role(member, Role(member.role), by)
    for member in formset.deleted_objects:
        team.remove_member(member, by)
