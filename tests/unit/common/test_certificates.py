"""Certificates are renewed under running servers and clients: the next handshake meets the new one."""

import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from common import certificates
from common.certificates import Renewing
from common.http import create_app
from common.http.server import Server, configuration, listening_socket
from common.metrics_server import serve_metrics
from common.settings import Settings
from common.telemetry.metrics import operators_exposition
from prometheus_client.parser import text_string_to_metric_families
from yulu_local.certificates import Certificates
from yulu_local.ports import free_port

from tests.support.handshakes import OLD, agreed, lax, takes_only_what_is_recommended, weak

HOSTS = ("127.0.0.1",)


class Service(Settings):
    service = "registry"


@pytest.fixture(autouse=True)
def looked_at_every_time(monkeypatch):
    monkeypatch.setattr(certificates, "LOOK_SECONDS", 0.0)


@pytest.fixture
def made(tmp_path):
    """An authority and what it signs; `renew` replaces the latter, of another age."""
    return _authority(tmp_path / "made")


def _authority(folder, *, days_ago=0):
    authority = Certificates(folder)
    authority.ensure(HOSTS, now=datetime.now(UTC) - timedelta(days=days_ago))
    return authority


def renew(made, *, days_ago=0):
    made.key_store.unlink()
    made.ensure(HOSTS, now=datetime.now(UTC) - timedelta(days=days_ago))


def served(port):
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))


def on_file(made):
    return ssl.PEM_cert_to_DER_cert("-----BEGIN CERT" + made.key_store.read_text().split("-----BEGIN CERT")[1])


def days_left(of):
    told = operators_exposition(closed=True).decode()
    [days] = [
        sample.value / 86_400
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        if sample.name == "yulu_certificate_seconds_left" and sample.labels == {"of": of}
    ]
    return days


@contextmanager
def running(made):
    """A service as it is served in production."""
    pem = str(made.key_store)
    settings = Service(registry_port=free_port(), tls_cert_file=pem, tls_key_file=pem)
    app = create_app(title="x", settings=settings)
    config = configuration(app, settings)
    server, listening = Server(app, config), listening_socket(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        deadline = time.monotonic() + 120
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield settings.port
    finally:
        server.should_exit = True
        thread.join(60)


def test_a_service_takes_up_its_new_certificate_and_open_connections_live_on(made):
    trusted = ssl.create_default_context(cafile=str(made.authority))
    with running(made) as port, httpx.Client(verify=trusted, trust_env=False, timeout=60) as client:
        assert client.get(f"https://127.0.0.1:{port}/health/live").status_code == 200
        before = served(port)
        assert before == on_file(made)
        renew(made, days_ago=300)
        assert served(port) == on_file(made) != before
        assert client.get(f"https://127.0.0.1:{port}/health/live").status_code == 200
        assert 96 < days_left("served") < 98, "of the one in use, which ends sooner than the first"


def test_a_worker_s_metrics_take_it_up_likewise(made):
    pem, port = str(made.key_store), free_port()
    serve_metrics(Settings(metrics_port=port, metrics_token="t", tls_cert_file=pem, tls_key_file=pem))
    before = served(port)
    renew(made)
    assert served(port) == on_file(made) != before


def test_a_service_takes_tls_1_2_and_1_3_by_recommended_suites_alone(made):
    with running(made) as port:
        assert takes_only_what_is_recommended(port)


def test_a_worker_s_metrics_do_so_likewise(made):
    pem, port = str(made.key_store), free_port()
    serve_metrics(Settings(metrics_port=port, metrics_token="t", tls_cert_file=pem, tls_key_file=pem))
    assert takes_only_what_is_recommended(port)


def test_what_cannot_be_read_leaves_it_as_it_was(made, tmp_path, monkeypatch):
    heard = []
    monkeypatch.setattr(certificates._log, "error", lambda event, **told: heard.append((event, told["alarm"])))
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    for file in (certificate, key):
        file.write_bytes(made.key_store.read_bytes())
    context = Renewing.serving(str(certificate), str(key))
    with answering(context) as port:
        before = served(port)
        renew(made)
        certificate.write_bytes(made.key_store.read_bytes())  # the key is still the old one's
        assert served(port) == before
        certificate.unlink()
        assert served(port) == before
        assert heard == [("certificate-unreadable", True)] * 2
        for file in (certificate, key):
            file.write_bytes(made.key_store.read_bytes())
        assert served(port) == on_file(made) != before


@contextmanager
def answering(context):
    """A TLS server in a thread; it answers nothing."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with closing(connection):
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except (OSError, ssl.SSLError):
                    continue

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(60)


def test_a_server_that_takes_more_would_be_found_out(made):
    with answering(lax(str(made.key_store))) as port:
        assert not takes_only_what_is_recommended(port)
        assert all(agreed(port, version) for version in OLD)
        assert agreed(port, ssl.TLSVersion.TLSv1_2, weak())


def test_a_client_believes_an_authority_that_is_added_to_its_file(made, tmp_path):
    other = _authority(tmp_path / "other")
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(made.authority.read_bytes())
    context = Renewing.trusting(str(trusted), of="kafka")

    def known(port):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
            try:
                context.wrap_socket(plain, server_hostname="127.0.0.1").close()
            except ssl.SSLCertVerificationError:
                return False
            return True

    with answering(Renewing.serving(str(other.key_store), str(other.key_store))) as port:
        assert not known(port)
        trusted.write_bytes(made.authority.read_bytes() + other.authority.read_bytes())
        assert known(port)
    assert 3_640 < days_left("kafka") < 3_651


def test_without_a_file_a_client_believes_whom_the_machine_does():
    context, usual = Renewing.trusting(None, of="nobody"), ssl.create_default_context()
    assert context.get_ca_certs() == usual.get_ca_certs()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.verify_flags == usual.verify_flags
    with pytest.raises(ValueError, match="unpack"):  # it has no file whose end could be told
        days_left("nobody")


def test_it_is_not_looked_for_at_every_handshake(made, monkeypatch):
    monkeypatch.setattr(certificates, "LOOK_SECONDS", 3_600.0)
    pem = str(made.key_store)
    context = Renewing.serving(pem, pem)
    with answering(context) as port:
        before = served(port)
        renew(made)
        assert served(port) == before
        context._looked -= 3_600
        assert served(port) == on_file(made) != before
