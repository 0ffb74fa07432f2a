"""A lawyer: one person for good, whose practice intervals and licence numbers follow one another."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

from contracts.identifiers import InvalidIdentifier, LicenceNumber
from contracts.registry_events import (
    LawyerCategoryChanged,
    LawyerDetailsChanged,
    LawyerLicenceEnded,
    LawyerLicensed,
    LawyerMoved,
    LawyerStandingRecorded,
)

from registry_api.register.refusals import Refused, before_current, check_day
from registry_api.register.standing import LICENCE_REVOKED, Standing, StandingFact, learnt, standing_on

FIRM_CATEGORIES = frozenset({1, 2, 3, 4, 5})
"""专职, 兼职, 香港, 澳门, 台湾: practise in a law firm, and stand in the public register."""

INSTITUTION_CATEGORIES = frozenset({6, 7, 8})
"""公职, 公司, 法律援助: employed by an institution that is no law firm; not in the public register."""

MILITARY = 9


class LicenceEndGround(StrEnum):
    """注销执业证书的法定情形 (律师执业管理办法 23)."""

    LICENCE_REVOKED = LICENCE_REVOKED  # 吊销执业证书
    LICENCE_WITHDRAWN = "licence-withdrawn"  # 原准予执业的决定被撤销
    OWN_REQUEST = "own-request"  # 本人不再从事律师职业申请注销
    SIX_MONTHS_WITHOUT_FIRM = "six-months-without-firm"  # 解除聘用或所在所注销后六个月内未被聘用
    OTHER = "other-lawful-ground"  # 其他原因终止律师执业


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lawyer practises: a firm of the register, or an institution by name."""

    region: str
    firm_id: UUID | None = None
    institution: str | None = None


@dataclass(frozen=True, slots=True)
class Practice:
    """One interval [from_on, to_on) in one category at one place; `end_ground` where the licence ended with it."""

    practice_id: UUID
    place: Place
    category: int
    from_on: date
    to_on: date | None = None
    end_ground: str | None = None


