"""The services, asked over HTTP with the visitor's own token: what he may not see there, no page shows."""

from portal.apis.apis import Answer, Apis, ApisOf, ApisOfNobody, Refused, Unreachable, Upload, open_apis

__all__ = ["Answer", "Apis", "ApisOf", "ApisOfNobody", "Refused", "Unreachable", "Upload", "open_apis"]
