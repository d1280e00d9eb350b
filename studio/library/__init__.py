"""The library: every take and upload of a person's projects, found again, looked at, and handed out."""
