"""Against a real HTTP server in the place of Maven."""

import functools
import gc
import hashlib
import http.server
import threading

import pytest
from yulu_local.jars import Jar, fetch, locked
from yulu_local.problems import Misfortune

CONTENT = b"not really a jar"
PATH = "org/example/thing/1.0/thing-1.0.jar"


def jar(content: bytes = CONTENT) -> Jar:
    return Jar(hashlib.sha256(content).hexdigest(), "org.example", "thing", "1.0")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


@pytest.fixture
def maven(tmp_path, monkeypatch):
    """Its directory; the mirror is set as a user would, in jgo.conf."""
    root = tmp_path / "maven"
    (root / PATH).parent.mkdir(parents=True)
    (root / PATH).write_bytes(CONTENT)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=root)) as server:
        settings = tmp_path / "jgo.conf"
        settings.write_text(f"[repositories]\ncentral = http://127.0.0.1:{server.server_port}\n")
        monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield root
        server.shutdown()
        thread.join()


def test_a_jar_is_fetched_once(maven, tmp_path):
    told: list[str] = []
    (path,) = fetch(tmp_path / "cache", jars=[jar()], progress=told.append)
    assert path.read_bytes() == CONTENT
    assert len(told) == 1
    (maven / PATH).unlink()
    assert fetch(tmp_path / "cache", jars=[jar()], progress=told.append) == [path]
    assert len(told) == 1


def test_another_content_than_the_listed_one_is_refused_and_not_kept(maven, tmp_path):
    (maven / PATH).write_bytes(b"tampered with")
    with pytest.raises(Misfortune, match="SHA-256"):
        fetch(tmp_path / "cache", jars=[jar()])
    assert not list((tmp_path / "cache").rglob("*.jar"))


@pytest.mark.usefixtures("maven")
def test_a_cached_jar_someone_changed_is_fetched_again(tmp_path):
    (path,) = fetch(tmp_path / "cache", jars=[jar()])
    path.write_bytes(b"cut sho")
    assert fetch(tmp_path / "cache", jars=[jar()])[0].read_bytes() == CONTENT


# jgo leaves the response of the 404 open: its socket must be collected here, not in a later test.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_missing_jar_and_a_missing_network_are_said_in_one_sentence(maven, tmp_path, monkeypatch, free_port):
    (maven / PATH).unlink()
    with pytest.raises(Misfortune, match=r"jgo\.conf"):
        fetch(tmp_path / "cache", jars=[jar()])
    settings = tmp_path / "unreachable.conf"
    settings.write_text(f"[repositories]\ncentral = http://127.0.0.1:{free_port()}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
    with pytest.raises(Misfortune, match="HTTPS_PROXY"):
        fetch(tmp_path / "cache", jars=[jar()])
    gc.collect()


def test_every_kafka_jar_of_the_list_has_the_same_version():
    versions = {jar.version for jar in locked() if jar.group == "org.apache.kafka"}
    assert len(versions) == 1
