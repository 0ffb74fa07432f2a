"""A file of a form to a service that takes it in blocks; its answer, beside the form."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from portal.apis import Apis, Refused, Unreachable
from portal.apis.apis import Service
from portal.forms import Filled, Form, sound_key
from portal.uploads.receiving import FILE, NotAForm, SentFile

MOST_BYTES = 50 * 1024 * 1024
MOST_SENT = 10 * MOST_BYTES
"""Taken off the line, so that a browser hears why a file was too large; nothing of it is kept."""
_ASKED_AGAIN = (400, 403, 404, 408, 409, 413, 415, 422, 429, 503)
_SAME_ACT = (408, 429, 503)
_BLOCKS_ARRIVED_MEANWHILE = ("upload-offset-wrong", "upload-incomplete")
"""What an earlier try had sent was still being stored when this one asked how far it had come."""
_COMPLETED_MEANWHILE = "upload-completed"
_INTERRUPTED = "上传中断。请重新选择同一份文件再上传，会从中断处继续。"


@dataclass(frozen=True)
class Place:
    """Where files of one case are sent to. session: of who follows it by its receipt, and has no account."""

    service: Service
    path: str
    session: str | None = None


def filled_with(form: Form, sent: SentFile) -> Filled:
    """The form as it was sent, with what can be told of its file before anybody is asked."""
    values = {each.name: sent.fields.get(each.name, "") for each in form.fields if each.name != FILE}
    filled = Filled(form, values, key=sound_key(sent.fields.get("idempotency_key", "")))
    if not sent.name or sent.length == 0:
        return filled.refused({FILE: "请选择文件"})
    if sent.length > MOST_BYTES:
        return filled.refused({FILE: "文件超过 50 MB"})
    return filled


async def pass_on(apis: Apis, place: Place, sent: SentFile, filled: Filled) -> Filled:
    """The form, with what stands against it; sent once more under its key it goes on where it broke off.

    Raises Refused where nothing that could be chosen would help.
    """
    try:
        await _pass_on(apis, place, sent, filled)
    except (NotAForm, Unreachable):
        return filled.refused({}, _INTERRUPTED)
    except Refused as refused:
        if refused.status not in _ASKED_AGAIN:
            await sent.drain()
            raise
        if refused.type in _BLOCKS_ARRIVED_MEANWHILE:
            return filled.refused({}, _INTERRUPTED)
        if refused.status in _SAME_ACT:
            return filled.refused({FILE: refused.problem.get("detail") or _INTERRUPTED})
        # What is chosen now is another file, and its upload another act.
        own = {each.name for each in filled.form.fields}
        told = {name if name in own else FILE: fault for name, fault in refused.faults.items()}
        return replace(filled.refused(told or {FILE: refused.problem.get("detail") or "未能上传"}), key=uuid4().hex)
    return filled


async def _pass_on(apis: Apis, place: Place, sent: SentFile, filled: Filled) -> None:
    """Whole blocks that came through stay with the service, whatever ends it."""
    begin: dict[str, Any] = {"media_type": sent.media_type, "length": sent.length, "name": sent.name[-255:]}
    begin |= {name: value for name, value in filled.body().items() if value}
    begun = await apis.send(place.service, "POST", place.path, begin, key=filled.key, session=place.session)
    path = f"{place.path}/{begun.body['attachment_id']}"
    # A repeated beginning is answered as the first one was: how far it has come is told by the file itself.
    told = await apis.read(place.service, path, session=place.session)
    if told["state"] == "receiving":
        try:
            await _finish(apis, place, path, sent, told["received"])
        except Refused as refused:
            if refused.type != _COMPLETED_MEANWHILE:
                raise
            told = await apis.read(place.service, path, session=place.session)
        else:
            return
    # An earlier try has come to its end: of this file, or of another one of that name and length.
    if told["sm3"] != await sent.sm3():
        raise Refused(409, {"detail": "此前已用这份表单上传另一份文件；要上传现在选择的，请再按一次"}, {})


async def _finish(apis: Apis, place: Place, path: str, sent: SentFile, received: int) -> None:
    """What the service has already may be of another file: so it is told the digest of what is sent now."""
    if received < sent.length:
        await apis.pass_on(place.service, path, sent.content(received), offset=received, session=place.session)
    await apis.send(place.service, "POST", f"{path}/completion", {"sm3": await sent.sm3()}, session=place.session)
