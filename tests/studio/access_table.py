"""Who may open each address of the site, and who may post to it. One line an address; a test finds those without one.

`see` is for looking, `act` for posting, `both` for a form that is looked at and posted. Each takes the smallest
role, or one of `Who`. What stands in an address (`shot_id`, `take_id`) is put in by `test_access`.
"""

from dataclasses import dataclass, field
from enum import Enum

from studio.models import Role

PRODUCER, ARTIST, REVIEWER, VIEWER = Role.PRODUCER, Role.ARTIST, Role.REVIEWER, Role.VIEWER


class Who(Enum):
    """Those who are not told from others by a role in a project."""

    EVERYBODY = "everybody, signed in or not"
    SIGNED_IN = "whoever is signed in"
    OWNER = "the person whose it is"
    HOUSE = "whom the house allows: staff, or who may start projects"
    MACHINE = "providers and monitors, which show a key of their own or ask nothing secret"


EVERYBODY, SIGNED_IN, OWNER, HOUSE, MACHINE = Who
type Audience = Role | Who


@dataclass(frozen=True)
class Rule:
    """The smallest role for each method; a method without one is refused with 405. `may_miss`: 404 for some who may."""

    get: Audience | None = None
    post: Audience | None = None
    may_miss: bool = field(default=False, kw_only=True)


def see(audience: Audience, *, may_miss: bool = False) -> Rule:
    return Rule(get=audience, may_miss=may_miss)


def act(audience: Audience, *, may_miss: bool = False) -> Rule:
    return Rule(post=audience, may_miss=may_miss)


def both(audience: Audience, *, may_miss: bool = False) -> Rule:
    return Rule(get=audience, post=audience, may_miss=may_miss)


