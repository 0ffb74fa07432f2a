"""The page that is asked for from outside fails where complaints cannot come in, and only then."""

from pathlib import Path

import httpx
import yaml

from tests.journeys.actors import eventually

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "observability" / "prometheus.yaml"


def test_the_page_that_is_probed_fails_with_the_complainants_side(system):
    [job] = [
        each for each in yaml.safe_load(CONFIGURATION.read_text("utf-8"))["scrape_configs"] if "params" in each
    ]  # fmt: skip
    first, second = (
        target.replace("http://127.0.0.1:8100", system.url("portal")) for target in job["static_configs"][0]["targets"]
    )

    def status(url):
        return httpx.get(url, trust_env=False, timeout=120).status_code

    assert status(first) == 200
    eventually(lambda: status(second) == 200)
    process = system.process("rights-public")
    process.suspend()
    try:
        assert status(second) >= 500
        assert status(first) == 200
    finally:
        process.resume()
    eventually(lambda: status(second) == 200)
