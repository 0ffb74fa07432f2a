"""Asks, judges, remembers: rounds over all operations, so that what one answer tells serves the next questions."""

import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from random import Random
from typing import Any
from zlib import crc32

import orjson
from common.telemetry import configure_logging

from tests.conftest import RunningIssuer
from tests.security.fuzz.answers import Answer, ask
from tests.security.fuzz.callers import CALLERS, Caller
from tests.security.fuzz.documents import SERVICES, Operation, load
from tests.security.fuzz.judge import Judge
from tests.security.fuzz.questions import Asker, Question
from tests.security.fuzz.system import System
from tests.security.fuzz.values import MARK, Learnt

_PER_ROUND = 10
_METHODS = ("POST", "PUT", "PATCH", "GET", "HEAD", "DELETE")
_REFUSED, _GOOD = 400, 300
_LEARNT_BYTES = 200_000
_DISCARDED = {"attachments"}
"""Written by a refusal of an upload on purpose: unfit content is discarded, and the upload says so from then on."""


@dataclass
class Fault:
    operation: str
    what: str
    detail: str
    question: str
    answer: str
    times: int = 1


@dataclass
class Report:
    asked: Counter[str] = field(default_factory=Counter)
    good: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[tuple[str, str, str], Fault] = field(default_factory=dict)
    seconds: float = 0.0

    def note(self, question: Question, answer: Answer, what: str, detail: str) -> None:
        key = str(question.operation), what, detail
        if key in self.faults:
            self.faults[key].times += 1
            return
        shown = answer.body[:1200].decode("utf-8", "replace") + ("\n" + answer.crash if answer.crash else "")
        self.faults[key] = Fault(*key, str(question), f"{answer.status} {shown}")


class Attention(StringIO):
    """Where logs go: a line that holds what was made up is a leak, and is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.leaks: list[str] = []
        self.error = ""
        """The newest line about an error."""

    def write(self, text: str, /) -> int:
        if '"level":"error"' in text:
            self.error = text[-4000:]
        if MARK in text or "eyJhbGciOi" in text:
            self.leaks.append(text[:1500])
        return len(text)


@contextmanager
def attentive() -> Iterator[Attention]:
    stream = Attention()
    configure_logging("fuzz", "INFO", stream)
    yield stream


class Fuzz:
    """`examples` questions to each operation of these services."""

    def __init__(self, system: System, issuer: RunningIssuer, logs: Attention, *, seed: int) -> None:
        self._system, self._logs, self._seed = system, logs, seed
        self._tokens = {
            caller: issuer.token(
                roles=[caller.role], region=caller.region, organisation_kind=caller.kind,
                organisation_id=caller.code, subject=caller.subject, lifetime_seconds=10 * 3600,
            )
            for caller in CALLERS
        }  # fmt: skip
        self._learnt = Learnt()
        self.report = Report()
        self._weights: dict[str, list[float]] = {}

    async def run(
        self, services: Collection[str] = SERVICES, *, examples: int, only: str = "", seconds: float = float("inf")
    ) -> Report:
        """seconds: after so many it ends with the round it is in."""
        began = time.monotonic()
        documents = {service: load(service) for service in services}
        judges = {service: Judge(document) for service, document in documents.items()}
        askers = {service: Asker(document, self._learnt) for service, document in documents.items()}
        operations = [
            operation for document in documents.values() for operation in document.operations if only in str(operation)
        ]
        operations.sort(key=lambda each: _METHODS.index(each.method))
        rngs = {
            operation: Random(crc32(f"{self._seed} {operation.service} {operation}".encode()))
            for operation in operations
        }
        for written in self._system.written.values():
            await written.since()
        done = 0
        while done < examples and time.monotonic() - began < seconds:
            batch = min(_PER_ROUND, examples - done)
            for operation in operations:
                for _ in range(batch):
                    await self._one(operation, rngs[operation], askers[operation.service], judges[operation.service])
            done += batch
            self.report.seconds = time.monotonic() - began
            total = sum(self.report.asked.values())
            print(
                f"{done} of {examples} per operation, {total} in all, {total / self.report.seconds:.0f}/s, "
                f"{len(self.report.faults)} kinds of faults",
                file=sys.stderr, flush=True,
            )  # fmt: skip
        return self.report

    async def _one(self, operation: Operation, rng: Random, asker: Asker, judge: Judge) -> None:
        caller = self._caller(operation, rng)
        question = asker.question(operation, rng, caller, None if caller is None else self._tokens[caller])
        written = self._system.written[operation.service]
        self._logs.error = ""
        answer = await ask(self._system.apps[operation.service], question)
        report = self.report
        name = f"{operation.service} {operation}"
        report.asked[name] += 1
        report.statuses[answer.status] += 1
        if self._logs.error:
            answer.crash += self._logs.error
        for what, detail in judge.faults(question, answer):
            report.note(question, answer, what, detail)
        changed = await written.since()
        if "/attachments/" in question.target:
            changed -= _DISCARDED
        if answer.status >= _REFUSED and changed:
            report.note(question, answer, "a refusal that has written", f"{answer.status} {', '.join(sorted(changed))}")
        if self._logs.leaks:
            answer.crash += "\n".join(self._logs.leaks[:3])
            report.note(question, answer, "a log line that tells what was sent", str(answer.status))
            self._logs.leaks.clear()
        if answer.status not in (401, 403):
            self._weights_of(operation)[_place(caller)] += 1
        if 0 < answer.status < _GOOD:
            report.good[name] += 1
            self._remember(question, answer)

    def _weights_of(self, operation: Operation) -> list[float]:
        return self._weights.setdefault(f"{operation.service} {operation}", [1.0] * (len(CALLERS) + 1))

    def _caller(self, operation: Operation, rng: Random) -> Caller | None:
        """Anybody; more often those who have been let in."""
        if rng.random() < 0.15:
            return rng.choice((None, *CALLERS))
        return rng.choices((None, *CALLERS), self._weights_of(operation))[0]

    def _remember(self, question: Question, answer: Answer) -> None:
        target = question.target.partition("?")[0]
        if (etag := answer.headers.get("etag")) is not None:
            self._learnt.etags[target] = etag
        if (place := answer.headers.get("location")) is not None:
            names = _named(place)
            self._learnt.learn(names)
        if answer.media_type == "application/json" and 0 < len(answer.body) < _LEARNT_BYTES:  # of a HEAD there is none
            told = orjson.loads(answer.body)
            self._learnt.learn(told)
            if isinstance(told, Mapping) and isinstance(told.get("version"), int):
                for name, value in told.items():
                    if name.endswith("_id") and isinstance(value, str):
                        self._learnt.etags[f"{target}/{value}"] = f'"v{told["version"]}"'


def _place(caller: Caller | None) -> int:
    return 0 if caller is None else 1 + CALLERS.index(caller)


_SINGULAR = {"proposals": "proposal_id", "firms": "firm_id", "lawyers": "lawyer_id", "imports": "import_id"}


def _named(location: str) -> dict[str, Any]:
    pieces = location.split("/")
    if len(pieces) < 2:
        return {}
    kind, value = pieces[-2:]
    return {_SINGULAR.get(kind, kind.removesuffix("s").replace("-", "_") + "_id"): value}
