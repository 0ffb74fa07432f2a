"""A few questions to every operation, always the same; `python -m tests.security.fuzz` asks thousands."""

from tests.security.fuzz.run import Attention, Fuzz
from tests.security.fuzz.system import System

_QUESTIONS = 1


async def test_no_operation_gives_a_wrong_answer(system: System, issuer, listened_to: Attention):
    report = await Fuzz(system, issuer, listened_to, seed=1).run(examples=_QUESTIONS)
    assert not report.faults, "\n\n".join(str(vars(fault)) for fault in report.faults.values())
    assert len(report.asked) > 700
    assert set(report.asked.values()) == {_QUESTIONS}
    # Were everybody refused at the door, nothing would have been asked.
    assert {200, 403, 422} <= report.statuses.keys()
