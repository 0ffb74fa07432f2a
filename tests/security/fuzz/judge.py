"""Which answers are faults."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import orjson

from tests.security.fuzz.answers import Answer
from tests.security.fuzz.documents import Document
from tests.security.fuzz.questions import Question

_PROBLEM = "application/problem+json"
_UNCHANGED = 304
_EMPTY = (204, _UNCHANGED)
_REFUSED, _FAILED = 400, 500
_NAMES_A_FIELD = (400, 422)
_TOLD_ERRORS = 2


class Judge:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._validators: dict[tuple[str, str, str], Any] = {}

    def faults(self, question: Question, answer: Answer) -> Iterator[tuple[str, str]]:
        """What is wrong, and the detail that tells one fault from another."""
        if not answer.status:
            yield "no answer", answer.crash.strip().splitlines()[-1][:200]
            return
        if not answer.ended and answer.media_type != "text/event-stream":
            yield "an answer that breaks off", answer.crash.strip().splitlines()[-1][:200]
        declared = question.operation.declared(answer.status)
        if answer.status >= _FAILED and not _is_told_unavailable(answer):
            yield "5xx", str(answer.status)
        elif answer.status == _UNCHANGED and "if-none-match" in dict(question.headers):
            return  # whoever asks so expects it
        elif declared is None:
            yield "undeclared status", str(answer.status)
        elif answer.status in _EMPTY:
            if answer.body:
                yield "a body where there is none", str(answer.status)
        elif answer.status >= _REFUSED:
            yield from self._of_problem(question, answer)
        else:
            yield from self._of_content(question, answer, declared)

    def _of_problem(self, question: Question, answer: Answer) -> Iterator[tuple[str, str]]:
        told = answer.body.decode("utf-8", "replace")
        shown = told + "".join(answer.headers.values())
        for text in question.texts:
            if text in shown:
                yield "a refusal repeats what was sent", f"{answer.status} {_kind(told)}"
        if answer.media_type != _PROBLEM:
            yield "a refusal that is no problem", f"{answer.status} {answer.media_type}"
            return
        body = orjson.loads(answer.body)
        for name, kind in (("type", str), ("title", str), ("title_en", str), ("status", int)):
            if not isinstance(body.get(name), kind):
                yield "a problem without", name
        if body.get("status") != answer.status:
            yield "a problem of another status", f"{answer.status}"
        if answer.status in _NAMES_A_FIELD and not (body.get("field") or body.get("errors")):
            yield "a problem that names no field", str(body.get("type"))

    def _of_content(self, question: Question, answer: Answer, declared: Any) -> Iterator[tuple[str, str]]:
        contents = declared.get("content", {})
        if question.operation.method == "HEAD":
            return
        if not contents:
            if answer.body and answer.body != b"null":
                yield "a body that is not declared", f"{answer.status} {answer.media_type}"
            return
        schema = next((each for kind, each in contents.items() if kind.partition(";")[0] == answer.media_type), None)
        if schema is None:
            yield "undeclared content type", f"{answer.status} {answer.media_type}"
        elif answer.media_type == "application/json" and schema.get("schema"):
            key = str(question.operation), str(answer.status), answer.media_type
            if (validator := self._validators.get(key)) is None:
                validator = self._validators[key] = self._validator(schema["schema"])
            for error in list(validator.iter_errors(orjson.loads(answer.body)))[:_TOLD_ERRORS]:
                place = "/".join("*" if isinstance(each, int) else str(each) for each in error.instance_path)
                yield "an answer that is not as declared", f"{answer.status} at {place}: {error.message[-120:]}"

    def _validator(self, schema: Any) -> Any:
        whole = {"components": {"schemas": self._document.components}, **schema}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _is_told_unavailable(answer: Answer) -> bool:
    """Another process is away: told as such, with when to come back."""
    return answer.status == 503 and "retry-after" in answer.headers and answer.media_type == _PROBLEM


def _kind(told: str) -> str:
    try:
        body = orjson.loads(told)
    except orjson.JSONDecodeError:
        return ""
    return str(body.get("type")) if isinstance(body, dict) else ""
