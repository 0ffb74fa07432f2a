"""Logs: JSON with a correlation id, without personal data or secrets, whoever logs."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from common.telemetry import (
    bind_correlation_id,
    configure_logging,
    get_logger,
    new_correlation_id,
    scrub,
    unbind_correlation_id,
)

ID_CARD = "410105199001011234"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("registry-api", "INFO", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_is_json_with_the_correlation_id(lines: io.StringIO) -> None:
    token = bind_correlation_id("abc-12345")
    get_logger("feature").info("done", count=3)
    unbind_correlation_id(token)
    line = json.loads(lines.getvalue())
    assert (line["event"], line["count"], line["level"]) == ("done", 3, "info")
    assert (line["service"], line["correlation_id"], line["logger"]) == ("registry-api", "abc-12345", "feature")


def test_secrets_and_id_numbers_are_redacted_at_any_depth(lines: io.StringIO) -> None:
    get_logger("feature").info(
        "x", id_card="a", detail={"client_secret": "b", "note": [f"证件 {ID_CARD}"]}, receipt="c"
    )
    line = json.loads(lines.getvalue())
    assert line["id_card"] == line["receipt"] == line["detail"]["client_secret"] == "***"
    assert line["detail"]["note"] == ["证件 ***"]


def test_libraries_that_use_logging_are_redacted_too(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("GET /x Authorization: Bearer %s", "a" * 40)
    line = json.loads(lines.getvalue())
    assert line["event"] == "GET /x Authorization: Bearer ***"


def test_at_debug_the_kafka_client_does_not_drown_everything_else(lines: io.StringIO) -> None:
    configure_logging("registry-api", "DEBUG", lines)
    logging.getLogger("aiokafka.consumer.fetcher").debug("Adding fetch request")
    get_logger("feature").debug("looked")
    assert [json.loads(line)["event"] for line in lines.getvalue().splitlines()] == ["looked"]


@pytest.mark.parametrize("name", ["structlog", "logging"])
def test_a_traceback_keeps_its_frames_and_loses_the_values_it_quotes(lines: io.StringIO, name: str) -> None:
    logger = get_logger("a") if name == "structlog" else logging.getLogger("a")

    def fail() -> None:
        raise ValueError(f"duplicate\nDETAIL:  Key (name)=(张三) already exists.\n[parameters: ('张三', '{ID_CARD}')]")

    try:
        fail()
    except ValueError:
        logger.exception("failed")
    text = lines.getvalue()
    assert len(text.splitlines()) == 1
    assert "张三" not in text
    assert ID_CARD not in text
    assert "test_telemetry.py" in text
    assert "ValueError: duplicate" in json.loads(text)["exception"]


@pytest.mark.parametrize(
    "harmless", ["14101202310123456", "31410000MD0123456X", "2026-11-23", "Send a bearer token in it"]
)
def test_what_is_no_secret_stays(harmless: str) -> None:
    assert scrub(harmless) == harmless


def test_a_database_url_loses_its_password() -> None:
    assert scrub("postgresql://u:hunter2@h/x") == "postgresql://u:***@h/x"


@pytest.mark.parametrize("offered", ["short", "a b c d e f g h", "x" * 65, 'quo"te-quo"te'])
def test_a_harmful_correlation_id_is_replaced(offered: str) -> None:
    assert new_correlation_id(offered) != offered