@dataclass(frozen=True, slots=True)
class SealedIdCard:
    """An ID number as it is stored: encrypted, and a keyed digest that finds the same number again."""

    sealed: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Lawyer:
    """`practices` in the order in which they were opened; the last is the current one, open or ended."""

    lawyer_id: UUID
    name: str
    licence_number: str
    first_licensed_on: date
    practices: tuple[Practice, ...]
    facts: tuple[StandingFact, ...] = ()
    id_card: SealedIdCard | None = None
    version: int = 1

    @property
    def practice(self) -> Practice:
        return self.practices[-1]

    @property
    def licensed(self) -> bool:
        return self.practice.to_on is None

    @property
    def region(self) -> str:
        return self.practice.place.region

    @property
    def serial(self) -> str:
        return self.licence_number[11:]

    def standing_on(self, day: date) -> Standing:
        return standing_on(day, self.practices, self.facts)

    def move(
        self,
        to: Place,
        *,
        on: date,
        today: date,
        number: LicenceNumber | None = None,
        category: int | None = None,
        merger_id: UUID | None = None,
        with_firm: bool = False,
    ) -> tuple["Lawyer", LawyerMoved]:
        """变更执业机构. Where the firm itself moves or is absorbed, a suspended lawyer comes along (`with_firm`)."""
        current = self._open_practice(on, today)
        category = current.category if category is None else category
        if to == current.place:
            raise Refused(
                "already-there", "该律师已在此机构执业", "the lawyer practises there already", field="firm_id"
            )
        if not with_firm and (standing := self.standing_on(on)) in {Standing.SUSPENDED, Standing.REVOKED}:
            raise _barred(standing)
        check_place(category, to)
        new_number = self._number_for(to.region, category, number)
        opened = Practice(uuid4(), to, category, on)
        moved = replace(
            self,
            licence_number=new_number,
            practices=(*self.practices[:-1], replace(current, to_on=on), opened),
            version=self.version + 1,
        )
        return moved, LawyerMoved(
            version=moved.version,
            region=to.region,
            lawyer_id=self.lawyer_id,
            closes_practice_id=current.practice_id,
            practice_id=opened.practice_id,
            firm_before=current.place.firm_id,
            firm_id=to.firm_id,
            region_before=current.place.region,
            category=category,
            number_changed=new_number != self.licence_number,
            merger_id=merger_id,
            effective_on=on,
        )

    def change_category(
        self, category: int, *, on: date, today: date, number: LicenceNumber | None = None
    ) -> tuple["Lawyer", LawyerCategoryChanged]:
        current = self._open_practice(on, today)
        check_category(category)
        if category == current.category:
            raise Refused("category-unchanged", "执业类别没有变化", "the category is the same", field="category")
        if (category in FIRM_CATEGORIES) != (current.category in FIRM_CATEGORIES):
            raise Refused(
                "category-needs-move",
                "该类别须在另一机构执业，请办理变更执业机构",
                "this category is practised at another kind of institution: register a move",
                field="category",
            )
        opened = Practice(uuid4(), current.place, category, on)
        changed = replace(
            self,
            licence_number=self._number_for(current.place.region, category, number),
            practices=(*self.practices[:-1], replace(current, to_on=on), opened),
            version=self.version + 1,
        )
        return changed, LawyerCategoryChanged(
            version=changed.version,
            region=current.place.region,
            lawyer_id=self.lawyer_id,
            closes_practice_id=current.practice_id,
            practice_id=opened.practice_id,
            firm_id=current.place.firm_id,
            category_before=current.category,
            category=category,
            effective_on=on,
        )

    def change_details(
        self,
        *,
        on: date,
        name: str | None = None,
        first_licensed_on: date | None = None,
        id_card: SealedIdCard | None = None,
        number: LicenceNumber | None = None,
    ) -> tuple["Lawyer", LawyerDetailsChanged | None]:
        """No event where nothing differs."""
        fields: list[str] = []
        changed = self
        if name is not None and name != self.name:
            fields.append("name")
            changed = replace(changed, name=name)
        if first_licensed_on is not None and first_licensed_on != self.first_licensed_on:
            fields.append("first_licensed_on")
            changed = replace(changed, first_licensed_on=first_licensed_on)
        if id_card is not None and (self.id_card is None or id_card.digest != self.id_card.digest):
            fields.append("id_number")
            changed = replace(changed, id_card=id_card)
        if number is not None and str(number) != self.licence_number:  # a correction: a new one comes with a move
            fields.append("licence_number")
            changed = replace(changed, licence_number=str(number))
        if not fields:
            return self, None
        changed = replace(changed, version=self.version + 1)
        return changed, LawyerDetailsChanged(
            version=changed.version,
            region=self.region,
            lawyer_id=self.lawyer_id,
            changed_fields=fields,
            effective_on=on,
        )

    def end_licence(self, ground: LicenceEndGround, *, on: date, today: date) -> tuple["Lawyer", LawyerLicenceEnded]:
        current = self._open_practice(on, today, field="ended_on")
        closed = replace(current, to_on=on, end_ground=ground.value)
        ended = replace(self, practices=(*self.practices[:-1], closed), version=self.version + 1)
        return ended, LawyerLicenceEnded(
            version=ended.version,
            region=self.region,
            lawyer_id=self.lawyer_id,
            practice_id=current.practice_id,
            ground=ground.value,
            ended_on=on,
        )

    def relicense(
        self, number: LicenceNumber, place: Place, *, on: date, today: date
    ) -> tuple["Lawyer", LawyerLicensed]:
        """A new licence after an end: the same person, a new number with the new year (律师法 7 bars the revoked)."""
        last = self.practice
        if last.to_on is None:
            raise Refused("already-licensed", "该律师正在执业", "the lawyer holds a licence", conflict=True)
        if self.standing_on(on) is Standing.REVOKED:
            raise _barred(Standing.REVOKED)
        check_day(on, today, field="licensed_on")
        if on < last.to_on:
            raise before_current(last.to_on, field="licensed_on")
        check_place(number.category, place, named_by="licence_number")
        opened = Practice(uuid4(), place, int(number.category), on)
        licensed = replace(
            self, licence_number=str(number), practices=(*self.practices, opened), version=self.version + 1
        )
        return licensed, licensed.as_licensed()

    def as_licensed(self) -> LawyerLicensed:
        current = self.practice
        return LawyerLicensed(
            version=self.version,
            region=current.place.region,
            lawyer_id=self.lawyer_id,
            practice_id=current.practice_id,
            firm_id=current.place.firm_id,
            category=current.category,
            first_licensed_on=self.first_licensed_on,
            from_on=current.from_on,
        )

    def record(self, fact: StandingFact) -> tuple["Lawyer", LawyerStandingRecorded | None]:
        """A fact is never refused; learning it again replaces what was known. No event where nothing differs."""
        new = learnt(self.facts, fact)
        if new is None:
            return self, None
        others = tuple(known for known in self.facts if known.fact_id != new.fact_id)
        return replace(self, facts=(*others, new)), LawyerStandingRecorded(
            version=new.version,
            region=self.region,
            lawyer_id=self.lawyer_id,
            fact_id=new.fact_id,
            kind=new.kind,
            from_on=new.from_on,
            to_on=new.to_on,
            withdrawn=new.withdrawn,
        )

    def _open_practice(self, on: date, today: date, *, field: str = "effective_on") -> Practice:
        if self.practice.to_on is not None:
            raise Refused("licence-ended", "该律师的执业证书已注销", "the licence has ended", conflict=True)
        check_day(on, today, field=field)
        if on < self.practice.from_on:
            raise before_current(self.practice.from_on, field=field)
        return self.practice

    def _number_for(self, region: str, category: int, number: LicenceNumber | None) -> str:
        try:
            rewritten = LicenceNumber.parse(self.licence_number).rewritten(region, category)
        except InvalidIdentifier as error:
            raise Refused.because(error, field="licence_number") from error
        if number is None:
            return str(rewritten)
        check_number(number, region=region, category=category)
        if number.serial != rewritten.serial:
            raise Refused(
                "licence-number-serial",
                "变更后序列号(第12至17位)应保持不变",
                "the serial (digits 12-17) stays with the person",
                field="licence_number",
            )
        return str(number)


