"""The page of selection rules: saved in order, previewed with prices, applied only as shown, told on the take."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from studio import takes
from studio.models import Role, SelectionRule, Shot
from tests.factories import make_member, make_project, make_scene, make_shot

KLING, WAN = "kling-2.5-turbo-text", "wan-25-preview-text"
HOME, APPLY = "/tide/comparisons/rules/", "/tide/comparisons/rules/apply/"


@pytest.fixture
def project(db, client):
    project = make_project(slug="tide")
    client.force_login(project.memberships.get(role=Role.PRODUCER).user)
    scene = make_scene(project)
    make_shot(scene, prompt="Soap is cut.")
    make_shot(scene, prompt="Sand is poured.")
    return project


def rows(*rules):
    """What the form of these rules sends, with the empty row that follows them."""
    sent = {"rules-TOTAL_FORMS": len(rules) + 1, "rules-INITIAL_FORMS": 0}
    for number, rule in enumerate([*rules, {}]):
        sent |= {f"rules-{number}-{name}": value for name, value in rule.items()}
    return sent


def test_rules_are_saved_in_their_order_previewed_and_applied_as_shown(client, project):
    second, first = (
        {"model": KLING, "ORDER": 2},
        {"words": "soap; foam", "longest": "6", "model": WAN, "ORDER": 1},
    )
    assert client.post(HOME, rows(second, first)).status_code == 302
    kept = list(SelectionRule.objects.values_list("position", "words", "longest", "model"))
    assert kept == [(1, "soap, foam", Decimal(6), WAN), (2, "", None, KLING)]
    page = client.get(HOME).text
    assert "If the prompt has “soap” or “foam”" in page
    assert "+$0.54" in page  # 0.75 instead of 0.21, for one of the two shots
    shown = re.search(r'name="shown" value="([^"]+)"', page)[1]
    make_shot(make_scene(project), prompt="More soap.")
    answer = client.post(APPLY, {"shown": shown})
    assert answer.status_code == 409
    assert set(Shot.objects.values_list("model", flat=True)) == {""}
    shown = re.search(r'name="shown" value="([^"]+)"', answer.text)[1]
    assert client.post(APPLY, {"shown": shown}).status_code == 302
    assert list(Shot.objects.order_by("pk").values_list("model", flat=True)) == [WAN, "", WAN]
    shot = Shot.objects.earliest("pk")
    takes.order([takes.plan(shot)], None)
    assert "Rule 1: the prompt has “soap” or “foam”" in client.get(shot.get_absolute_url()).text


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"words": "soap"}, "This field is required"),
        ({"model": "no-such-model"}, "no-such-model"),
        ({"model": WAN, "shortest": "8", "longest": "6"}, "swap the two"),
        ({"model": WAN, "budget_below": "200"}, "less than or equal to 100"),
    ],
)
def test_a_rule_that_is_none_is_answered_with_words_and_nothing_is_saved(client, project, rule, words):
    SelectionRule.objects.create(project=project, position=1, model=KLING)
    answer = client.post(HOME, rows(rule))
    assert answer.status_code == 422
    assert words in answer.text
    assert SelectionRule.objects.get().model == KLING


def test_a_rule_that_never_decides_is_told(client, project):
    client.post(HOME, rows({"model": KLING, "ORDER": 1}, {"words": "soap", "model": WAN, "ORDER": 2}))
    assert "Rule 2 never decides" in client.get(HOME).text
    client.force_login(make_member(project, Role.VIEWER))
    page = client.get(HOME).text
    assert "Save the rules" not in page
    assert "Apply the rules" not in page
    assert client.post(reverse("studio:comparison-rules", args=["tide"]), rows()).status_code == 403
