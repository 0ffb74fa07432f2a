"""`python -m tests.bench.orm_http PORT DSN`: the same look-up as FastAPI's and SQLAlchemy's own guides write it."""

import sys
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated
from uuid import UUID

import uvicorn
from contracts.identifiers import LicenceCategory
from contracts.regions import REGIONS
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from registry_api.register.public import CATEGORY_EN, STANDING_LABELS
from registry_api.register.standing import Standing
from sqlalchemy import ForeignKey, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship

from tests.bench.bare_http import POOL_SIZE


class Base(DeclarativeBase):
    pass


class Firm(Base):
    __tablename__ = "firms"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    credit_code: Mapped[str]


class Practice(Base):
    __tablename__ = "practices"
    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    firm_id: Mapped[UUID | None] = mapped_column(ForeignKey("firms.firm_id"))
    region: Mapped[str]
    category: Mapped[int]
    to_on: Mapped[date | None]
    firm: Mapped[Firm | None] = relationship()


class Lawyer(Base):
    __tablename__ = "lawyers"
    lawyer_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    licence_number: Mapped[str]
    first_licensed_on: Mapped[date]
    current_practice_id: Mapped[UUID] = mapped_column(ForeignKey("practices.practice_id"))
    practice: Mapped[Practice] = relationship()


class LicenceNumber(Base):
    __tablename__ = "licence_numbers"
    licence_number: Mapped[str] = mapped_column(primary_key=True)
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyers.lawyer_id"))


class Coded(BaseModel):
    code: str | int
    zh: str
    en: str


class FirmView(BaseModel):
    name: str
    credit_code: str


class LawyerView(BaseModel):
    name: str
    licence_number: str
    category: Coded
    firm: FirmView | None
    region: Coded
    status: Coded
    first_licensed_on: date
    assessment: None = None
    disclosures: int = 0
    """Of nobody here is there anything to tell; asking would slow this side down."""


def _view(lawyer: Lawyer) -> LawyerView:
    practice, firm = lawyer.practice, lawyer.practice.firm
    region = REGIONS[practice.region]
    standing = Standing.PRACTISING if practice.to_on is None else Standing.ENDED
    zh, en = STANDING_LABELS[standing]
    return LawyerView(
        name=lawyer.name,
        licence_number=lawyer.licence_number,
        category=Coded(
            code=practice.category, zh=LicenceCategory(practice.category).zh, en=CATEGORY_EN[practice.category]
        ),
        firm=None if firm is None else FirmView(name=firm.name, credit_code=firm.credit_code),
        region=Coded(code=practice.region, zh=region.name_zh, en=region.name_en),
        status=Coded(code=standing.value, zh=zh, en=en),
        first_licensed_on=lawyer.first_licensed_on,
    )


def build(dsn: str) -> FastAPI:
    engine = create_async_engine(
        make_url(dsn).set(drivername="postgresql+asyncpg"), pool_size=POOL_SIZE, max_overflow=0
    )
    session_maker = async_sessionmaker(engine, expire_on_commit=False)

    async def get_session() -> AsyncIterator[AsyncSession]:
        async with session_maker() as session:
            yield session

    app = FastAPI()

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {}

    @app.get("/v1/public/lawyers/{licence_number}")
    async def look_up(licence_number: str, session: Annotated[AsyncSession, Depends(get_session)]) -> LawyerView:
        lawyer = await session.scalar(
            select(Lawyer)
            .join(LicenceNumber, LicenceNumber.lawyer_id == Lawyer.lawyer_id)
            .where(LicenceNumber.licence_number == licence_number)
            .options(joinedload(Lawyer.practice, innerjoin=True).joinedload(Practice.firm))
        )
        if lawyer is None:
            raise HTTPException(404)
        return _view(lawyer)

    return app


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[2]), port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none",
        access_log=False, log_level="warning",
    )  # fmt: skip
