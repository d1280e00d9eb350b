"""`python manage.py prepare_bucket`: the bucket of S3_BUCKET, with the rule that ends unfinished uploads."""

from typing import Any

from django.core.management.base import CommandError

from billing.console import OneLineCommand
from generation.bucket import BucketError, prepare


class Command(OneLineCommand):
    help = (
        "Make the bucket of S3_BUCKET, and its rule that removes unfinished uploads, where they are missing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = prepare()
        except BucketError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(done) or "Nothing to do: bucket and rule are there.")
