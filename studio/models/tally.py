"""How often something was done lately, for limits that all processes share."""

from django.db import models


class Tally(models.Model):
    """One count in one stretch of time. The name is a hash: who or what was counted cannot be read off it."""

    name = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True, help_text="When counting begins anew.")

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.count} until {self.until:%F %T}"
