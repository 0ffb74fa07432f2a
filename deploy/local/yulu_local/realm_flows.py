"""How people prove who they are: Keycloak's authentication flows of the realm `yulu`."""

from typing import Any

BROWSER, FORMS, SECOND_FACTOR = "yulu browser", "yulu forms", "yulu second factor"
FIRST_BROKER, AFTER_BROKER, SECOND_AFTER_BROKER = "yulu first broker", "yulu after broker", "yulu broker second factor"
_HOLDS_SENSITIVE_ROLE = "holds a sensitive role"

Json = dict[str, Any]


def flows() -> list[Json]:
    """Beside Keycloak's own, which serve clients and administrators."""
    return [
        _flow(
            BROWSER,
            _step("auth-cookie", "ALTERNATIVE"),
            _step("identity-provider-redirector", "ALTERNATIVE"),
            _within(FORMS, "ALTERNATIVE"),
        ),
        _flow(
            FORMS,
            _step("auth-username-password-form", "REQUIRED"),
            _within(SECOND_FACTOR, "CONDITIONAL"),
            top=False,
        ),
        _second_factor(SECOND_FACTOR),
        # Who is new gets an account of his own. Where its name or address is taken, he is refused: an account that is
        # there already is linked by an administrator, never by whoever comes along with the right name.
        _flow(FIRST_BROKER, _step("idp-create-user-if-unique", "REQUIRED")),
        # A flow in which nothing has happened would count as failed.
        _flow(
            AFTER_BROKER,
            _step("allow-access-authenticator", "REQUIRED"),
            _within(SECOND_AFTER_BROKER, "CONDITIONAL"),
        ),
        _second_factor(SECOND_AFTER_BROKER),
    ]


def authenticators(role: str) -> list[Json]:
    """`role` is the one that asks for the second factor: client, full stop, role."""
    return [{"alias": _HOLDS_SENSITIVE_ROLE, "config": {"condUserRole": role, "negate": "false"}}]


def _second_factor(alias: str) -> Json:
    # Required, not merely asked of those who have one: at his first login he enrols.
    condition = _step("conditional-user-role", "REQUIRED") | {"authenticatorConfig": _HOLDS_SENSITIVE_ROLE}
    return _flow(alias, condition, _step("auth-otp-form", "REQUIRED"), top=False)


def _flow(alias: str, *executions: Json, top: bool = True) -> Json:
    return {
        "alias": alias,
        "providerId": "basic-flow",
        "topLevel": top,
        "builtIn": False,
        "authenticationExecutions": [
            execution | {"priority": 10 * (place + 1)} for place, execution in enumerate(executions)
        ],
    }


def _step(authenticator: str, requirement: str) -> Json:
    return {"authenticator": authenticator, "requirement": requirement, "authenticatorFlow": False}


def _within(flow: str, requirement: str) -> Json:
    return {"flowAlias": flow, "requirement": requirement, "authenticatorFlow": True}
