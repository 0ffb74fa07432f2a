"""Bodies of requests about lights."""

from datetime import date
from typing import Annotated

from common.clock import LegalDay
from common.http import RequestModel
from contracts.lights import Colour, LightOf
from pydantic import Field

from progress_api.lights.domain import Scope
from progress_api.organisations import RegionCode

Reason = Annotated[str, Field(min_length=2, max_length=500)]


class _OfLight(RequestModel):
    """Without region: of the province as a whole."""

    of: LightOf
    id: str = Field(min_length=1, max_length=40, examples=["M05"])
    region: RegionCode | None = None
    colour: Colour
    reason: Reason

    @property
    def scope(self) -> Scope:
        return Scope(self.of, self.id, self.region)


class DeclareLight(_OfLight):
    """from_on: since when, today by default."""

    from_on: LegalDay | None = None

    def holds_from(self, today: date) -> date:
        return self.from_on or today


class OverrideLight(_OfLight):
    document_number: Annotated[str, Field(min_length=2, max_length=80)] | None = None
    expires_on: LegalDay


class EndOverride(RequestModel):
    reason: Reason
