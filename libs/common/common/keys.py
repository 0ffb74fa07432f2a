"""Keys of a deployment: from the settings, or in development from a file made at first use."""

from pathlib import Path

from pydantic import SecretStr

from common.development_key import development_key
from common.settings import InvalidSettings, Settings


def deployment_key(settings: Settings, name: str, length: int, purpose: str) -> bytes:
    """`name` is the field of the settings, in hex digits; `purpose` ends the sentence `Set X: it …`."""
    given: SecretStr | None = getattr(settings, name)
    if given is not None:
        return key_from_hex(name.upper(), given.get_secret_value(), length)
    if settings.environment == "production":
        raise InvalidSettings(f"Set {name.upper()} ({length * 2} hex digits): it {purpose}.")
    key = development_key(settings.data_dir, name.replace("_", "-"), length)
    if len(key) != length:
        path = Path(settings.data_dir) / "secrets" / name.replace("_", "-")
        raise InvalidSettings(f"The key file {path} is damaged: it must have {length} bytes.")
    return key


def key_from_hex(variable: str, text: str, length: int) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        # `from None`: the error quotes the value.
        raise InvalidSettings(f"The environment variable {variable} is not valid: not hex digits.") from None
    if len(key) != length:
        raise InvalidSettings(f"The environment variable {variable} is not valid: not {length * 2} digits.")
    return key
