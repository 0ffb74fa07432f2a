"""Random orders, lawful and unlawful, against the model: the service agrees on each, and a refused one changes nothing.

The sequences are the same in every run. `MODEL_SEED=n` tries others, `MODEL_SEQUENCES=n` so many of them.
"""

import os
from random import Random

from .bench import Bench
from .play import ORGANS, Play

SEED = int(os.environ.get("MODEL_SEED", "20260610"))
SEQUENCES, COMMANDS = int(os.environ.get("MODEL_SEQUENCES", "25")), 40


async def _play(bench: Bench, chance: Random) -> None:
    await bench.clear()
    play = Play(bench)
    pick = chance.choice
    await play.open(pick(ORGANS))
    for _ in range(COMMANDS):
        match pick(["lawful"] * 6 + ["wrong"] * 4 + ["any", "repeat", "recuse", "early", "open", "time", "time"]):
            case "lawful":
                await play.lawful_step(pick)
            case "wrong":
                await play.lawful_step(pick, pick([1, 1, 1, 2]))
            case "any":
                await play.any_step(pick)
            case "repeat":
                await play.repeat(pick)
            case "recuse":
                await play.recuse(pick)
            case "early":
                await play.publish_too_early(pick)
            case "open" if len(play.cases) < 3:
                await play.open(pick(ORGANS))
            case _:
                play.time_passes(pick([1, 7, 30, 100]))


async def test_random_orders_meet_the_model(hands, connection):
    bench = Bench(hands, connection)
    for sequence in range(SEQUENCES):
        await _play(bench, Random(f"{SEED}-{sequence}"))
    assert sum(bench.accepted.values()) > SEQUENCES
    assert sum(bench.refused.values()) > SEQUENCES
