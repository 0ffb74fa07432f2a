"""Guards of hearings, of both machines: offered, asked for in time, announced in time, heard by others."""

from contracts.conduct import penalties
from contracts.deadlines import rule
from contracts.proceedings import number

from discipline_api.proceedings.guards import Case, guard, none_recused, refused
from discipline_api.proceedings.severity import MEMBERSHIP, exceeds


@guard("hearing-was-offered", beforehand=True)
def hearing_was_offered(case: Case) -> None:
    if case.facts.notice is None or not case.facts.notice.hearing_offered:
        raise refused(
            "hearing-was-offered", "告知时未告知听证权利", "no hearing was offered", field="step", conflict=True
        )


@guard("hearing-request-in-time", beforehand=True)
def hearing_request_in_time(case: Case) -> None:
    notice = case.facts.notice
    if case.facts.hearing_requested_on is not None or case.facts.hearing_waived_on is not None:
        raise refused(
            "hearing-request-in-time",
            "已申请或者已放弃听证",
            "a hearing has been asked for or waived already",
            field="step",
            conflict=True,
        )
    if notice is None or notice.request_until is None or case.data.on <= notice.request_until:
        return
    raise refused(
        "hearing-request-in-time",
        f"听证申请期限已于{notice.request_until.isoformat()}届满",
        f"a hearing could be asked for until {notice.request_until.isoformat()}",
        field="on",
    )


@guard("hearing-requested", beforehand=True)
def hearing_requested(case: Case) -> None:
    if case.facts.hearing_requested_on is None:
        raise refused(
            "hearing-requested", "会员未要求听证", "no hearing has been asked for", field="step", conflict=True
        )


@guard("hearing-settled", beforehand=True)
def hearing_settled(case: Case) -> None:
    """The right to a hearing is not passed over: heard, waived in writing, or let pass."""
    facts, notice = case.facts, case.facts.notice
    if notice is None or not notice.hearing_offered or notice.request_until is None:
        return
    if facts.heard_notice == facts.notice_number:
        return
    if facts.hearing_waived_on is not None or (case.step.code == "waive-hearing" and case.data.document_number):
        return
    if case.step.code == "decide" and not case.penalises:
        return
    if facts.hearing_requested_on is not None:
        raise refused(
            "hearing-settled",
            "已申请听证，须举行听证或者书面放弃",
            "a hearing has been asked for: hold it, or record that it is waived in writing",
            field="document_number" if case.step.code == "waive-hearing" else "step",
            conflict=True,
        )
    if case.data.on <= notice.request_until:
        raise refused(
            "hearing-settled",
            f"听证申请期限至{notice.request_until.isoformat()}，期满前或书面放弃前不得进行此步骤",
            f"a hearing may be asked for until {notice.request_until.isoformat()}, unless it is waived in writing",
            field="on",
        )


@guard("hearing-notice")
def hearing_notice(case: Case) -> None:
    noticed_on = case.details.hearing_noticed_on
    if noticed_on is None:
        return
    requested_on = case.facts.hearing_requested_on
    if noticed_on > case.data.on or (requested_on is not None and noticed_on < requested_on):
        raise refused(
            "hearing-notice",
            "听证通知应在申请之后、听证之前",
            "notice of a hearing lies between the request and the hearing",
            field="details.hearing_noticed_on",
        )
    row = rule("industry.hearing-notice" if case.proceeding.industry else "discipline.hearing-notice")
    earliest = row.deadline(noticed_on).due_on
    if case.data.on < earliest:
        raise refused(
            "hearing-notice",
            f"听证应在通知{row.value}个工作日后举行，最早为{earliest.isoformat()}",
            f"a hearing follows its notice by {row.value} working days, on {earliest.isoformat()} at the earliest",
            field="details.hearing_noticed_on",
        )


@guard("hearing-panel")
def hearing_panel(case: Case) -> None:
    low, high, panel = number("panel-min"), number("panel-max"), case.details.panel or ()
    if not low <= len(set(panel)) == len(panel) <= high:
        raise refused(
            "hearing-panel",
            f"听证庭由{low}至{high}名不同人员组成",
            f"a panel has {low} to {high} different members",
            field="details.panel",
        )


@guard("hearing-not-by-investigators")
def hearing_not_by_investigators(case: Case) -> None:
    panel = set(case.details.panel or ())
    if panel & {each.officer for each in case.facts.investigators}:
        raise refused(
            "hearing-not-by-investigators",
            "调查人员不得主持或者参加听证庭",
            "who investigated does not hear the case",
            field="details.panel",
        )
    none_recused(case, "panel", panel)


@guard("d22-hearing-offered")
def hearing_offered(case: Case) -> None:
    penalising, facts = case.penalising, case.facts
    if penalising is None or not MEMBERSHIP & set(penalising.imposed.kinds):
        return
    notice = facts.notice
    settled = facts.heard_on is not None or facts.hearing_waived_on is not None
    if notice is None or not settled or exceeds(penalising.imposed, notice.penalising.imposed):
        names = "、".join(penalties()[kind].zh for kind in penalising.imposed.kinds if kind in MEMBERSHIP)
        raise refused(
            "d22-hearing-offered",
            f"{names}须先就该处分告知听证权利，并已听证或者放弃",
            "a hearing on this very sanction must have been offered, and held or waived",
            field="details.penalties",
        )
