import httpx
import pytest
from common.metrics_server import serve_metrics
from common.settings import InvalidSettings, Settings
from yulu_local.ports import free_port


def test_metrics_are_for_the_holder_of_the_token():
    port = free_port()
    serve_metrics(Settings(metrics_port=port, metrics_token="scraper-token"))
    url = f"http://127.0.0.1:{port}/metrics"
    with httpx.Client(trust_env=False) as client:
        assert client.get(url).status_code == 401
        assert client.get(url, headers={"Authorization": "Bearer other"}).content == b""
        answer = client.get(url, headers={"Authorization": "Bearer scraper-token"})
    assert answer.status_code == 200
    assert "python_info" in answer.text


def test_no_port_without_a_token():
    with pytest.raises(InvalidSettings, match="METRICS_TOKEN"):
        serve_metrics(Settings(metrics_port=free_port()))
