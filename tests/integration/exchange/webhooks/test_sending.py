"""One attempt against real receivers: only the checked address is called, under the receiver's own name."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from uuid import uuid4

import pytest
from common.outbound import Outbound
from starlette.responses import RedirectResponse, Response, StreamingResponse
from webhook_dispatcher import connections, dispatching
from webhook_dispatcher.sending import Answer, Delivery, Sender, retry_after
from webhook_dispatcher.settings import DispatcherSettings
from yulu_local.certificates import Certificates

LOOPBACK = (ip_network("127.0.0.0/8"),)
NAME = "receiver.test"


class Names:
    """A resolver that gives each time the next answer, the last one for ever."""

    def __init__(self, *answers):
        self.asked, self._answers = 0, answers

    async def __call__(self, _host, _port):
        self.asked += 1
        return (ip_address(self._answers[min(self.asked, len(self._answers)) - 1]),)


@pytest.fixture
async def sender_of() -> AsyncIterator[object]:
    made = []

    def make(outbound, *, seconds=5.0, authority=None):
        made.append(Sender(outbound, seconds=seconds, trust=ssl.create_default_context(cafile=authority)))
        return made[-1]

    yield make
    for sender in made:
        await sender.close()


@pytest.fixture
def certificates(tmp_path):
    made = Certificates(tmp_path / "tls")
    made.ensure((NAME,), now=datetime.now(UTC))
    return made


def to(url):
    return Delivery(uuid4(), 1, url, {"webhook-id": "x", "content-type": "application/cloudevents+json"}, b"{}")


def named(receiver, name=NAME):
    return receiver.url.replace("127.0.0.1", name)


async def test_tls_and_host_are_those_of_the_name(listen, sender_of, certificates):
    store = str(certificates.key_store)
    receiver = await listen(ssl_certfile=store, ssl_keyfile=store)
    names = Names("127.0.0.1")
    sender = sender_of(Outbound(LOOPBACK, names), authority=str(certificates.authority))
    answer, _ = await sender.send(to(named(receiver)))
    assert answer == Answer("delivered", 2)
    [received] = receiver.received
    assert received.headers["host"] == named(receiver).split("/")[2]
    assert received.headers["content-type"] == "application/cloudevents+json"
    assert names.asked == 1
    # Another name at the same address is not served over the connection of the first.
    other, _ = await sender.send(to(named(receiver, "other.test")))
    assert other == Answer("tls")
    untrusting = sender_of(Outbound(LOOPBACK, names))
    assert (await untrusting.send(to(named(receiver))))[0] == Answer("tls")
    assert len(receiver.received) == 1


async def test_an_authority_that_is_added_to_its_file_is_believed_by_a_dispatcher_at_work(
    certificates, listen, monkeypatch, tmp_path
):
    made: asyncio.Queue[Sender] = asyncio.Queue()

    class Shown(Sender):
        def __init__(self, *arguments, **named):
            super().__init__(*arguments, **named)
            made.put_nowait(self)

    monkeypatch.setattr(dispatching, "Sender", Shown)
    monkeypatch.setattr("common.certificates.LOOK_SECONDS", 0.0)
    here = Certificates(tmp_path / "here")
    here.ensure(("127.0.0.1",), now=datetime.now(UTC))
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(certificates.authority.read_bytes())
    settings = DispatcherSettings(
        environment="test", exchange_url="http://127.0.0.1:9", oidc_issuer="http://127.0.0.1:9", client_id="x",
        client_secret="x", dispatcher_ca_file=str(trusted), webhook_allowed_networks="127.0.0.0/8",
    )  # fmt: skip
    receiver = await listen(ssl_certfile=str(here.key_store), ssl_keyfile=str(here.key_store))
    working = asyncio.create_task(dispatching.dispatch(settings))
    try:
        sender = await asyncio.wait_for(made.get(), 60)
        assert (await sender.send(to(receiver.url)))[0] == Answer("tls")
        trusted.write_bytes(certificates.authority.read_bytes() + here.authority.read_bytes())
        assert (await sender.send(to(receiver.url)))[0] == Answer("delivered", 2)
    finally:
        working.cancel()
        await asyncio.wait([working])


async def test_a_name_that_was_public_yesterday_is_checked_again(receiver, sender_of):
    sender = sender_of(Outbound(resolve=Names("127.0.0.1")))
    answer, _ = await sender.send(to(named(receiver).replace("http://", "https://").replace("/hook", "")))
    assert answer == Answer("address-port")
    answer, _ = await sender.send(to(f"https://{NAME}/hook"))
    assert answer == Answer("address-inner")
    assert receiver.received == []


async def test_what_a_name_means_is_asked_once_per_attempt_and_obeyed(receiver, sender_of):
    names = Names("127.0.0.1", "127.0.0.2")
    sender = sender_of(Outbound(LOOPBACK, names))
    assert (await sender.send(to(named(receiver))))[0].delivered
    # The open connection leads to an address that the name no longer has.
    assert (await sender.send(to(named(receiver))))[0] == Answer("unreachable")
    assert (names.asked, len(receiver.received)) == (2, 1)


async def test_the_next_address_is_tried_where_one_does_not_answer(receiver, sender_of):
    async def both(_host, _port):
        return (ip_address("127.0.0.3"), ip_address("127.0.0.1"))

    assert (await sender_of(Outbound(LOOPBACK, both)).send(to(named(receiver))))[0].delivered


async def test_connections_are_kept_while_they_are_used_and_never_more_than_so_many(receiver, sender_of, monkeypatch):
    monkeypatch.setattr(connections, "MOST", 3)
    sender = sender_of(Outbound(LOOPBACK, Names("127.0.0.1")))
    answering, begun = asyncio.Event(), asyncio.Event()

    async def slowly(received):
        if received.headers["host"].startswith("slow.test"):
            begun.set()
            await answering.wait()
        return Response()

    receiver.answer = slowly
    slow = asyncio.create_task(sender.send(to(named(receiver, "slow.test"))))
    await begun.wait()
    for number in range(10):
        assert (await sender.send(to(named(receiver, f"name-{number}.test"))))[0].delivered
        assert len(sender.connections) <= 3
    answering.set()
    # The one in use was not closed, though it was taken first of all.
    assert (await slow)[0].delivered
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.0)
    assert (await sender.send(to(named(receiver))))[0].delivered
    assert len(sender.connections) == 0, "whoever is idle is closed when the next delivery is done"


async def test_redirects_are_not_followed(listen, receiver, sender_of):
    aim = await listen()
    receiver.answer = lambda _: RedirectResponse(aim.url, 307)
    answer, _ = await sender_of(Outbound(LOOPBACK)).send(to(receiver.url))
    assert answer == Answer("status", 3)
    assert aim.received == []


async def test_an_endless_answer_is_cut_off(receiver, sender_of):
    async def endless():
        while True:
            yield b"x" * 4096
            await asyncio.sleep(0)

    receiver.answer = lambda _: StreamingResponse(endless())
    async with asyncio.timeout(120):
        answer, _ = await sender_of(Outbound(LOOPBACK), seconds=3600).send(to(receiver.url))
    assert answer.delivered


async def test_a_silent_receiver_is_given_up(receiver, sender_of):
    let_go = asyncio.Event()

    async def silence(_):
        await let_go.wait()
        return Response()

    receiver.answer = silence
    answer, duration_ms = await sender_of(Outbound(LOOPBACK), seconds=0.2).send(to(receiver.url))
    let_go.set()
    assert answer == Answer("timeout")
    assert 150 < duration_ms < 30_000


async def test_a_receiver_that_hangs_up_or_is_not_there_has_failed(sender_of, free_port):
    async def hang_up(_reader, writer):
        writer.close()

    port = free_port()
    server = await asyncio.start_server(hang_up, "127.0.0.1", port)
    sender = sender_of(Outbound(LOOPBACK))
    assert (await sender.send(to(f"http://127.0.0.1:{port}/")))[0] == Answer("broken-off")
    server.close()
    await server.wait_closed()
    assert (await sender.send(to(f"http://127.0.0.1:{port}/")))[0] == Answer("unreachable")


async def test_a_status_that_there_is_not_is_a_failure_like_any_other(sender_of, free_port):
    async def odd(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    port = free_port()
    async with await asyncio.start_server(odd, "127.0.0.1", port):
        answer, _ = await sender_of(Outbound(LOOPBACK)).send(to(f"http://127.0.0.1:{port}/"))
    assert answer == Answer("status"), "a class that exchange-api knows, or its report would be refused for ever"


async def test_proxies_of_the_environment_are_not_used(receiver, sender_of, monkeypatch, free_port):
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
        monkeypatch.setenv("NO_PROXY", "")
    assert (await sender_of(Outbound(LOOPBACK)).send(to(receiver.url)))[0].delivered


NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None), ("0", 0), ("120", 120), ("Tue, 24 Nov 2026 02:05:00 GMT", 300),
        ("Tue, 24 Nov 2026 01:00:00 GMT", 0), ("soon", None), ("-5", None), ("²", None), ("9" * 40, None), ("", None),
        ("Tue, 99 Nov 2026 02:05:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after(text, seconds):
    assert retry_after(text, NOW) == seconds
