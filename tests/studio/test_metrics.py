"""What Prometheus reads: closed by default, and the same figures as the page."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from generation import health
from generation.models import Status
from generation.operations.figures import as_json, figures
from tests.factories import make_generation, make_project

pytestmark = pytest.mark.django_db

TOKEN = "a-long-token-for-tests"


@pytest.fixture
def token(settings: Any) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


def read(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}]
)
def test_it_is_not_there_without_the_token(client: Client, token: str, headers: dict[str, str]) -> None:
    assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}])
def test_it_is_closed_by_default(client: Client, headers: dict[str, str]) -> None:
    assert client.get("/metrics", headers=headers).status_code == 404


def test_it_is_open_to_a_network_and_a_header_does_not_move_anybody_into_it(
    client: Client, settings: Any
) -> None:
    settings.METRICS_NETWORKS = ["10.1.0.0/16", "fd00::/8"]
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="fd00::1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 404
    spoofed = client.get("/metrics", REMOTE_ADDR="10.2.0.1", headers={"X-Forwarded-For": "10.1.2.3"})
    assert spoofed.status_code == 404


def test_settings_that_cannot_be_meant_are_named(settings: Any) -> None:
    settings.METRICS_NETWORKS, settings.METRICS_TOKEN = ["10.0.0.1/8"], "short"
    assert {error.id for error in run_checks()} >= {"studio.E004", "studio.E005"}


def test_it_says_what_the_figures_say(client: Client, token: str) -> None:
    project, now = make_project(), timezone.now()
    make_generation(project, status=Status.UNCERTAIN, created_at=now - timedelta(hours=1))
    make_generation(project, status=Status.SUBMITTED, provider="fal")
    make_generation(project, status=Status.FAILED, error_code="not_sent")
    for seconds in (10, 90):
        make_generation(
            project, status=Status.SUCCEEDED, created_at=now - timedelta(seconds=seconds), finished_at=now
        )
    health.broke_off("sweep", "rules that broke off: queued (ZeroDivisionError)")
    found, said = read(client), as_json(figures())

    def sample(name: str, **labels: str) -> float:
        return found[f"rushes_{name}", frozenset(labels.items())]

    for row in said["in_flight"]:
        assert sample("in_flight", state=row["status"], provider=row["provider"]) == row["count"]
    assert sum(value for (name, _), value in found.items() if name == "rushes_in_flight") == 2
    for name in ("uncertain", "to_decide", "dead_letters", "stranded_holds"):
        assert sample(name) == said[name]["count"]
        assert sample(f"{name}_held_micro_usd") == float(said[name]["held"]) * 1_000_000
    assert sample("uncertain_oldest_seconds") == pytest.approx(said["uncertain"]["oldest_seconds"], abs=5)
    (slug,) = said["models"]
    model = said["models"][slug]
    for outcome in ("succeeded", "failed", "cancelled"):
        assert sample("ended", model=slug, outcome=outcome) == model[outcome]
    assert sample("order_to_file_seconds", model=slug, quantile="0.5") == model["median_seconds"] == 10
    assert sample("order_to_file_seconds", model=slug, quantile="0.95") == model["p95_seconds"] == 90
    assert sample("cost_micro_usd", model=slug, quantile="0.5") == 350_000
    assert sample("part_up", part="sweep") == sample("part_up", part="worker") == 0
    assert sample("part_up", part="database") == 1
    assert sample("heartbeat_failing", part="sweep") == 1
    assert ("rushes_heartbeat_seconds", frozenset({("part", "sweep")})) not in found, "unknown is never zero"
    assert sample("mails_waiting") == said["mails"]["waiting"]
    assert sample("watched") == 0
