"""When an account may become a lawyer's: the order of the questions, without a directory or a register."""

import pytest
from portal.accounts.binding import MOST_TRIES, NotBound, bind
from portal.accounts.directory import Account

DAY, NUMBER = "2026-04-10", "14101201010123456"


class Accounts:
    def __init__(self, *, others=frozenset(), **attributes: str) -> None:
        self.held = {name: [value] for name, value in attributes.items()}
        self.others, self.bound, self.tries = others, "", 0
        self.written: list[str] = []

    async def account(self, subject: str) -> Account:
        return Account({"id": subject, "attributes": self.held})

    async def holders(self, number: str) -> set[str]:
        return set(self.others) if number == NUMBER else set()

    async def note_try(self, account: Account, day: str) -> None:
        self.tries += 1
        self.held["binding_attempts"] = [f"{day}/{account.tries_on(day) + 1}"]

    async def bind(self, account: Account, number: str, region: str) -> None:
        self.bound = number
        self.written += [account.representation["id"], region]


async def agrees(_said):
    return {"licence_number": NUMBER, "region": "410100"}


async def disagrees(_said):
    return None


async def never_asked(_said):
    raise AssertionError("the registry was asked")


async def test_all_three_agree():
    accounts = Accounts()
    assert await bind(accounts, agrees, "zhang", {}, DAY) == accounts.bound == NUMBER
    assert (accounts.tries, accounts.written) == (0, ["zhang", "410100"])


@pytest.mark.parametrize(
    ("accounts", "lawyers", "told"),
    [
        (Accounts(organisation_kind="bureau", organisation_id="x"), never_asked, "机构"),
        (Accounts(binding_attempts=f"{DAY}/{MOST_TRIES}"), never_asked, "次数"),
        (Accounts(), disagrees, "不一致"),
        (Accounts(organisation_kind="lawyer", organisation_id="14101201010999999"), agrees, "另一执业证号"),
        (Accounts(others={"li"}), agrees, "另一账号"),
    ],
)
async def test_who_is_not_bound_is_told_why(accounts, lawyers, told):
    with pytest.raises(NotBound, match=told):
        await bind(accounts, lawyers, "zhang", {}, DAY)
    assert accounts.bound == ""


async def test_tries_of_another_day_do_not_count_and_one_that_was_bound_may_ask_again():
    assert await bind(Accounts(binding_attempts=f"2026-04-09/{MOST_TRIES}"), agrees, "zhang", {}, DAY)
    again = Accounts(organisation_kind="lawyer", organisation_id=NUMBER, others={"zhang"})
    assert await bind(again, agrees, "zhang", {}, DAY)
