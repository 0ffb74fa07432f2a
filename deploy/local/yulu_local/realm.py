"""The realms as Keycloak imports them, made from `deploy/identity/*.yaml`.

Secrets and addresses stay out: `${NAME}` is replaced by Keycloak itself, from its environment, when it imports.
`python -m yulu_local.realm` writes the production realm to `deploy/identity/yulu-realm.json`.
"""

import json
from functools import cache
from typing import Any
from uuid import uuid5

import yaml
from common.auth.principal import PROVINCE

from yulu_local import passwords
from yulu_local.issuer import DEV_CLIENT, IDENTITY_CLIENT
from yulu_local.issuer_login import BACKCHANNEL_LOGOUT, CALLBACK, PORTAL_CLIENT
from yulu_local.people import IDENTITY, NAMESPACE, people
from yulu_local.realm_flows import AFTER_BROKER, BROWSER, FIRST_BROKER, authenticators, flows

REALM, PROVINCIAL = "yulu", "provincial"
AUDIENCE = "yulu"
SECOND_FACTOR = "second-factor"
"""A role of the client `portal`, inside each role that needs it: realm roles would show in tokens."""

Json = dict[str, Any]


@cache
def declared() -> Json:
    return dict(yaml.safe_load((IDENTITY / "realm.yaml").read_text(encoding="utf-8")))


def secret_variable(client: str) -> str:
    """The environment variable with the secret of this client."""
    return client.replace("-", "_").upper() + "_CLIENT_SECRET"


def clients_with_secrets(*, development: bool) -> list[str]:
    systems = [system["client"] for system in declared()["systems"]] if development else []
    own = [PORTAL_CLIENT, IDENTITY_CLIENT, *declared()["workers"], PROVINCIAL]
    return own + systems + ([DEV_CLIENT] if development else [])


def yulu(*, development: bool, provincial: bool = True) -> Json:
    """`development` adds the demo persons, the example systems and the client of `yulu token`."""
    seconds = declared()["seconds"]
    systems = declared()["systems"] if development else []
    workers = [_machine(name, name, "system", "yulu", PROVINCE) for name in declared()["workers"]]
    clients = [_portal(), _identity(), *workers, *(_system(system) for system in systems)]
    users = [_account_of(name, [name]) for name in declared()["workers"]]
    users += [_account_of(system["client"], system["roles"]) for system in systems]
    # Administration knows its caller by `sub`, which therefore has to be an account's id.
    binding = {"realm-management": ["manage-users", "view-users"]}
    users.append({"id": IDENTITY_CLIENT} | _account_of(IDENTITY_CLIENT, ["identity-client"], binding))
    if development:
        clients.append(_dev(seconds["development_token"]))
        users.append(_account_of(DEV_CLIENT, [], {"realm-management": ["manage-realm", "manage-users"]}))
        users += [_demo_person(username) for username in people()]
    return _realm(REALM, "豫律") | {
        "roles": _roles(),
        "clients": clients,
        "scopeMappings": [
            {"client": client["clientId"], "roles": list(declared()["roles"])}
            for client in clients
            if not client["fullScopeAllowed"]
        ],
        "users": users,
        "authenticationFlows": flows(),
        "authenticatorConfig": authenticators(f"{PORTAL_CLIENT}.{SECOND_FACTOR}"),
        "browserFlow": BROWSER,
        "identityProviders": [_provincial_provider()] if provincial else [],
        "identityProviderMappers": _provincial_mappers() if provincial else [],
    }


def provincial() -> Json:
    """Stands in for 统一身份认证; nothing of ours but one client is in it."""
    rows = yaml.safe_load((IDENTITY / "provincial.yaml").read_text(encoding="utf-8"))
    client = _client("yulu", "豫律") | {
        "secret": f"${{{secret_variable(PROVINCIAL)}}}",
        "standardFlowEnabled": True,
        "redirectUris": [f"${{KEYCLOAK_URL}}/realms/{REALM}/broker/{PROVINCIAL}/endpoint"],
        "attributes": {"pkce.code.challenge.method": "S256"},
        "defaultClientScopes": ["basic"],
        "protocolMappers": [_from_attribute("name", "name")],
    }
    return _realm(PROVINCIAL, "河南省统一身份认证（示范）") | {
        "clients": [client],
        "users": [_person(provincial_subject(row["username"]), row["username"], {"name": row["name"]}) for row in rows],
    }


def provincial_subject(username: str) -> str:
    return str(uuid5(NAMESPACE, f"{PROVINCIAL}:{username}"))


