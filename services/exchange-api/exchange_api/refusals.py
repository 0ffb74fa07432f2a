"""Why a command or a question was refused, said for people; `problems` turns it into an answer."""


class Refused(Exception):
    """`code` is stable; `field` names the member at fault; `conflict` means the state, not the input, is in the way."""

    def __init__(self, code: str, zh: str, en: str, *, field: str | None = None, conflict: bool = False) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.zh, self.en, self.field, self.conflict = code, zh, en, field, conflict


class NotFound(Exception):
    """No such thing, or none that this caller may see."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en