def license_person(
    *,
    name: str,
    number: LicenceNumber,
    place: Place,
    first_licensed_on: date,
    from_on: date,
    today: date,
    id_card: SealedIdCard | None = None,
) -> tuple[Lawyer, LawyerLicensed]:
    """首次执业, or entry by import."""
    category = int(number.category)
    check_place(category, place, named_by="licence_number")
    check_day(from_on, today, field="first_licensed_on")
    if from_on < first_licensed_on:
        raise Refused(
            "practice-before-first-licence",
            "执业起始日期早于首次执业日期",
            "practice begins before the first licence",
            field="from_on",
        )
    lawyer = Lawyer(
        lawyer_id=uuid4(),
        name=name,
        licence_number=str(number),
        first_licensed_on=first_licensed_on,
        practices=(Practice(uuid4(), place, category, from_on),),
        id_card=id_card,
    )
    return lawyer, lawyer.as_licensed()


def check_category(category: int, *, named_by: str = "category") -> None:
    if category == MILITARY:
        raise Refused(
            "military-lawyer",
            "军队律师(类别9)由军队主管机关管理，不在本登记范围",
            "military lawyers (category 9) are registered by the armed forces, not here",
            field=named_by,
        )
    if category not in FIRM_CATEGORIES and category not in INSTITUTION_CATEGORIES:
        raise Refused("category-unknown", "执业类别应为1至8", "category must be 1 to 8", field=named_by)


def check_place(category: int, place: Place, *, named_by: str = "category") -> None:
    check_category(category, named_by=named_by)
    if category in FIRM_CATEGORIES and place.firm_id is None:
        raise Refused(
            "firm-required", "该执业类别须在律师事务所执业", "this category is practised in a law firm", field="firm_id"
        )
    if category in INSTITUTION_CATEGORIES and place.firm_id is not None:
        raise Refused(
            "firm-not-allowed",
            "公职、公司、法律援助律师不在律师事务所执业",
            "government, company and legal-aid lawyers do not practise in a law firm",
            field="firm_id",
        )


def check_number(number: LicenceNumber, *, region: str, category: int | None = None) -> None:
    """The digits of a number issued today for this place; imports only warn of the city, for old records differ."""
    if number.region is None or number.region.code != region:
        raise Refused(
            "licence-number-region",
            "执业证号第2至5位与执业机构所在地区不符",
            "digits 2-5 do not name the region of the institution",
            field="licence_number",
        )
    if category is not None and number.category != category:
        raise Refused(
            "licence-number-category-differs",
            "执业证号第10位与执业类别不符",
            "digit 10 is not the category given",
            field="licence_number",
        )


def _barred(standing: Standing) -> Refused:
    if standing is Standing.REVOKED:
        return Refused("licence-revoked", "执业证书已被吊销", "the licence has been revoked", conflict=True)
    return Refused(
        "lawyer-suspended",
        "停止执业期间不得变更执业机构",
        "a suspended lawyer may not change institution",
        field="effective_on",
        conflict=True,
    )
