"""What the directory of government data says of a resource, to be set beside what is answered."""

import json

from contracts.package_data import text_of


def documented_fields(resource_id: str) -> set[str]:
    entries = json.loads(text_of("directory.json"))["resources"]
    return {field["name"] for entry in entries if entry["id"] == resource_id for field in entry["fields"]}
