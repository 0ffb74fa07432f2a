"""The changes of firms as cases: what each locks, whose region it concerns, what it answers."""

from typing import Any

from registry_api.cases.change import Bench, Change, Done
from registry_api.cases.competence import ChangeKind
from registry_api.firms import use_cases
from registry_api.firms.requests import ChangeFirm, CorrectFirm, EndFirm, MergeFirms, RegisterFirm, SplitFirm
from registry_api.firms.splitting import Part, split_firm
from registry_api.firms.store import Firms
from registry_api.firms.views import FirmView, MergerView, SplitView
from registry_api.register.firm import Firm
from registry_api.register.partners import SpecialPartner
from registry_api.register.refusals import Refused


async def _register(bench: Bench, body: RegisterFirm) -> Done:
    bench.concerns(body.region)
    firm = await use_cases.register_firm(bench.register, bench.outbox, today=bench.today, **body.facts())
    return _done(bench, firm, practising=0)


async def _change(bench: Bench, body: ChangeFirm) -> Done:
    before = await bench.firm(version_required=True)
    if body.region is not None:
        bench.concerns(body.region)
    facts = body.facts()
    if body.partner_ids is not None:
        facts["partner_ids"] = tuple(body.partner_ids)
    if body.special_partners is not None:
        facts["special_partners"] = tuple(SpecialPartner(**dict(partner)) for partner in body.special_partners)
    firm = await use_cases.change_firm(
        bench.register, bench.outbox, before, today=bench.today, on=facts.pop("effective_on"), **facts
    )
    return _done(bench, firm, practising=await Firms(bench.tx.session).practising_at(firm.firm_id))


async def _end(bench: Bench, body: EndFirm) -> Done:
    before = await bench.firm()
    firm = await use_cases.end_firm(
        bench.register, bench.outbox, before, body.ground, on=body.ended_on, today=bench.today
    )
    return _done(bench, firm, practising=0)


async def _merge(bench: Bench, body: MergeFirms) -> Done:
    firms = await bench.register.firms({body.absorbed_firm_id, body.absorbing_firm_id})
    for field in ("absorbed_firm_id", "absorbing_firm_id"):
        if getattr(body, field) not in firms:
            raise Refused("firm-unknown", "没有这家律师事务所", "there is no such firm", field=field)
    absorbed, absorbing = firms[body.absorbed_firm_id], firms[body.absorbing_firm_id]
    for firm in (absorbed, absorbing):
        bench.concerns(firm.region)
    for firm in (absorbed, absorbing):
        bench.meets(firm)
    moved = await use_cases.merge_firms(
        bench.register,
        bench.outbox,
        absorbed,
        absorbing,
        on=body.effective_on,
        today=bench.today,
        merger_id=bench.case_id,
    )
    Firms(bench.tx.session).add_merger(
        bench.case_id,
        absorbed=absorbed.firm_id,
        absorbing=absorbing.firm_id,
        on=body.effective_on,
        document_number=body.document_number,
        moved=moved,
    )
    view = MergerView(
        merger_id=bench.case_id, lawyers_moved=moved, **body.facts(), document_number=body.document_number
    )
    return Done(view, absorbing.firm_id)


async def _split(bench: Bench, body: SplitFirm) -> Done:
    before = await bench.firm()
    parts = [Part(**dict(part)) for part in body.into]
    divided, new = await split_firm(
        bench.register,
        bench.outbox,
        before,
        parts,
        continues=body.continues,
        on=body.effective_on,
        today=bench.today,
    )
    view = SplitView(
        split_id=bench.case_id,
        firm_id=divided.firm_id,
        continues=body.continues,
        into=[firm.firm_id for firm in new],
        lawyers_moved=sum(len(part.lawyer_ids) for part in parts),
        effective_on=body.effective_on,
        document_number=body.document_number,
    )
    return Done(view, divided.firm_id)


async def _correct(bench: Bench, body: CorrectFirm) -> Done:
    before = await bench.firm(version_required=True)
    facts = body.facts()
    firm = await use_cases.correct_firm(
        bench.register, bench.outbox, before, today=bench.today, on=facts.pop("effective_on"), **facts
    )
    return _done(bench, firm, practising=await Firms(bench.tx.session).practising_at(firm.firm_id))


def _done(bench: Bench, firm: Firm, *, practising: int) -> Done:
    return Done(FirmView.of(firm, bench.today, practising=practising), firm.firm_id)


REGISTER = Change(ChangeKind.FIRM_ESTABLISHMENT, RegisterFirm, "established_on", _register)
CHANGE = Change(ChangeKind.FIRM_CHANGE, ChangeFirm, "effective_on", _change)
FILE = Change(ChangeKind.FIRM_FILING, ChangeFirm, "effective_on", _change)
END = Change(ChangeKind.FIRM_END, EndFirm, "ended_on", _end)
MERGE = Change(ChangeKind.FIRM_MERGER, MergeFirms, "effective_on", _merge)
SPLIT = Change(ChangeKind.FIRM_SPLIT, SplitFirm, "effective_on", _split)
CORRECT = Change(ChangeKind.FIRM_CORRECTION, CorrectFirm, "effective_on", _correct)

CHANGES: tuple[Change[Any], ...] = (REGISTER, CHANGE, FILE, END, MERGE, SPLIT, CORRECT)
