"""What the deny-list has is refused before money is held, and the decision stays although the order does not."""

import hashlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from billing.models import Hold
from generation import orders, refusals
from generation.models import ContentDecision, DenyRule, Generation
from generation.orders import Order
from generation.refusals import ContentRefusedError, OrderRefusedError
from generation.safety.models import Decision, RuleKind
from studio import takes
from studio.models import Take
from studio.plans import plan
from tests.factories import make_project, make_scene, make_shot, make_take, make_user

pytestmark = pytest.mark.django_db

KLING = "kling-2.5-turbo-text"


def make_rule(text: str = "gore\nsevered head", note: str = "no gore", **fields: Any) -> DenyRule:
    rule = DenyRule(text=text, note=note, **fields)
    rule.full_clean()
    rule.save()
    return rule


def order(project: Any, model: str = KLING, **values: Any) -> Order:
    given = {"seconds": 5} if model == KLING else {}
    return Order(account=project.account, model=model, values=given | values, requested_by=make_user())


def test_a_denied_prompt_is_refused_before_money_is_held() -> None:
    rule, project = make_rule(), make_project()
    prompt = "A long night. Then a SEVERED-HEAD rolls in. " + "Rain. " * 20
    asked = order(project, prompt=prompt)
    with pytest.raises(ContentRefusedError) as caught:
        orders.place(asked)
    assert isinstance(caught.value, OrderRefusedError)
    assert "no gore" in str(caught.value)
    assert "“Prompt”" in str(caught.value)
    assert "severed" not in str(caught.value)
    assert not Generation.objects.exists()
    assert not Hold.objects.exists()
    made = ContentDecision.objects.get()
    assert (made.rule, made.rule_text, made.decision) == (rule, rule.text, Decision.REFUSED)
    assert (made.account, made.requested_by) == (project.account, asked.requested_by)
    assert (made.model, made.order_key, made.parameter) == (KLING, asked.key, "Prompt")
    assert made.sha256 == hashlib.sha256(prompt.strip().encode()).hexdigest()
    assert len(made.excerpt) <= 200


def test_other_prompts_pass() -> None:
    make_rule()
    assert orders.place(order(make_project(), prompt="A head of lettuce, gored by nobody.")).pk
    assert not ContentDecision.objects.exists()


def test_a_negative_prompt_may_name_what_must_not_be_seen() -> None:
    make_rule()
    generation = orders.place(order(make_project(), prompt="A calm sea.", negative_prompt="gore, blood"))
    assert generation.request["values"]["negative_prompt"] == "gore, blood"


def test_texts_inside_other_values_are_read() -> None:
    make_rule()
    shots = [{"prompt": "A calm sea.", "duration": 5}, {"prompt": "Gore on the beach.", "duration": 5}]
    with pytest.raises(ContentRefusedError):
        orders.place(order(make_project(), "kling-3.0-pro-text", multi_prompt=shots))


def test_the_address_of_a_file_is_no_text() -> None:
    make_rule()
    asked = order(
        make_project(),
        "kling-2.5-turbo-image",
        prompt="A calm sea.",
        image_url="https://files.example/gore/sea.png",
        seconds=5,
    )
    assert orders.place(asked).pk


def test_a_rule_of_one_account_leaves_others_alone_and_a_sleeping_one_all() -> None:
    mine, other = make_project(), make_project()
    make_rule(account=mine.account)
    make_rule("calm", "nothing calm", is_active=False)
    assert orders.place(order(other, prompt="Gore on a calm sea.")).pk
    with pytest.raises(ContentRefusedError):
        orders.place(order(mine, prompt="Gore on a calm sea."))


def test_a_pattern_is_searched_in_each_text() -> None:
    make_rule(r"\bgun(s|shot)?\b", "no firearms", kind=RuleKind.PATTERN)
    project = make_project()
    assert orders.place(order(project, prompt="The gunwale of a boat.")).pk
    with pytest.raises(ContentRefusedError, match="no firearms"):
        orders.place(order(project, prompt="Two GUNS on a table."))
    assert ContentDecision.objects.get().excerpt == "Two GUNS on a table."


def test_a_rule_that_cannot_be_used_refuses_rather_than_lets_through() -> None:
    DenyRule.objects.create(kind=RuleKind.PATTERN, text="(a+)+$", note="a clumsy rule")
    with pytest.raises(ContentRefusedError, match="cannot be checked"):
        orders.place(order(make_project(), prompt="a" * 500 + "!"))
    assert ContentDecision.objects.get().decision == Decision.UNCHECKED


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (RuleKind.WORDS, " \n--", "at least one word"),
        (RuleKind.PATTERN, "(", "no regular expression"),
        (RuleKind.PATTERN, "(a+)+$", "takes too long"),
        (RuleKind.PATTERN, "gun|", "empty text"),
    ],
)
def test_a_text_that_cannot_be_searched_for_is_no_rule(kind: RuleKind, text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        make_rule(text, kind=kind)


def test_one_denied_shot_of_many_refuses_them_all_and_is_remembered_once() -> None:
    make_rule()
    scene = make_scene()
    planned = [plan(make_shot(scene)), plan(make_shot(scene, prompt="Gore."))]
    with pytest.raises(ContentRefusedError):
        takes.order(planned, make_user())
    assert not Take.objects.exists()
    assert not Generation.objects.exists()
    assert ContentDecision.objects.count() == 1


def test_an_old_take_is_not_ordered_again_once_a_rule_forbids_it() -> None:
    take = make_take()
    make_rule("wave", "no waves")
    with pytest.raises(ContentRefusedError):
        takes.retry(take, make_user())
    assert ContentDecision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_decision_stays_when_the_transaction_of_the_order_is_taken_back() -> None:
    make_rule()
    project = make_project()
    wanted = [order(project, prompt="A calm sea."), order(project, prompt="Gore.")]
    with pytest.raises(ContentRefusedError), refusals.remembered(), transaction.atomic():
        [orders.place(each) for each in wanted]
    assert not Generation.objects.exists()
    assert ContentDecision.objects.count() == 1


def test_decisions_are_never_changed() -> None:
    make_rule()
    with pytest.raises(ContentRefusedError), transaction.atomic():
        orders.place(order(make_project(), prompt="Gore."))
    with pytest.raises(ContentRefusedError):
        orders.place(order(make_project(), prompt="Gore."))
    made = ContentDecision.objects.get()
    with pytest.raises(TypeError):
        ContentDecision.objects.update(rule_note="something else")
    with pytest.raises(TypeError):
        made.save()
    with pytest.raises(TypeError):
        made.delete()
