"""`python manage.py demo`: set up everything, load the demo production once, and run the studio."""

from typing import Any

from django.core.management import call_command

from studio.demo_production import DemoAccess, load_demo
from studio.management.commands import up


class Command(up.Command):
    help = "Migrate, load the demo production once, and run the whole studio in this process, until Ctrl-C."
    access: DemoAccess

    def prepare(self, options: dict[str, Any]) -> None:
        super().prepare(options)
        call_command("migrate", verbosity=0)
        self.access = load_demo()

    def welcome(self, options: dict[str, Any]) -> None:
        super().welcome(options)
        self.stdout.write(self.access.sign_in)
