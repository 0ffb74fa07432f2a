"""Made once, kept while they are good, made anew before they are not."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from yulu_local.certificates import AUTHORITY_LASTS, RENEWED_BEFORE, SERVER_LASTS, Certificates

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOSTS = ("localhost", "127.0.0.1")
DAY = timedelta(days=1)


@pytest.fixture
def made(tmp_path):
    certificates = Certificates(tmp_path / "tls")
    certificates.ensure(HOSTS, now=NOW)
    return certificates


def contents(certificates):
    return {path.name: path.read_bytes() for path in certificates.directory.iterdir()}


def changed(certificates, *, hosts=HOSTS, now=NOW):
    before = contents(certificates)
    certificates.ensure(hosts, now=now)
    after = contents(certificates)
    return {name for name in after if after[name] != before.get(name)}


def test_nobody_else_can_read_them(made):
    assert {path.stat().st_mode & 0o777 for path in made.directory.iterdir()} == {0o600}
    assert made.directory.stat().st_mode & 0o777 == 0o700


def test_they_are_kept_while_they_are_good(made):
    assert changed(made) == set()
    assert changed(made, now=NOW + SERVER_LASTS - RENEWED_BEFORE - DAY) == set()


def test_the_servers_is_made_anew_near_its_end_under_the_same_authority(made):
    later = NOW + SERVER_LASTS - RENEWED_BEFORE + DAY
    assert changed(made, now=later) == {"server.pem"}
    server = x509.load_pem_x509_certificate(made.key_store.read_bytes())
    server.verify_directly_issued_by(x509.load_pem_x509_certificate(made.authority.read_bytes()))
    assert server.not_valid_after_utc == later + SERVER_LASTS


def test_the_authority_is_made_anew_before_it_would_end_ahead_of_what_it_signs(made):
    assert changed(made, now=NOW + AUTHORITY_LASTS - SERVER_LASTS - DAY) == {"server.pem"}
    assert changed(made, now=NOW + AUTHORITY_LASTS - SERVER_LASTS + DAY) == {"ca.pem", "ca-key.pem", "server.pem"}


def test_another_host_is_another_certificate(made):
    assert changed(made, hosts=(*HOSTS, "kafka.example")) == {"server.pem"}


@pytest.mark.parametrize("name", ["ca.pem", "ca-key.pem"])
def test_an_authority_that_is_broken_or_lost_is_made_anew_with_what_it_signed(made, name):
    (made.directory / name).write_bytes(b"cut sho")
    assert changed(made) == {"ca.pem", "ca-key.pem", "server.pem"}
    (made.directory / name).unlink()
    assert changed(made) == {"ca.pem", "ca-key.pem", "server.pem"}


def test_a_certificate_without_its_key_or_of_another_authority_is_made_anew(made, tmp_path):
    other = Certificates(tmp_path / "other")
    other.ensure(HOSTS, now=NOW)
    made.key_store.write_bytes(other.key_store.read_bytes())
    assert changed(made) == {"server.pem"}
    made.key_store.write_bytes(made.key_store.read_bytes()[:300])
    assert changed(made) == {"server.pem"}
