"""A take ordered once more, as it was: what that costs today, why it cannot be, and what replaces it already."""

from dataclasses import dataclass

from generation.catalogue import InvalidArgumentsError, ModelSpec, UnknownModelError, catalogue
from generation.models import Generation, Status
from generation.orders import price
from generation.pricing import Quote, UnknownPriceError
from generation.providers import is_mocked
from generation.switches.in_force import why_off
from studio.fallbacks import is_stand_in
from studio.models import Take
from studio.plans import TakeRefusedError, refuse_closed_inputs
from studio.price_tags import PriceTag, differs

REPLACED = "Another take has been ordered in its place meanwhile."


@dataclass(frozen=True)
class OnceMore:
    """The order as it would be now; without a price it cannot be, and `problem` says why.

    `replaced_by` is the newest take that was ordered in the place of one that failed.
    """

    quote: Quote | None = None
    problem: str = ""
    replaced_by: Take | None = None

    @property
    def tag(self) -> PriceTag | None:
        """What its button shows."""
        return PriceTag.of(self.quote, str(self.since or "")) if self.quote else None

    @property
    def since(self) -> int:
        """The id of the newest generation that replaces it; 0 when none does."""
        return (self.replaced_by and self.replaced_by.generation_id) or 0

    @property
    def replaced_words(self) -> str:
        """That the failed take was replaced, and by what; else empty."""
        new = self.replaced_by.generation if self.replaced_by else None
        if new is None:
            return ""
        if is_stand_in(new):
            return f"Its model was down, so the fallback {_name(new.model)} was ordered in its place."
        return "It was ordered again already."

    def differs(self, shown: str) -> str:
        """How it is dearer or other than what was shown, in sentences; empty where it is not."""
        return differs(self.tag, shown, REPLACED) if self.tag else ""


def once_more(take: Take) -> OnceMore | None:
    """None for an upload, and while the take may still arrive. It comes with its generation, shot and project."""
    generation = take.generation
    if generation is None or not generation.is_finished:
        return None
    replaced_by = _replacement(generation)
    try:
        _refuse_archived(take)
        spec = catalogue().find(generation.model)
        _refuse_off(spec)
        refuse_closed_inputs(take)
        request = generation.request
        quote = price(generation.model, request["values"], measures=request.get("measures"))
    except InvalidArgumentsError as error:
        return OnceMore(None, " ".join(error.errors.values()), replaced_by)
    except (TakeRefusedError, UnknownModelError, UnknownPriceError) as error:
        return OnceMore(None, str(error), replaced_by)
    return OnceMore(quote, "", replaced_by)


def _refuse_archived(take: Take) -> None:
    if take.shot.scene.project.archived_at:
        raise TakeRefusedError("The project is archived.")
    if take.shot.archived_at:
        raise TakeRefusedError("The shot is archived. Bring it back first.")


def _refuse_off(spec: ModelSpec) -> None:
    if reason := why_off(spec):
        raise TakeRefusedError(reason)
    if spec.status == "retired" and not is_mocked(spec.provider):
        raise TakeRefusedError(f"{spec.name} is no longer offered by its provider.")


def _replacement(failed: Generation) -> Take | None:
    if failed.status != Status.FAILED:
        return None
    takes = Take.objects.filter(generation__replaces=failed).select_related("generation__replaces")
    return takes.order_by("generation_id").last()


def _name(model: str) -> str:
    try:
        return catalogue().find(model).name
    except UnknownModelError:
        return model
