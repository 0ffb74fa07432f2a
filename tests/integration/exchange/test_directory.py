"""The directory tells every resource with its fields, and the fields are those that the operation really answers."""

import json
from pathlib import Path

from contracts.sharing import SharingAttribute, resources

ROOT = Path(__file__).parents[3]


async def test_everybody_reads_it_and_every_entry_is_whole(call):
    answer = await call("GET", "/directory")
    entries = answer.json()["resources"]
    assert [entry["id"] for entry in entries] == list(resources())
    for entry in entries:
        shared = entry["attribute"]["code"] != SharingAttribute.WITHHELD
        assert bool(entry["fields"]) is bool(entry["operation"]) is bool(entry["handler"]) is shared, entry["id"]
        assert all(any("\u4e00" <= c <= "\u9fff" for c in field["description"]) for field in entry["fields"])
        assert all((entry["basis"], entry["organ"]))
    again = await call("GET", "/directory", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    one = await call("GET", "/directory/lawyer-register")
    assert one.json() == entries[0]
    assert (await call("GET", "/directory/nothing")).status_code == 404


def test_every_operation_of_the_directory_is_in_the_services_own_description():
    for resource in resources().values():
        if resource.operation is not None:
            method, _, path = resource.operation.partition(" ")
            described = json.loads((ROOT / "docs" / "openapi" / f"{resource.service}.json").read_text())
            assert method.lower() in described["paths"][path], resource.id
