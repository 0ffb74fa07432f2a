"""What is shown of declarations and overrides themselves; of persons nothing."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from contracts.lights import LightOf
from pydantic import BaseModel

from progress_api.lights.by_hand import Declaration, Override
from progress_api.lights.views import ColourView


class DeclarationView(BaseModel):
    declaration_id: UUID
    of: LightOf
    id: str
    region: str | None
    colour: ColourView
    reason: str
    from_on: date
    organisation_kind: str
    declared_at: datetime

    @classmethod
    def line(cls, declaration: Declaration) -> Self:
        scope = declaration.scope
        return cls(
            declaration_id=declaration.declaration_id,
            of=scope.of,
            id=scope.id,
            region=scope.region,
            colour=ColourView.of(declaration.colour),
            reason=declaration.reason,
            from_on=declaration.from_on,
            organisation_kind=declaration.organisation_kind,
            declared_at=declaration.act.at,
        )


class OverrideView(BaseModel):
    """in_force: on the day of the answer. It ends by itself when `expires_on` is over."""

    override_id: UUID
    version: int
    of: LightOf
    id: str
    region: str | None
    label_zh: str = "人工调整"
    colour: ColourView
    reason: str
    document_number: str | None
    requested_at: datetime
    approved_at: datetime | None
    from_on: date | None
    expires_on: date
    ended_on: date | None
    ended_reason: str | None
    in_force: bool

    @classmethod
    def line(cls, override: Override, today: date) -> Self:
        scope, approval, ending = override.scope, override.approval, override.ending
        return cls(
            override_id=override.override_id,
            version=override.version,
            of=scope.of,
            id=scope.id,
            region=scope.region,
            colour=ColourView.of(override.colour),
            reason=override.reason,
            document_number=override.document_number,
            requested_at=override.request.at,
            approved_at=approval and approval.at,
            from_on=approval and approval.today,
            expires_on=override.expires_on,
            ended_on=ending and ending.today,
            ended_reason=override.ended_reason,
            in_force=override.in_force(today),
        )
