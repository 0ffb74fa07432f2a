"""The machine of a complaint about violated practice rights: rights_proceedings.yaml, typed."""

from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from pydantic import Field, model_validator

from contracts.package_data import load_yaml
from contracts.policy import Frozen


class StateInfo(Frozen):
    id: str
    zh: str
    en: str
    open: bool


class ClockInfo(Frozen):
    """A deadline of a case. `cap_petition`: of a petition it never ends after that one (RR06)."""

    id: str
    zh: str
    en: str
    rule: str
    rule_petition: str | None = None
    bearer: Literal["organ", "party"]
    cap_petition: str | None = None


class Guard(Frozen):
    id: str
    zh: str
    en: str
    source: str
    basis: Literal["law", "recalled", "design"]


class Begins(Frozen):
    clock: str
    from_: Literal["now", "decided"] = Field(default="now", alias="from")


class Step(Frozen):
    id: str
    zh: str
    en: str
    by: Literal["officer", "complainant", "timer"]
    action: Literal["decide", "reply", "review"] | None = None
    from_: tuple[str, ...] = Field(alias="from")
    to: str | None = None
    to_petition: str | None = None
    meets: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    """Deadlines that need not be kept any more."""
    lapses: Literal["all"] | None = None
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    begins: tuple[Begins, ...] = ()
    guards: tuple[str, ...] = ()

    def leads_to(self, state: str, *, petition: bool) -> str:
        wanted = self.to_petition if petition and self.to_petition is not None else self.to
        return state if wanted is None else wanted


class Machine(Frozen):
    states: tuple[StateInfo, ...]
    clocks: tuple[ClockInfo, ...]
    guards: tuple[Guard, ...]
    steps: tuple[Step, ...]

    @model_validator(mode="after")
    def _names_are_known(self) -> "Machine":
        states, clocks = {s.id for s in self.states}, {c.id for c in self.clocks}
        guards = {g.id for g in self.guards}
        for step in self.steps:
            named = {*step.from_, *(s for s in (step.to, step.to_petition) if s is not None)}
            timed = {*step.meets, *step.ends, *step.pauses, *step.resumes, *(b.clock for b in step.begins)}
            if named - states or timed - clocks or set(step.guards) - guards:
                raise ValueError(f"step {step.id} names a state, clock or guard that is not declared")
            if (step.by == "officer") is (step.action is None):
                raise ValueError(f"step {step.id}: officers, and they alone, need an action")
        return self


@lru_cache(maxsize=1)
def rights_machine() -> Machine:
    return Machine.model_validate(load_yaml("rights_proceedings.yaml"))


@lru_cache(maxsize=1)
def rights_steps() -> MappingProxyType[str, Step]:
    return MappingProxyType({step.id: step for step in rights_machine().steps})


@lru_cache(maxsize=1)
def rights_clocks() -> MappingProxyType[str, ClockInfo]:
    return MappingProxyType({clock.id: clock for clock in rights_machine().clocks})


@lru_cache(maxsize=1)
def rights_states() -> MappingProxyType[str, StateInfo]:
    return MappingProxyType({state.id: state for state in rights_machine().states})