def _realm(name: str, title: str) -> Json:
    seconds, wrong = declared()["seconds"], declared()["wrong_passwords"]
    return {
        "realm": name,
        "displayName": title,
        "enabled": True,
        "sslRequired": "external",  # plain HTTP on private addresses alone, where a proxy ends TLS
        "registrationAllowed": False,
        "resetPasswordAllowed": False,
        "editUsernameAllowed": False,
        "rememberMe": False,
        "internationalizationEnabled": True,
        "supportedLocales": ["zh-CN", "en"],
        "defaultLocale": "zh-CN",
        "accessTokenLifespan": seconds["access_token"],
        "ssoSessionIdleTimeout": seconds["idle"],
        "ssoSessionMaxLifespan": seconds["longest"],
        "accessCodeLifespan": 60,
        "revokeRefreshToken": True,
        "refreshTokenMaxReuse": 0,
        "bruteForceProtected": True,
        "failureFactor": wrong["before_waiting"],
        "waitIncrementSeconds": wrong["wait_seconds"],
        "maxFailureWaitSeconds": wrong["longest_wait_seconds"],
        "passwordPolicy": passwords.policy(declared()["password_policy"]),
        "localizationTexts": passwords.refusals(),
        "otpPolicyType": "totp",
        "otpPolicyAlgorithm": "HmacSHA1",  # the one that every authenticator knows
        "otpPolicyDigits": 6,
        "otpPolicyPeriod": 30,
        "otpPolicyLookAheadWindow": 1,
        "otpPolicyInitialCounter": 0,
        "otpPolicyCodeReusable": False,
        # Who did what is kept in the database; the default listener would write names and addresses into the log.
        "eventsEnabled": True,
        "eventsExpiration": seconds["events_kept"],
        "eventsListeners": [],
        "adminEventsEnabled": True,
        "adminEventsDetailsEnabled": False,
        "components": {
            "org.keycloak.userprofile.UserProfileProvider": [
                {
                    "providerId": "declarative-user-profile",
                    "config": {"kc.user.profile.config": [json.dumps({"attributes": _profile()})]},
                }
            ]
        },
    }


def _profile() -> list[Json]:
    """Nobody changes for himself what his rights follow from."""
    by_admin = {"view": ["admin", "user"], "edit": ["admin"]}
    return [
        {"name": name, "permissions": by_admin}
        for name in (
            "username",
            "email",
            "name",
            "organisation_kind",
            "organisation_id",
            "region",
            "subject",
            "binding_attempts",
        )
    ]


def _roles() -> Json:
    return {
        "realm": [
            {"name": name, "description": label}
            | (
                {"composite": True, "composites": {"client": {PORTAL_CLIENT: [SECOND_FACTOR]}}}
                if name in declared()["second_factor"]
                else {}
            )
            for name, label in declared()["roles"].items()
        ],
        "client": {PORTAL_CLIENT: [{"name": SECOND_FACTOR, "description": "须以动态口令登录"}]},
    }


def _client(client: str, name: str) -> Json:
    """Confidential, and may do nothing yet."""
    return {
        "clientId": client,
        "name": name,
        "secret": f"${{{secret_variable(client)}}}",
        "publicClient": False,
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        "fullScopeAllowed": False,
        "redirectUris": [],
        "webOrigins": [],
        "defaultClientScopes": [],
        "optionalClientScopes": [],
        "protocolMappers": [],
    }


def _portal() -> Json:
    return _client(PORTAL_CLIENT, "豫律门户") | {
        "standardFlowEnabled": True,
        "redirectUris": [f"${{PORTAL_URL}}{CALLBACK}"],
        "frontchannelLogout": False,
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": "${PORTAL_URL}/",
            "backchannel.logout.url": f"${{PORTAL_URL}}{BACKCHANNEL_LOGOUT}",
            "backchannel.logout.session.required": "true",
        },
        "defaultClientScopes": ["basic", "acr"],
        "protocolMappers": [*_of_the_person(), _from_attribute("name", "name"), _username()],
    }


def _identity() -> Json:
    """Binds accounts: the one client, beside administrators, that writes what rights follow from."""
    return _client(IDENTITY_CLIENT, "账号绑定") | {
        "serviceAccountsEnabled": True,
        "fullScopeAllowed": True,
        "defaultClientScopes": ["roles", "basic"],
        "protocolMappers": [
            _audience(),
            _realm_roles(),
            _fixed("region", PROVINCE),
            *_fixed_organisation("system", "yulu"),
        ],
    }


def _system(row: Json) -> Json:
    return _machine(row["client"], row["name"], row["kind"], row["id"], row["region"])


def _machine(client: str, name: str, kind: str, organisation: str, region: str) -> Json:
    return _client(client, name) | {
        "serviceAccountsEnabled": True,
        "protocolMappers": [
            _audience(), _realm_roles(), _fixed("sub", client), _fixed("region", region),
            *_fixed_organisation(kind, organisation),
        ],
    }  # fmt: skip


def _dev(lifetime_seconds: int) -> Json:
    """For `yulu token`: gives itself accounts with the rights that are asked for. Development only."""
    return _client(DEV_CLIENT, "开发用") | {
        "serviceAccountsEnabled": True,
        "directAccessGrantsEnabled": True,
        "fullScopeAllowed": True,  # its own account administers the realm
        "attributes": {"access.token.lifespan": str(lifetime_seconds), "use.refresh.tokens": "false"},
        "defaultClientScopes": ["roles"],
        "protocolMappers": [*_of_the_person(), _from_attribute("subject", "sub")],
    }


def _of_the_person() -> list[Json]:
    return [
        _audience(),
        _realm_roles(),
        _from_attribute("region", "region"),
        _from_attribute("organisation_kind", "organisation.kind"),
        _from_attribute("organisation_id", "organisation.id"),
    ]


