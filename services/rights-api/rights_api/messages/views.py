"""Messages as requests and answers."""

from datetime import datetime
from typing import Annotated, Self

from common.http import RequestModel
from pydantic import BaseModel, Field

from rights_api.messages.domain import About, Direction, Message


class WriteMessage(RequestModel):
    text: Annotated[str, Field(min_length=1, max_length=20_000, repr=False)]

    def kind(self) -> About:
        return About.MESSAGE


class WriteOwnMessage(WriteMessage):
    about: About = Field(default=About.MESSAGE, description="留言或补充证据 / a message or more evidence")

    def kind(self) -> About:
        return self.about

    def canonical(self) -> bytes:
        return self.model_dump_json(exclude_defaults=True).encode()


class WrittenView(BaseModel):
    """That it was kept; the text is not sent back."""

    ordinal: int
    at: datetime


class MessageView(BaseModel):
    ordinal: int
    direction: Direction
    direction_zh: str
    about: About
    about_zh: str
    at: datetime
    read_at: datetime | None
    text: str | None
    """None of one's own, where the reader is the complainant: a receipt in wrong hands shows no facts."""

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            ordinal=message.ordinal,
            direction=message.direction,
            direction_zh=message.direction.zh,
            about=message.about,
            about_zh=message.about.zh,
            at=message.at,
            read_at=message.read_at,
            text=message.text,
        )


class CountedMessages(BaseModel):
    """Without a purpose: how many there are, and how many of the complainant's nobody has opened."""

    count: int
    unread: int


class Messages(CountedMessages):
    items: list[MessageView]
