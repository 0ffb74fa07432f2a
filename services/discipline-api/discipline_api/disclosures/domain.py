"""Who may read disclosures in bulk, whose reading is logged, and what a list can be asked for."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Self
from uuid import UUID, uuid4

from common.auth import Principal
from contracts.conduct import OrganKind, conduct_codes
from contracts.deadlines import rule
from contracts.discipline_events import Penalty
from contracts.working_days import local_date

from discipline_api.display.shown import RecordKind
from discipline_api.refusals import Refused

TERM: Final = "disclosures.undertaking-term"
RENEWAL: Final = "disclosures.undertaking-renewal"
CHANGES_FETCHED: Final = "disclosures.changes-fetched"
TOMBSTONES_FETCHED: Final = "disclosures.tombstones-fetched"
READ_LOG: Final = "disclosures.read-log"

_LOGGED_ROLES: Final = frozenset({"disclosure-client", "verification-client"})


class Way(StrEnum):
    """How something was read."""

    RECORD = "record"
    QUERY = "query"
    SEARCH = "search"
    LIST = "list"
    BULK = "bulk"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Client:
    """A system, as its token names it."""

    subject: str
    organisation_kind: str
    organisation_id: str

    @classmethod
    def of(cls, principal: Principal) -> Self:
        return cls(principal.subject, principal.organisation_kind, principal.organisation_id)


def logged_client(principal: Principal | None) -> Client | None:
    """Whose reading is logged: systems', so that they can be told of corrections. A person's never is."""
    if principal is None or not (principal.organisation_kind == "system" or principal.roles & _LOGGED_ROLES):
        return None
    return Client.of(principal)


@dataclass(frozen=True, slots=True)
class UndertakingText:
    """What is undertaken; a changed text has another version, and who gave the older one has given that."""

    version: int
    zh: str
    en: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.zh.encode()).hexdigest()


def undertaking_text() -> UndertakingText:
    days, hours, months = rule(CHANGES_FETCHED).value, rule(TOMBSTONES_FETCHED).value, rule(TERM).value
    return UndertakingText(
        version=1,
        zh=(
            "本机构申请批量读取律师惩戒公示信息，承诺：一、每条记录自其公示截止之日起删除，不再保存、使用或提供；"
            f"二、至少每{days}日读取一次变更流，并在墓碑发布后{hours}小时内读取，收到后立即删除所涉记录；"
            "三、提供给他人时一并告知公示截止日，并约束其同样删除；四、不供搜索引擎收录，不与其他信息合并为人物画像；"
            "五、收到更正通知后更正此前据以作出的判断。"
            f"承诺有效{months}个月，可以续展；违反的，不再提供批量文件。"
        ),
        en=(
            "This organisation asks to read disclosures in bulk and undertakes: 1. to delete each record on the day "
            "its display ends, and no longer to keep, use or give it; "
            f"2. to read the changes at least every {days} days, and tombstones within {hours} hours, and to delete at "
            "once what they end; 3. to pass on the day a record ends with the record, and the duty to delete it; "
            "4. to offer records to no search engine and to build no profiles of persons; "
            "5. to correct what was judged by a record that has been corrected. "
            f"The undertaking holds for {months} months and can be renewed; who breaks it gets no further files."
        ),
    )


@dataclass(frozen=True, slots=True)
class Undertaking:
    """In force on the days [from_on, to_on)."""

    undertaking_id: UUID
    reader_id: UUID
    organisation_name: str
    text_version: int
    given_at: datetime
    from_on: date
    to_on: date

    def in_force(self, today: date) -> bool:
        return self.from_on <= today < self.to_on


def undertake(
    reader_id: UUID, organisation_name: str, text_version: int, last: Undertaking | None, now: datetime
) -> Undertaking:
    """A first undertaking holds from today, a renewal from the day on which the one before ends."""
    current = undertaking_text().version
    if text_version != current:
        raise Refused(
            "undertaking-text-outdated",
            f"承诺书现行版本为第{current}版，请阅读后再承诺",
            f"the text has version {current} now; read it first",
            field="text_version",
        )
    today = local_date(now)
    from_on = today
    if last is not None and last.to_on > today:
        renewable_on = last.to_on - timedelta(days=rule(RENEWAL).value)
        if today < renewable_on:
            raise Refused(
                "undertaking-in-force",
                f"现有承诺有效至{(last.to_on - timedelta(days=1)).isoformat()}，自{renewable_on.isoformat()}起可以续展",
                f"the present one can be renewed from {renewable_on.isoformat()}",
                conflict=True,
            )
        from_on = last.to_on
    return Undertaking(uuid4(), reader_id, organisation_name, text_version, now, from_on, rule(TERM).ends_on(from_on))


@dataclass(frozen=True, slots=True)
class Reader:
    """A system that has given an undertaking.

    `bulk_at`: of its first file; `changes_read_to`: the leaf it needs next.
    """

    reader_id: UUID
    client: Client
    bulk_at: datetime | None = None
    changes_read_at: datetime | None = None
    changes_read_to: int = 0


def owed(reader: Reader, unread_tombstone_at: datetime | None, now: datetime) -> Refused | None:
    """Why no further file is given: the changes since the first one have not been read."""
    if reader.bulk_at is None:
        return None
    row = rule(CHANGES_FETCHED)
    read_at = max(reader.bulk_at, reader.changes_read_at or reader.bulk_at)
    if now - read_at > timedelta(days=row.value):
        return Refused(
            "changes-not-fetched",
            f"已超过{row.value}日未读取变更流；请从第{reader.changes_read_to}号起读取后再试",
            f"the changes have not been read for {row.value} days; read them from leaf {reader.changes_read_to} on",
            conflict=True,
        )
    row = rule(TOMBSTONES_FETCHED)
    if unread_tombstone_at is not None and now - unread_tombstone_at > timedelta(hours=row.value):
        return Refused(
            "tombstones-not-fetched",
            f"有墓碑发布已超过{row.value}小时而未读取；请从第{reader.changes_read_to}号起读取变更流后再试",
            f"tombstones are unread for {row.value} hours; read the changes from leaf {reader.changes_read_to} on",
            conflict=True,
        )
    return None


@dataclass(frozen=True, slots=True)
class Filters:
    """Of the list; None and () ask for everything."""

    region: str | None = None
    organ_kind: OrganKind | None = None
    kind: RecordKind | None = None
    penalty: Penalty | None = None
    conduct: tuple[str, ...] = ()
    decided_from: date | None = None
    decided_to: date | None = None
    published_from: date | None = None
    published_to: date | None = None


def conduct_of(text: str) -> tuple[str, ...]:
    """The codes that are meant by a code (L48.1), by their beginning (L48) or by an article; none where none is."""
    return tuple(
        code
        for code, act in conduct_codes().items()
        if text in (code, act.article) or code.startswith((f"{text}.", f"{text}¶"))
    )
