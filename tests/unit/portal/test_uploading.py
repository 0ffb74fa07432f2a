"""A form's file is read while it arrives, however the network cuts it, and its length is known before it."""

import hashlib

import pytest
from portal.uploads import NotAForm, sent_file
from starlette.requests import Request

BOUNDARY = "----made-up"
CONTENT = bytes(range(256)) * 40 + b"\r\n--" + BOUNDARY.encode()[:-1] + b"\r\n\r\n"
"""With what looks like a boundary and is none."""


def form(content=CONTENT, name='现场 \\" 照片.png', ending="--\r\n"):
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="idempotency_key"\r\n\r\nkey\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{BOUNDARY}{ending}".encode()


def request(body, step, *, declared=None, content_type=f"multipart/form-data; boundary={BOUNDARY}"):
    pieces = [body[at : at + step] for at in range(0, len(body), step)]

    async def receive():
        if pieces:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}
        return {"type": "http.disconnect"}

    headers = [(b"content-type", content_type.encode()), (b"content-length", str(declared or len(body)).encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


@pytest.mark.parametrize("step", [1, 7, 4096, 1 << 20])
@pytest.mark.parametrize("skip", [0, 5000])
async def test_a_file_comes_through_byte_for_byte_and_from_any_place_on(step, skip):
    sent = await sent_file(request(form(), step))
    assert sent.fields == {"idempotency_key": "key"}
    assert (sent.media_type, sent.length) == ("image/png", len(CONTENT))
    assert sent.name.startswith("现场")
    assert b"".join([piece async for piece in sent.content(skip)]) == CONTENT[skip:]
    assert await sent.sm3() == hashlib.new("sm3", CONTENT).hexdigest()
    await sent.drain()


async def test_its_digest_is_of_the_whole_file_when_whoever_takes_it_stops_half_way():
    sent = await sent_file(request(form(), 100))
    async for _ in sent.content(50):
        break
    assert await sent.sm3() == hashlib.new("sm3", CONTENT).hexdigest()


async def test_an_empty_file_has_no_length():
    assert (await sent_file(request(form(b"", ""), 100))).length == 0


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (form(), {"content_type": "text/plain"}),
        (form(), {"declared": "x"}),
        (form(), {"content_type": "multipart/form-data; boundary=" + "b" * 5_000}),
        (b"no form", {}),
        (form().replace(b'name="file"', b'name="text"'), {}),
        (form().replace(b'"key"', b"").replace(b"key\r\n", b"k" * 70_000), {}),
    ],
)
async def test_what_is_no_form_of_ours_is_refused_before_anything_is_passed_on(body, more):
    with pytest.raises(NotAForm):
        await sent_file(request(body, 4096, **more))


@pytest.mark.parametrize("cut", [8, 40, 5000])
async def test_a_file_that_breaks_off_is_never_taken_for_a_whole_one(cut):
    sent = await sent_file(request(form()[:-cut], 1000, declared=len(form())))
    with pytest.raises(NotAForm):
        _ = [piece async for piece in sent.content()]
    await sent.drain()
