"""A project's retention in plain words."""

from django.utils import timezone
from django.utils.formats import date_format

from studio import retention
from studio.models import Project
from studio.take_words import weight


def outlook(project: Project) -> str:
    """What the next housekeeping would clear of a project; empty where all is kept."""
    if project.keep_days is None:
        return ""
    found = retention.outlook(project)
    if found.next_at is None:
        when = "when somebody runs housekeep, for none is planned"
    else:
        when = f"by the housekeeping on {date_format(timezone.localtime(found.next_at), 'j F, H:i')}"
    if not found.takes:
        return f"Nothing is old enough yet to be cleared {when}."
    files = "1 file" if found.files == 1 else f"{found.files} files"
    takes = "1 take" if found.takes == 1 else f"{found.takes} takes"
    return f"As things stand, {files} of {takes} ({weight(found.size_bytes)}) will be cleared {when}."
