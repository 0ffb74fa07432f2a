import asyncio
from uuid import uuid4

import pytest
from common.secrecy.boxes import BoxOpener, BoxSealer
from common.secrecy.keys import ReceiptKeys, hmac_sm3
from common.secrecy.receipts import QueueFull, Receipts, parse_client_key
from common.secrecy.sealing import KeyVault
from common.settings import InvalidSettings
from cryptography.exceptions import InvalidTag
from rights_api.public_settings import PublicSettings
from rights_api.settings import RightsSettings

KEY = bytes(range(16))


@pytest.fixture
def receipts():
    made = Receipts(ReceiptKeys(b"k" * 32))
    yield made
    made.close()


def test_a_receipt_has_16_digits_and_follows_from_the_key_alone(receipts):
    receipt = receipts.derive(KEY)
    assert len(receipt) == 16
    assert receipt.isdigit()
    assert receipts.derive(KEY) == receipt
    assert receipts.derive(bytes(16)) != receipt


def test_another_deployment_gives_another_receipt(receipts):
    other = Receipts(ReceiptKeys(b"j" * 32))
    assert other.derive(KEY) != receipts.derive(KEY)
    other.close()


def test_receipts_spread_over_all_digits(receipts):
    firsts = {receipts.derive(n.to_bytes(16, "big"))[0] for n in range(500)}
    assert firsts == set("0123456789")


@pytest.mark.parametrize(
    "text",
    [
        "000102030405060708090a0b0c0d0e0f",
        "000102030405060708090A0B0C0D0E0F",
        "00010203-0405-0607-0809-0a0b0c0d0e0f",
    ],
)
def test_a_client_key_is_32_hex_digits_or_a_uuid(text):
    assert parse_client_key(text) == KEY


@pytest.mark.parametrize("text", ["", "0" * 31, "0" * 33, "g" * 32, "0001020304050607-08090a0b0c0d0e0f", "０" * 32])
def test_anything_shorter_or_other_is_no_client_key(text):
    assert parse_client_key(text) is None


async def test_a_digest_is_slow_hash_under_a_pepper_and_the_same_each_time(receipts):
    first, second = (
        await receipts.digest("1234567890123456", queue=2),
        await receipts.digest("1234567890123456", queue=2),
    )
    assert first == second
    assert len(first) == 32
    assert await receipts.digest("1234567890123457", queue=2) != first


async def test_the_queue_is_bounded_and_recovers(receipts):
    first = [asyncio.ensure_future(receipts.digest(f"{n:016d}", queue=3)) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await receipts.digest("9" * 16, queue=3)
    await asyncio.gather(*first)
    assert len(await receipts.digest("9" * 16, queue=3)) == 32


async def test_a_caller_who_leaves_still_counts_until_the_thread_is_done(receipts):
    gone = asyncio.ensure_future(receipts.digest("1" * 16, queue=1))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    with pytest.raises(QueueFull):
        await receipts.digest("2" * 16, queue=1)


async def test_hashing_does_not_hold_up_the_event_loop(receipts):
    work = asyncio.ensure_future(asyncio.gather(*(receipts.digest(f"{n:016d}", queue=10) for n in range(5))))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 20


def test_what_is_sealed_opens_in_its_own_place_only():
    vault, case_id = KeyVault(KEY), uuid4()
    sealer, wrapped = vault.new_case(case_id)
    sealed = sealer.seal("facts", "事实")
    assert "事实".encode() not in sealed
    assert vault.case(case_id, wrapped).open("facts", sealed) == "事实"
    with pytest.raises(InvalidTag):
        sealer.open("identity", sealed)
    with pytest.raises(InvalidTag):
        vault.case(uuid4(), wrapped)
    with pytest.raises(InvalidTag):
        KeyVault(bytes(16)).case(case_id, wrapped)
    with pytest.raises(InvalidTag):
        sealer.open("facts", sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_the_same_text_sealed_twice_looks_different():
    sealer, _ = KeyVault(KEY).new_case(uuid4())
    assert sealer.seal("facts", "事实") != sealer.seal("facts", "事实")


def test_parts_cannot_be_shifted_between_arguments():
    assert hmac_sm3(KEY, b"ab", b"c") != hmac_sm3(KEY, b"a", b"bc")


def test_production_needs_its_keys(tmp_path):
    production = {"environment": "production", "oidc_issuer": "https://id.example", "data_dir": str(tmp_path)}
    settings = RightsSettings(**production)
    with pytest.raises(InvalidSettings, match="RIGHTS_KEK"):
        settings.vault()
    with pytest.raises(InvalidSettings, match="RIGHTS_OFFICE_KEY"):
        RightsSettings(**production, rights_kek="00" * 16).vault()
    with pytest.raises(InvalidSettings, match="RIGHTS_KEYS_DATABASE_URL"):
        RightsSettings(
            **production, rights_kek="00" * 16, rights_office_key="01" * 32, database_url="postgresql://u@h"
        ).vault()
    with pytest.raises(InvalidSettings, match="RIGHTS_OFFICE_PUBLIC_KEY"):
        PublicSettings(**production, rights_kek="00" * 16).vault()
    with pytest.raises(InvalidSettings, match="RIGHTS_RECEIPT_KEY"):
        settings.receipt_keys()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", ["secret-that-is-not-hex", "00" * 15])
def test_a_wrong_key_is_named_and_not_shown(value):
    with pytest.raises(InvalidSettings, match="RIGHTS_KEK") as caught:
        RightsSettings(rights_kek=value).vault()
    assert value not in str(caught.value)


def test_what_is_sealed_to_the_office_nobody_else_opens():
    office, bound = BoxOpener(b"o" * 32), b"case facts"
    sealer = BoxSealer(office.public)
    box, again = sealer.seal("事实".encode(), bound), sealer.seal("事实".encode(), bound)
    assert box != again
    assert office.open(box, bound).decode() == "事实"
    damaged = [box[:-1] + bytes([box[-1] ^ 1]), box[:20], b"", box[:1] + bytes(32) + box[33:]]
    for opener, sealed, place in [
        (BoxOpener(b"p" * 32), box, bound),
        (office, box, b"case identity"),
        *((office, each, bound) for each in damaged),
    ]:
        with pytest.raises(InvalidTag):
            opener.open(sealed, place)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"rights_office_key": "01" * 32}, "RIGHTS_OFFICE_KEY"),
        ({"rights_keys_database_url": "postgresql://u:secret@h/k"}, "RIGHTS_KEYS_DATABASE_URL"),
        ({"environment": "production", "oidc_issuer": "https://i", "database_url": "postgresql://u:secret@h"},
         "DATABASE_URL"),
    ],
)  # fmt: skip
def test_the_public_process_refuses_what_would_open(monkeypatch, given, named):
    for name, value in given.items():
        monkeypatch.setenv(name.upper(), value)
    with pytest.raises(InvalidSettings, match=named) as caught:
        PublicSettings.load()
    assert "secret" not in str(caught.value)
    assert "0101" not in str(caught.value)
