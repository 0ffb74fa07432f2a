"""Our databases on one server, by name. Without imports: an image that knows no processes has this, too."""

MIGRATED = {
    "registry": "registry-api",
    "discipline": "discipline-api",
    "rights": "rights-api",
    "progress": "progress-api",
    "exchange": "exchange-api",
    "portal": "portal",
}
"""Databases by name, and whose they are: `python -m <package> migrate`, before any process starts."""
DATABASES = (*MIGRATED, "rights_keys")
"""All of ours: that of the keys is migrated by rights-api, with its own."""
