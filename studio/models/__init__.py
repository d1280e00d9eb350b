"""The nouns of the film. Each is imported from here."""

from studio.models.fallback import Fallback
from studio.models.project import Membership, Project, Role
from studio.models.shot import Scene, Shot
from studio.models.take import Take, Upload

__all__ = ["Fallback", "Membership", "Project", "Role", "Scene", "Shot", "Take", "Upload"]