_IN_TOKENS = {"access.token.claim": "true", "id.token.claim": "true", "userinfo.token.claim": "false"}


def _mapper(name: str, kind: str, config: Json) -> Json:
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config}


def _audience() -> Json:
    # Not in ID tokens: those are for the portal alone.
    return _mapper(
        "audience",
        "oidc-audience-mapper",
        {"included.custom.audience": AUDIENCE, "access.token.claim": "true", "id.token.claim": "false"},
    )


def _realm_roles() -> Json:
    config = {"claim.name": "roles", "jsonType.label": "String", "multivalued": "true"} | _IN_TOKENS
    return _mapper("roles", "oidc-usermodel-realm-role-mapper", config)


def _from_attribute(attribute: str, claim: str) -> Json:
    config = {"user.attribute": attribute, "claim.name": claim, "jsonType.label": "String"} | _IN_TOKENS
    return _mapper(claim, "oidc-usermodel-attribute-mapper", config)


def _username() -> Json:
    config = {"user.attribute": "username", "claim.name": "preferred_username", "jsonType.label": "String"} | _IN_TOKENS
    return _mapper("username", "oidc-usermodel-property-mapper", config)


def _fixed(claim: str, value: str) -> Json:
    config = {"claim.name": claim, "claim.value": value, "jsonType.label": "String"} | _IN_TOKENS
    return _mapper(claim, "oidc-hardcoded-claim-mapper", config)


def _fixed_organisation(kind: str, organisation: str) -> list[Json]:
    return [_fixed("organisation.kind", kind), _fixed("organisation.id", organisation)]


def _account_of(client: str, roles: list[str], client_roles: dict[str, list[str]] | None = None) -> Json:
    return {
        "username": f"service-account-{client}",
        "enabled": True,
        "serviceAccountClientId": client,
        "realmRoles": roles,
        "clientRoles": client_roles or {},
    }


def _person(subject: str, username: str, attributes: dict[str, str]) -> Json:
    return {
        "id": subject,
        "username": username,
        "enabled": True,
        "attributes": {name: [value] for name, value in attributes.items()},
        "credentials": [{"type": "password", "value": "${DEMO_PASSWORD}", "temporary": False}],
    }


def _demo_person(username: str) -> Json:
    person = people()[username]
    attributes = {
        "name": person.name, "organisation_kind": person.organisation_kind, "organisation_id": person.organisation_id,
        "region": person.region,
    }  # fmt: skip
    rows = yaml.safe_load((IDENTITY / "provincial.yaml").read_text(encoding="utf-8"))
    linked = [
        {"identityProvider": PROVINCIAL, "userId": provincial_subject(row["username"]), "userName": row["username"]}
        for row in rows
        if row.get("linked") == username
    ]
    return _person(person.subject, username, attributes) | {
        "realmRoles": sorted(person.roles),
        "federatedIdentities": linked,
    }


def _provincial_provider() -> Json:
    return {
        "alias": PROVINCIAL,
        "displayName": "河南省统一身份认证",
        "providerId": "oidc",
        "enabled": True,
        "trustEmail": False,
        "storeToken": False,
        "firstBrokerLoginFlowAlias": FIRST_BROKER,
        "postBrokerLoginFlowAlias": AFTER_BROKER,
        "config": {
            "issuer": "${PROVINCIAL_ISSUER}",
            "authorizationUrl": "${PROVINCIAL_AUTHORIZATION_URL}",
            "tokenUrl": "${PROVINCIAL_TOKEN_URL}",
            "jwksUrl": "${PROVINCIAL_JWKS_URL}",
            "logoutUrl": "${PROVINCIAL_LOGOUT_URL}",
            "clientId": "${PROVINCIAL_CLIENT_ID}",
            "clientSecret": f"${{{secret_variable(PROVINCIAL)}}}",
            "clientAuthMethod": "client_secret_basic",
            "defaultScope": "openid",
            "useJwksUrl": "true",
            "validateSignature": "true",
            "pkceEnabled": "true",
            "pkceMethod": "S256",
            "disableUserInfo": "true",
            "backchannelSupported": "true",
            "syncMode": "FORCE",
        },
    }


def _provincial_mappers() -> list[Json]:
    def mapper(name: str, kind: str, **config: str) -> Json:
        return {
            "name": name, "identityProviderAlias": PROVINCIAL, "identityProviderMapper": kind,
            "config": {"syncMode": "INHERIT"} | config,
        }  # fmt: skip

    return [
        # By its number there, never by its name: a name there may be another person's name here.
        mapper("username", "oidc-username-idp-mapper", template=f"{PROVINCIAL}.${{CLAIM.sub}}", target="LOCAL"),
        mapper("name", "oidc-user-attribute-idp-mapper", **{"claim": "name", "user.attribute": "name"}),
    ]


def written() -> str:
    """The production realm as it is committed."""
    return json.dumps(yulu(development=False), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    (IDENTITY / "yulu-realm.json").write_text(written(), encoding="utf-8")
