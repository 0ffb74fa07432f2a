"""A lawyer: one person for good, whose practice intervals and licence numbers follow one another."""

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from contracts.identifiers import InvalidIdentifier, LicenceNumber
from contracts.registry_events import (
    LawyerCategoryChanged,
    LawyerDetailsChanged,
    LawyerLicenceEnded,
    LawyerLicensed,
    LawyerMoved,
    LawyerStandingRecorded,
    PracticeCorrected,
)

from registry_api.register.guards import before_first_licence, check_not_barred
from registry_api.register.practice import (
    FIRM_CATEGORIES,
    Place,
    Practice,
    check_category,
    check_number,
    check_place,
)
from registry_api.register.refusals import Refused, before_current, check_day
from registry_api.register.standing import LICENCE_REVOKED, Standing, StandingFact, learnt, standing_on, told_ground


class LicenceEndGround(StrEnum):
    """注销执业证书的法定情形 (律师执业管理办法 23)."""

    LICENCE_REVOKED = LICENCE_REVOKED  # 吊销执业证书
    LICENCE_WITHDRAWN = "licence-withdrawn"  # 原准予执业的决定被撤销
    OWN_REQUEST = "own-request"  # 本人不再从事律师职业申请注销
    SIX_MONTHS_WITHOUT_FIRM = "six-months-without-firm"  # 解除聘用或所在所注销后六个月内未被聘用
    OTHER = "other-lawful-ground"  # 其他原因终止律师执业


