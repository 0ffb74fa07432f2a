"""What seals and opens in this process. Identity and facts are sealed to the office everywhere, opened there alone."""

from uuid import UUID

from common.database import Database
from common.secrecy.boxes import BoxOpener, BoxSealer
from common.secrecy.sealing import CaseSealer, KeyVault

from rights_api.keys.store import keep_key, wrapped_key


class NotTheOffice(RuntimeError):
    """This process was not given what opens identity and facts."""


class Office:
    """The private key, and the database of keys."""

    def __init__(self, opener: BoxOpener, keys: Database) -> None:
        self.opener, self.keys = opener, keys


class CaseVault(KeyVault):
    def __init__(self, kek: bytes, to_office: BoxSealer, office: Office | None = None) -> None:
        super().__init__(kek)
        self._to_office, self._office = to_office, office

    @property
    def office(self) -> Office:
        """Raises NotTheOffice."""
        if self._office is None:
            raise NotTheOffice
        return self._office

    def box(self, case_id: UUID, place: str, text: str) -> bytes:
        """Sealed to the office: whoever seals cannot open it again."""
        return self._to_office.seal(text.encode(), case_id.bytes + place.encode())

    def unbox(self, case_id: UUID, place: str, box: bytes) -> str:
        return self.office.opener.open(box, case_id.bytes + place.encode()).decode()

    async def content_sealer(self, case_id: UUID) -> CaseSealer:
        """Of the case's key in the database of keys. Raises LookupError where it has none, or no longer."""
        wrapped = await wrapped_key(self.office.keys, case_id)
        if wrapped is None:
            raise LookupError("no content key")
        return self.case(case_id, wrapped)

    async def made_content_sealer(self, case_id: UUID) -> CaseSealer:
        """The same, made and kept where the case has none yet: that key is committed before anything lies under it."""
        _, fresh = self.new_case(case_id)
        return self.case(case_id, await keep_key(self.office.keys, case_id, self.kek_id, fresh))

    async def close(self) -> None:
        if self._office is not None:
            await self._office.keys.close()
