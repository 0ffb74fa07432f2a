"""When an account may become a lawyer's."""

from collections.abc import Mapping
from typing import Any, Protocol

from portal.accounts.directory import KIND, Account

MOST_TRIES = 5
"""A day: numbers and names of lawyers are public, and the ID number is not to be found by trying."""


class Accounts(Protocol):
    async def account(self, subject: str) -> Account: ...
    async def holders(self, number: str) -> set[str]: ...
    async def note_try(self, account: Account, day: str) -> None: ...
    async def bind(self, account: Account, number: str, region: str) -> None: ...


class Lawyers(Protocol):
    async def __call__(self, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """`licence_number` and `region` of the one with whom all three agree."""


class NotBound(Exception):
    """`zh` is for the person himself."""

    def __init__(self, zh: str) -> None:
        super().__init__(zh)
        self.zh = zh


async def bind(accounts: Accounts, lawyers: Lawyers, subject: str, said: Mapping[str, Any], day: str) -> str:
    """The licence number. Raises NotBound; one at a time, or two accounts could become the same lawyer's."""
    account = await accounts.account(subject)
    kind, number = account.organisation
    if kind not in ("", KIND):
        raise NotBound("本账号属于机构，不能绑定为律师。")
    if account.tries_on(day) >= MOST_TRIES:
        raise NotBound("今日尝试次数已用完，请明日再试，或联系登记机关。")
    lawyer = await lawyers(said)
    if lawyer is None:
        await accounts.note_try(account, day)
        raise NotBound("执业证号、姓名、身份证号与登记信息不一致，请核对后再试。")
    found = str(lawyer["licence_number"])
    if number not in ("", found):
        raise NotBound("本账号已绑定另一执业证号，请联系登记机关。")
    if await accounts.holders(found) - {subject}:
        raise NotBound("该律师已绑定另一账号，请联系登记机关。")
    await accounts.bind(account, found, str(lawyer["region"]))
    return found
