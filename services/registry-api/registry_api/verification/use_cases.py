"""Questions in, answers out, in the same order; a question that is at fault does not spoil the others."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from contracts.identifiers import InvalidIdentifier

from registry_api.verification.domain import Found, Question, Reader, Result, judge, told_by_form

_TURN = 500
"""So many questions are judged before other requests of the process get their turn."""


class Register(Protocol):
    async def find(self, questions: Sequence[Question]) -> dict[int, Found]: ...
    async def find_with_position(self, questions: Sequence[Question]) -> tuple[dict[int, Found], int]: ...


Outcome = Result | InvalidIdentifier


async def verify(
    register: Register, questions: Sequence[Question], reader: Reader, today: date, *, with_position: bool = False
) -> tuple[list[Outcome], int | None]:
    """And, where it is wanted, the position of the feed that the answers include."""
    outcomes: list[Outcome | None] = [None] * len(questions)
    asked: list[int] = []
    for place, question in enumerate(questions):
        try:
            told = told_by_form(question.number, reader)
        except InvalidIdentifier as error:
            outcomes[place] = error
            continue
        if told is None:
            asked.append(place)
        else:
            outcomes[place] = Result(told)
        if place % _TURN == _TURN - 1:
            await asyncio.sleep(0)
    found, position = await _found(register, [questions[place] for place in asked], with_position=with_position)
    for index, place in enumerate(asked):
        try:
            outcomes[place] = judge(questions[place], found.get(index), reader, today)
        except InvalidIdentifier as error:
            outcomes[place] = error
        if index % _TURN == _TURN - 1:
            await asyncio.sleep(0)
    return [outcome for outcome in outcomes if outcome is not None], position


async def _found(
    register: Register, questions: Sequence[Question], *, with_position: bool
) -> tuple[Mapping[int, Found], int | None]:
    if with_position:
        return await register.find_with_position(questions)
    return (await register.find(questions), None) if questions else ({}, None)