@dataclass(frozen=True, slots=True)
class SealedIdCard:
    """An ID number as it is stored: encrypted, and a keyed digest that finds the same number again."""

    sealed: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Lawyer:
    """`practices` in the order in which they were opened; the last is the current one, open or ended.

    `merged_into`: the record that stands for this person, where this one was a duplicate.
    `earlier`: the states that changes have replaced since it was read, one per version, for whoever saves it.
    """

    lawyer_id: UUID
    name: str
    licence_number: str
    first_licensed_on: date
    practices: tuple[Practice, ...]
    facts: tuple[StandingFact, ...] = ()
    id_card: SealedIdCard | None = None
    specialities: tuple[str, ...] = ()
    merged_into: UUID | None = None
    version: int = 1
    earlier: tuple["Lawyer", ...] = field(default=(), compare=False, repr=False)

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

    def years_of_practice(self, day: date) -> int:
        """Whole years of holding a licence up to this day, breaks left out (执业年限)."""
        days = sum((min(p.to_on or day, day) - p.from_on).days for p in self.practices if p.from_on <= day)
        before_the_register = max((self.practices[0].from_on - self.first_licensed_on).days, 0)
        return int((days + before_the_register) / 365.2425)

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
        if not with_firm:
            check_not_barred(self.standing_on(on))
        check_place(category, to)
        new_number = self._number_for(to.region, category, number)
        opened = Practice(uuid4(), to, category, on)
        moved = self._next(
            licence_number=new_number, practices=(*self.practices[:-1], replace(current, to_on=on), opened)
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
            county=to.county,
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
        changed = self._next(
            licence_number=self._number_for(current.place.region, category, number),
            practices=(*self.practices[:-1], replace(current, to_on=on), opened),
        )
        return changed, LawyerCategoryChanged(
            version=changed.version,
            region=current.place.region,
            lawyer_id=self.lawyer_id,
            closes_practice_id=current.practice_id,
            practice_id=opened.practice_id,
            firm_id=current.place.firm_id,
            county=current.place.county,
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
        specialities: tuple[str, ...] | None = None,
        correction: bool = False,
    ) -> tuple["Lawyer", LawyerDetailsChanged | None]:
        """No event where nothing differs. A number is only ever corrected: a new one comes with a move."""
        new: dict[str, Any] = {}
        if name is not None and name != self.name:
            new["name"] = name
        if first_licensed_on is not None and first_licensed_on != self.first_licensed_on:
            new["first_licensed_on"] = first_licensed_on
        if id_card is not None and (self.id_card is None or id_card.digest != self.id_card.digest):
            new["id_card"] = id_card
        if number is not None and str(number) != self.licence_number:
            new["licence_number"] = str(number)
        if specialities is not None and specialities != self.specialities:
            new["specialities"] = specialities
        if not new:
            return self, None
        changed = self._next(**new)
        return changed, LawyerDetailsChanged(
            version=changed.version,
            region=self.region,
            correction=correction,
            lawyer_id=self.lawyer_id,
            changed_fields=["id_number" if name == "id_card" else name for name in new],
            effective_on=on,
        )

    def correct_practice(
        self, *, today: date, place: Place | None = None, category: int | None = None, from_on: date | None = None
    ) -> tuple["Lawyer", PracticeCorrected | None]:
        """更正: the current practice was recorded wrongly from its first day on; the lawyer has not moved."""
        current = self.practice
        if from_on is not None:
            check_day(from_on, today, field="from_on")
            if len(self.practices) > 1 and from_on != current.from_on and self.practices[-2].to_on == current.from_on:
                raise Refused(
                    "correction-of-two-practices",
                    "起始日期与前一执业记录相接，不能单独更正",
                    "this day also ends the practice before and cannot be corrected alone",
                    field="from_on",
                    conflict=True,
                )
            if len(self.practices) > 1 and from_on < (self.practices[-2].to_on or from_on):
                raise before_current(self.practices[-2].to_on or from_on, field="from_on")
            if from_on < self.first_licensed_on:
                raise before_first_licence("from_on")
            if current.to_on is not None and from_on > current.to_on:
                raise Refused("interval-empty", "起始日期晚于终止日期", "lies after the end", field="from_on")
        right = replace(
            current,
            place=current.place if place is None else place,
            category=current.category if category is None else category,
            from_on=current.from_on if from_on is None else from_on,
        )
        if right == current:
            return self, None
        check_place(right.category, right.place)
        corrected = self._next(
            licence_number=self._number_for(right.place.region, right.category, None),
            practices=(*self.practices[:-1], right),
        )
        return corrected, PracticeCorrected(
            version=corrected.version,
            region=right.place.region,
            correction=True,
            lawyer_id=self.lawyer_id,
            practice_id=right.practice_id,
            firm_id=right.place.firm_id,
            category=right.category,
            county=right.place.county,
            from_on=right.from_on,
        )

    def end_licence(self, ground: LicenceEndGround, *, on: date, today: date) -> tuple["Lawyer", LawyerLicenceEnded]:
        current = self._open_practice(on, today, field="ended_on")
        if ground is LicenceEndGround.OWN_REQUEST:
            check_not_barred(self.standing_on(on), field="ended_on")
        closed = replace(current, to_on=on, end_ground=ground.value)
        ended = self._next(practices=(*self.practices[:-1], closed))
        return ended, LawyerLicenceEnded(
            version=ended.version,
            region=self.region,
            lawyer_id=self.lawyer_id,
            practice_id=current.practice_id,
            ground=told_ground(ground.value),
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
            check_not_barred(Standing.REVOKED)
        if any(fact.holds_on(on) for fact in self.facts):
            check_not_barred(Standing.SUSPENDED, field="licensed_on")
        check_day(on, today, field="licensed_on")
        if on < last.to_on:
            raise before_current(last.to_on, field="licensed_on")
        check_place(number.category, place, named_by="licence_number")
        opened = Practice(uuid4(), place, int(number.category), on)
        licensed = self._next(licence_number=str(number), practices=(*self.practices, opened))
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
            county=current.place.county,
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

    def _next(self, **changes: Any) -> "Lawyer":
        """The state after one more version step; the one it replaces goes along until it is saved."""
        earlier = (*self.earlier, replace(self, earlier=()))
        return replace(self, version=self.version + 1, earlier=earlier, **changes)

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
    specialities: tuple[str, ...] = (),
) -> tuple[Lawyer, LawyerLicensed]:
    """首次执业, or entry by import."""
    category = int(number.category)
    check_place(category, place, named_by="licence_number")
    check_day(from_on, today, field="first_licensed_on")
    if from_on < first_licensed_on:
        raise before_first_licence("from_on")
    lawyer = Lawyer(
        lawyer_id=uuid4(),
        name=name,
        licence_number=str(number),
        first_licensed_on=first_licensed_on,
        practices=(Practice(uuid4(), place, category, from_on),),
        id_card=id_card,
        specialities=specialities,
    )
    return lawyer, lawyer.as_licensed()
