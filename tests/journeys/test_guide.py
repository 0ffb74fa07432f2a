"""The guide for integrators, run word for word by somebody who has nothing but the guide: a court's system."""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.journeys.actors import eventually
from tests.journeys.conftest import DEPARTMENT

GUIDE = Path(__file__).parents[2] / "docs" / "integration.md"
_BLOCK = re.compile(r"<!-- run: ([a-z-]+) -->\n```(bash|python)\n(.*?)```", re.DOTALL)
BLOCKS = {name: (language, code) for name, language, code in _BLOCK.findall(GUIDE.read_text(encoding="utf-8"))}
SUBJECT, ORGAN = "guide-court-system", "guide-court"


class _Receiving(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.received.append({"headers": {k.lower(): v for k, v in self.headers.items()}, "body": body})
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        """What is received is asserted, not printed."""


@pytest.fixture(scope="module")
def receiver():
    server = HTTPServer(("127.0.0.1", 0), _Receiving)
    server.received = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def environment(system, caller, receiver, tmp_path_factory):
    """What the operator gives to a system that is connected, and Kafka's tools by the name that the guide uses."""
    operator = caller("operator", organisation_kind="department", subject="op")
    client = operator.done("exchange", "/v1/clients", {
        "subject": SUBJECT, "name": "对接测试法院", "organisation_kind": "court", "organ_code": ORGAN,
        "region": "410000", "reason": "数据共享协议",
    })  # fmt: skip
    kafka = eventually(lambda: _credentials(operator, client["client_id"]))
    folder = tmp_path_factory.mktemp("guide")
    tool = folder / "kafka-console-consumer.sh"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m yulu_local.kafka_tools console-consumer "$@"\n')
    tool.chmod(0o755)
    properties = folder / "client.properties"
    properties.write_text(
        "security.protocol=SASL_SSL\n"
        f"sasl.mechanism={kafka['mechanism']}\n"
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
        f'username="{kafka["user"]}" password="{kafka["password"]}";\n'
        f"ssl.truststore.type=PEM\nssl.truststore.location={system.data_dir / 'kafka' / 'tls' / 'ca.pem'}\n"
    )
    return os.environ | {
        "PATH": f"{folder}:{os.environ['PATH']}", "EXCHANGE_URL": system.url("exchange"), "NO_PROXY": "127.0.0.1",
        "TOKEN": system.token("stream-client", organisation_kind="court", organisation_id=ORGAN, subject=SUBJECT),
        "KAFKA": f"127.0.0.1:{system.kafka_external_port}", "CLIENT_PROPERTIES": str(properties),
        "GROUP": f"{kafka['group_prefix']}1",
        "RECEIVER_URL": f"http://127.0.0.1:{receiver.server_port}/webhooks",
    }  # fmt: skip


def _credentials(operator, client_id):
    answer = operator.post("exchange", f"/v1/clients/{client_id}/kafka-credentials", {})
    return answer.json() if answer.status_code in (200, 201) else None


@pytest.fixture(scope="module", autouse=True)
def something_public(department, zhengzhou, environment):
    """A firm: its establishment is released to everybody."""
    assert DEPARTMENT["kind"] == "department"
    zhengzhou.registers_firm()
    eventually(lambda: json.loads(run("page", environment))["events"])


def run(name, environment, *arguments, given=None):
    language, code = BLOCKS[name]
    command = ["bash", "-euo", "pipefail", "-c", code] if language == "bash" else [sys.executable, "-c", code]
    done = subprocess.run(
        [*command, *arguments], check=False, env=environment, input=given, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_block_of_the_guide_is_run_here():
    assert set(BLOCKS) == {
        "page", "long-poll", "ndjson", "sse", "kafka", "webhook-add", "webhook-verify", "correction", "foreign-cursor",
    }  # fmt: skip


def test_pages_lines_and_long_polling(environment):
    page = json.loads(run("page", environment))
    assert page["events"][0]["source"] == "public.events"
    lines = [json.loads(line) for line in run("ndjson", environment).splitlines()]
    assert lines
    assert all(line["cursor"] for line in lines)
    assert "next" in json.loads(run("long-poll", environment))


def test_server_sent_events(environment):
    assert run("sse", environment, "1").startswith("lawyers.")


def test_kafkas_own_console_consumer_over_tls(environment):
    def read():
        message = run("kafka", environment)
        return message and json.loads(message)

    event = eventually(read)
    assert event["type"].startswith("lawyers.")
    assert event["specversion"] == "1.0"


def test_a_webhook_is_registered_received_and_verified(environment, receiver, zhengzhou):
    made = json.loads(run("webhook-add", environment))
    zhengzhou.registers_firm()
    received = eventually(lambda: list(receiver.received))[0]
    secret = environment | {"WEBHOOK_SECRET": made["secret"]}
    assert run("webhook-verify", secret, given=json.dumps(received)).startswith("lawyers.")
    forged = received | {"body": received["body"].replace("lawyers.", "lawyer5.", 1)}
    with pytest.raises(AssertionError, match="WebhookVerificationError"):
        run("webhook-verify", secret, given=json.dumps(forged))


def test_a_correction_is_received_and_a_foreign_cursor_refused_by_name(environment):
    asked = json.loads(run("correction", environment))
    assert asked["line"]["state"] == "received"
    refused = json.loads(run("foreign-cursor", environment))
    assert (refused["status"], refused["field"]) == (422, "after")
    assert refused["type"].endswith("cursor-of-another-deployment")
