"""JSON lines on stdout, from our own loggers and from every library that uses `logging`."""

import logging
import sys
import traceback
from typing import TextIO

import orjson
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from common.telemetry.correlation import correlation_id
from common.telemetry.scrub import scrub_exception, scrub_value


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def configure_logging(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Call once, first thing in a process."""

    def add_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        # Needs the record that the next one removes.
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        add_service,
        _add_correlation_id,
        _format_exception,
        _redact,
    ]
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[*shared, _to_json],
            # Both kinds of records pass `processors`; nothing is left to do for foreign ones alone.
            foreign_pre_chain=[],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # uvicorn installs handlers of its own; its access log repeats ours and prints query strings.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"
    # httpx logs whole URLs, which may hold search terms.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # At DEBUG it writes a line for every partition and fetch, hundreds a second: nothing else would be found.
    logging.getLogger("aiokafka").setLevel(max(root.level, logging.INFO))


# At import, for programs and tests that configure nothing: structlog's default prints the locals of every frame.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def _add_correlation_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    current = correlation_id()
    if current is not None:
        event.setdefault("correlation_id", current)
    return event


def _format_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    elif isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if isinstance(info, tuple) and info[0] is not None:
        event["exception"] = scrub_exception("".join(traceback.format_exception(*info)))
    return event


def _redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        event[key] = scrub_value(key, value)
    return event


def _to_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
