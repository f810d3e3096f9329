import subprocess
import sys

import pytest
from prometheus_client import REGISTRY, generate_latest

from aurous import metrics

NAMES = {
    "aurous_http_requests_total",
    "aurous_http_seconds",
    "aurous_admission_batch_items",
    "aurous_compute_batch_items",
    "aurous_compute_batch_tokens",
    "aurous_compute_seconds",
    "aurous_settlement_batch_items",
    "aurous_settlement_seconds",
    "aurous_requests_settled_total",
    "aurous_requests_released_total",
    "aurous_queue_oldest_seconds",
    "aurous_queue_items",
    "aurous_late_results_total",
    "aurous_webhook_attempts_total",
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_metric_is_exported_with_a_help_text(name):
    text = generate_latest(REGISTRY).decode()
    assert f"# HELP {name} " in text


def test_labels_are_few_and_bounded():
    labels = {
        label for metric in vars(metrics).values() for label in getattr(metric, "_labelnames", ())
    }
    assert labels == {"route", "method", "status", "model", "code", "kind", "outcome"}


SCRIPT = """
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
from aurous import metrics

metrics.QUEUE_ITEMS.labels("m").set({value})
metrics.REQUESTS_SETTLED.labels("m").inc({value})
registry = CollectorRegistry()
multiprocess.MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def test_several_processes_are_summed_and_a_gauge_is_the_latest(tmp_path):
    for value in (3, 4):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(value=value)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": "", "PYTHONPATH": "."},
        )
    assert 'aurous_requests_settled_total{model="m"} 7.0' in done.stdout
    assert 'aurous_queue_items{model="m"} 4.0' in done.stdout
