"""Metrics of this process, in the default registry of prometheus-client."""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

__all__ = ["CONTENT_TYPE_LATEST", "Counter", "Gauge", "Histogram", "exposition", "observe_request"]

_REQUESTS = Counter("http_requests_total", "HTTP requests by route template.", ("method", "route", "status"))
_SECONDS = Histogram(
    "http_request_duration_seconds",
    "Time until the last byte of the answer, by route template.",
    ("method", "route"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

# labels() takes a lock and builds a tuple of strings; routes are few, so the children are kept.
_children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    key = (method, route, status)
    children = _children.get(key)
    if children is None:
        children = _children[key] = (_REQUESTS.labels(method, route, str(status)), _SECONDS.labels(method, route))
    children[0].inc()
    children[1].observe(seconds)


def exposition() -> bytes:
    return generate_latest()