TABLE: dict[str, Rule] = {
    # The house
    "healthz": both(MACHINE),
    "livez": both(MACHINE),
    "metrics": both(MACHINE),
    "generation:webhook": both(MACHINE),
    "studio:operations": see(HOUSE),
    "studio:operations-retry": act(HOUSE, may_miss=True),
    "studio:operations-give-up": act(HOUSE, may_miss=True),
    "studio:operations-decide": act(HOUSE, may_miss=True),
    "studio:operations-cancel": act(HOUSE, may_miss=True),
    "studio:design": see(HOUSE),
    "studio:mail-list": see(HOUSE),
    "studio:mail-detail": see(HOUSE, may_miss=True),
    "studio:mail-html": see(HOUSE, may_miss=True),
    # Signing in, and one's own account
    "login": both(EVERYBODY),
    "account_login": both(EVERYBODY),
    "logout": act(EVERYBODY),
    "account_logout": act(EVERYBODY),
    "account_inactive": see(EVERYBODY),
    "account_reset_password": both(EVERYBODY),
    "account_reset_password_done": see(EVERYBODY),
    "account_reset_password_from_key": both(EVERYBODY),
    "account_reset_password_from_key_done": see(EVERYBODY),
    "account_confirm_email": both(EVERYBODY, may_miss=True),
    "mfa_authenticate": both(EVERYBODY),
    "studio:invitation": both(EVERYBODY),
    "account": both(SIGNED_IN),
    "account_email": both(SIGNED_IN),
    "account_change_password": both(SIGNED_IN),
    "account_reauthenticate": both(SIGNED_IN),
    "usersessions_list": both(SIGNED_IN),
    "mfa_index": see(SIGNED_IN),
    "mfa_reauthenticate": both(SIGNED_IN),
    "mfa_activate_totp": both(SIGNED_IN),
    "mfa_deactivate_totp": both(SIGNED_IN, may_miss=True),
    "mfa_view_recovery_codes": see(SIGNED_IN, may_miss=True),
    "mfa_generate_recovery_codes": both(SIGNED_IN),
    "mfa_download_recovery_codes": see(SIGNED_IN, may_miss=True),
    # Over all projects of a person
    "studio:project-list": see(SIGNED_IN),
    "studio:person-live": see(SIGNED_IN),
    "studio:project-create": both(HOUSE),
    "studio:library": see(SIGNED_IN),
    "studio:library-card": see(SIGNED_IN, may_miss=True),
    "studio:library-download": both(SIGNED_IN, may_miss=True),
    "studio:library-upload": both(SIGNED_IN, may_miss=True),
    "studio:notice-list": see(SIGNED_IN),
    "studio:notice-bell": see(SIGNED_IN),
    "studio:notice-read": act(SIGNED_IN),
    "studio:notice-choices": both(SIGNED_IN),
    "studio:notice-open": see(OWNER),
    "studio:review-inbox": see(SIGNED_IN),
    "studio:review-session": see(SIGNED_IN),
    # A project
    "studio:project-detail": see(VIEWER),
    "studio:project-summary": see(VIEWER),
    "studio:project-live": see(VIEWER),
    "studio:project-activity": see(VIEWER),
    "studio:project-spend": see(VIEWER),
    "studio:spend-export": see(VIEWER),
    "studio:cut-download": both(VIEWER, may_miss=True),
    "studio:project-edit": both(PRODUCER),
    "studio:project-fallbacks": act(PRODUCER),
    "studio:project-budget": both(PRODUCER),
    "studio:project-profiles": act(PRODUCER),
    "studio:project-switch": act(ARTIST),
    "studio:project-members": Rule(get=VIEWER, post=PRODUCER),
    "studio:member-role": act(PRODUCER),
    "studio:member-remove": act(PRODUCER),
    "studio:invitation-create": act(PRODUCER),
    "studio:invitation-again": act(PRODUCER),
    "studio:invitation-revoke": act(PRODUCER),
    # Scenes and shots
    "studio:shot-import": both(ARTIST),
    "studio:project-generate": both(ARTIST),
    "studio:scene-generate": both(ARTIST),
    "studio:scene-create": both(ARTIST),
    "studio:scene-edit": both(ARTIST),
    "studio:scene-delete": both(ARTIST),
    "studio:scene-move": act(ARTIST),
    "studio:scene-strip": see(VIEWER),
    "studio:shot-create": both(ARTIST),
    "studio:shot-edit": both(ARTIST),
    "studio:shot-delete": both(ARTIST),
    "studio:shot-move": act(ARTIST),
    "studio:shot-card": see(VIEWER),
    "studio:shot-words": both(ARTIST),
    "studio:board-order": act(ARTIST),
    "studio:board-selection": act(ARTIST),
    "studio:board-density": act(VIEWER),
    "studio:filter-save": act(VIEWER),
    "studio:filter-delete": act(OWNER),
    "studio:shot-activity": see(VIEWER),
    "studio:prompt-history": see(VIEWER),
    "studio:prompt-restore": act(ARTIST, may_miss=True),
    # The shot page and its takes
    "studio:shot-detail": see(VIEWER),
    "studio:shot-parameters": act(ARTIST),
    "studio:shot-estimate": act(ARTIST),
    "studio:shot-generate": act(ARTIST),
    "studio:shot-save": act(ARTIST),
    "studio:shot-follow": act(ARTIST),
    "studio:shot-upload": act(ARTIST),
    "studio:kept-order-drop": act(OWNER),
    "studio:take-list": see(VIEWER),
    "studio:take-detail": see(VIEWER),
    "studio:take-tile": see(VIEWER),
    "studio:take-circle": act(REVIEWER),
    "studio:take-uncircle": act(REVIEWER),
    "studio:take-open": act(REVIEWER),
    "studio:take-refine": act(ARTIST),
    "studio:take-retry": act(ARTIST),
    "studio:take-cancel": act(ARTIST),
    "studio:comparison-list": see(VIEWER),
    "studio:comparison-create": both(ARTIST),
    "studio:comparison-strengths": see(VIEWER),
    "studio:comparison-rules": Rule(get=VIEWER, post=PRODUCER),
    "studio:comparison-rules-apply": act(ARTIST),
    "studio:comparison": see(VIEWER),
    "studio:comparison-summary": see(VIEWER),
    "studio:comparison-cell": see(VIEWER),
    "studio:comparison-file": see(VIEWER),
    "studio:comparison-poster": see(VIEWER),
    "studio:comparison-retry": act(ARTIST),
    "studio:comparison-take": both(ARTIST),
    "studio:comparison-score": act(REVIEWER),
    "studio:comparison-report": see(VIEWER),
    "studio:comparison-export": see(ARTIST),
    "studio:comparison-use": both(ARTIST),
    "studio:comparison-criteria": both(PRODUCER),
    "studio:comparison-vote": both(REVIEWER),
    "studio:comparison-reveal": act(ARTIST),
    "studio:shot-compare": see(VIEWER),
    "studio:compare-circle": act(REVIEWER, may_miss=True),
    "studio:media-output": see(VIEWER),
    "studio:media-poster": see(VIEWER),
    "studio:media-blurred": see(VIEWER),
    "studio:project-uploads": Rule(get=VIEWER, post=ARTIST),
    "studio:upload-use": Rule(get=VIEWER, post=ARTIST),
    "studio:upload-file": see(VIEWER),
    "studio:upload-poster": see(VIEWER),
    # Review
    "studio:project-review": see(VIEWER),
    "studio:scene-review": see(VIEWER),
    "studio:take-review": see(VIEWER),
    "studio:take-talk": see(VIEWER),
    "studio:comment-create": act(REVIEWER),
    "studio:comment-reply": act(REVIEWER),
    "studio:comment-edit": act(REVIEWER),
    "studio:comment-resolve": act(REVIEWER),
    "studio:take-verdict": act(REVIEWER),
    "studio:review-circle": act(REVIEWER),
    "studio:take-stars": act(REVIEWER),
    # Links for clients: the token of the table's values is another's, so all there is to find is a 404.
    "studio:client-list": see(EVERYBODY, may_miss=True),
    "studio:client-enter": both(EVERYBODY, may_miss=True),
    "studio:client-take": see(EVERYBODY, may_miss=True),
    "studio:client-file": see(EVERYBODY, may_miss=True),
    "studio:client-poster": see(EVERYBODY, may_miss=True),
    "studio:client-comment": act(EVERYBODY, may_miss=True),
    "studio:client-verdict": act(EVERYBODY, may_miss=True),
    "studio:client-link-list": both(PRODUCER),
    "studio:client-link-detail": see(PRODUCER, may_miss=True),
    "studio:client-link-revoke": act(PRODUCER, may_miss=True),
}
