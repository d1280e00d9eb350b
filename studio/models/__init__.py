"""The nouns of the film. Each is imported from here."""

from studio.models.account_mail import AccountMail, AccountMatter
from studio.models.activity import Activity, Deed
from studio.models.client_link import ClientLink, LinkUse, MarkedFile, Offer, Scope, Use
from studio.models.comparison import Attempt, Cell, ComparedModel, ComparedPrompt, Comparison, PromptSet
from studio.models.fallback import Fallback
from studio.models.invitation import Invitation
from studio.models.kept_order import KeptOrder
from studio.models.library import LibraryItem
from studio.models.notice import Notice, NoticeChoice, NoticeKind, NoticeMail
from studio.models.opinion import Ballot, Criterion, Score, WeakVote
from studio.models.profile import Profile
from studio.models.project import Membership, ProfileKind, Project, Role
from studio.models.prompt import PromptVersion
from studio.models.review import Comment, Judgement, Rating, Verdict
from studio.models.saved_filter import SavedFilter
from studio.models.selection_rule import SelectionRule
from studio.models.shot import Scene, Shot
from studio.models.take import Take, Upload
from studio.models.tally import Tally

__all__ = [
    "AccountMail",
    "AccountMatter",
    "Activity",
    "Attempt",
    "Ballot",
    "Cell",
    "ClientLink",
    "Comment",
    "ComparedModel",
    "ComparedPrompt",
    "Comparison",
    "Criterion",
    "Deed",
    "Fallback",
    "Invitation",
    "Judgement",
    "KeptOrder",
    "LibraryItem",
    "LinkUse",
    "MarkedFile",
    "Membership",
    "Notice",
    "NoticeChoice",
    "NoticeKind",
    "NoticeMail",
    "Offer",
    "Profile",
    "ProfileKind",
    "Project",
    "PromptSet",
    "PromptVersion",
    "Rating",
    "Role",
    "SavedFilter",
    "Scene",
    "Scope",
    "Score",
    "SelectionRule",
    "Shot",
    "Take",
    "Tally",
    "Upload",
    "Use",
    "Verdict",
    "WeakVote",
]
