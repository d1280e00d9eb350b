"""What all commands of the house have in common: a refusal is one line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class OneLineCommand(BaseCommand):
    """A command whose refusal of its arguments is one line on stderr, without the usage before it."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        setattr(parser, "print_usage", _say_nothing)  # noqa: B010 - an instance's method cannot be assigned otherwise
        return parser


def _say_nothing(file: object = None) -> None:
    """In the place of argparse's usage, which it prints before each error."""
