"""Where complaints go, told apart by closed questions; what the closed lists promise."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from contracts.complaint_routes import ComplainedOf, Destination, channels, doors, hints
from contracts.conduct import OrganKind
from contracts.discipline_events import SubjectKind
from discipline_api import permissions as discipline_permissions
from discipline_api.complaints.domain import _FROM, Complaint, file_complaint
from discipline_api.complaints.matter import Matter
from discipline_api.complaints.routing import Fee, Question, route
from discipline_api.complaints.terms import IdentityMode, Outcome, Recipient, RefusalGround, Source, Status
from discipline_api.organs import Organ
from discipline_api.refusals import Refused
from discipline_api.settings import DisciplineSettings
from rights_api import permissions as rights_permissions
from rights_api.settings import RightsSettings

AT = datetime(2026, 6, 10, 4, tzinfo=UTC)
BUREAU = Organ(OrganKind.BUREAU, "410100", "")


def ask(**changes):
    return route(Question(**({"complained_of": ComplainedOf.LAWYER, "region": "410100"} | changes)))


def matter(**changes) -> Matter:
    told = Matter(
        SubjectKind.LAWYER, "410100", ("private-fees",), False, IdentityMode.NAMED, Source.WEB, date(2026, 6, 10)
    )
    return replace(told, **changes)


def complaint(**changes) -> Complaint:
    return replace(file_complaint(uuid4(), matter(), BUREAU, AT), **changes)


@pytest.mark.parametrize("code", hints())
def test_every_kind_of_conduct_goes_to_an_organ_with_a_reason_and_a_source(code):
    told = ask(hints=(code,))
    assert told.organ is not None
    assert told.because_zh
    assert told.because_en
    assert told.source
    # Only where the law itself was read is the reason verified.
    assert told.verified is (hints()[code].goes_to is Destination.BUREAU)


@pytest.mark.parametrize(
    ("chosen", "kind", "rule"),
    [
        (("bribery",), OrganKind.BUREAU, "discipline.clue-acceptance"),
        (("poor-service",), OrganKind.CITY_ASSOCIATION, "industry.acceptance"),
        (("private-fees",), OrganKind.BUREAU, "discipline.clue-acceptance"),
        (("bribery", "poor-service"), OrganKind.BUREAU, "discipline.clue-acceptance"),
        ((), OrganKind.BUREAU, "discipline.clue-acceptance"),
    ],
)
def test_it_goes_to_bureau_or_association_by_what_was_seen(chosen, kind, rule):
    told = ask(hints=chosen)
    assert (told.organ.kind, told.answer_rule) == (kind, rule)


def test_a_choice_counts_only_where_either_may_act():
    assert ask(hints=("private-fees",), prefers=Destination.ASSOCIATION).organ.kind is OrganKind.CITY_ASSOCIATION
    assert ask(hints=("bribery",), prefers=Destination.ASSOCIATION).organ.kind is OrganKind.BUREAU
    assert ask(hints=("poor-service",), prefers=Destination.BUREAU).organ.kind is OrganKind.CITY_ASSOCIATION


@pytest.mark.parametrize(
    ("changes", "door"),
    [
        ({"own_rights_hindered": True}, "rights-channel"),
        ({"fee": Fee()}, "fee-dispute"),
        ({"complained_of": ComplainedOf.JUDICIAL_OFFICER}, "judicial-officer"),
        ({"complained_of": ComplainedOf.JUDGMENT}, "judgment"),
        ({"complained_of": ComplainedOf.NOTARY}, "notary"),
        ({"complained_of": ComplainedOf.GRASSROOTS_WORKER}, "grassroots-worker"),
        ({"complained_of": ComplainedOf.UNLICENSED}, "impostor-clue"),
    ],
)
def test_a_wrong_door_names_the_right_ones(changes, door):
    told = ask(**changes)
    assert (told.organ, told.door.code) == (None, door)
    assert told.channels
    assert told.answer_rule is None


@pytest.mark.parametrize("yes", ["private_charge", "forbidden_contingency", "nothing_done"])
def test_one_yes_makes_a_dispute_about_money_misconduct(yes):
    told = ask(fee=Fee(**{yes: True}))
    assert told.organ.kind is OrganKind.BUREAU
    assert "退费" in told.besides_zh[0]
    assert "fee-mediation" in {channel.code for channel in told.channels}


def test_every_door_is_reached_and_every_channel_of_ours_is_a_service():
    assert set(doors()) == {
        "rights-channel", "fee-dispute", "judicial-officer", "judgment", "notary", "grassroots-worker", "impostor-clue",
    }  # fmt: skip
    ours = {code: channel.service for code, channel in channels().items() if channel.service}
    assert ours == {"rights-channel": "rights", "impostor-clues": "discipline", "complaints": "discipline"}


def test_the_doubt_about_jiyuan_is_told():
    assert any("济源" in sentence for sentence in ask(region="419001", hints=("bribery",)).besides_zh)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"received_on": date(2026, 6, 11)}, "received_on"),
        ({"source": Source.COURT}, "source_received_on"),
        ({"source_received_on": date(2026, 6, 1)}, "source_received_on"),
        ({"source": Source.COURT, "source_received_on": date(2026, 6, 11)}, "source_received_on"),
        ({"hints": ("murder",)}, "hints"),
        ({"happened_to": date(2026, 6, 11)}, "happened_to"),
    ],
)
def test_days_and_codes_of_a_filing_must_fit(changes, field):
    with pytest.raises(Refused) as caught:
        file_complaint(uuid4(), matter(**changes), BUREAU, AT)
    assert caught.value.field == field


STEPS = {
    "ask-supplement": lambda c: c.ask_supplement(AT),
    "supplement": lambda c: c.supplement(AT),
    "accept": lambda c: c.accept(AT),
    "refuse": lambda c: c.refuse(RefusalGround.MERITS, "appeal", date(2026, 6, 10), "me", AT),
    "join": lambda c: c.join(complaint(), AT),
    "forward": lambda c: c.forward(Recipient.COURT, None, AT),
    "acknowledge": lambda c: c.acknowledge(date(2026, 6, 10), AT),
    "return": lambda c: c.send_back(AT),
    "link-proceeding": lambda c: c.link_proceeding(uuid4(), AT),
    "tell-result": lambda c: c.tell_result(Outcome.UNPROVEN, date(2026, 6, 10), None, "me", AT),
    "ask-review": lambda c: c.ask_review(AT),
    "close": lambda c: c.close(AT),
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_from_the_states_of_the_table_and_no_other(step, status):
    try:
        STEPS[step](complaint(status=status))
    except Refused as refused:
        by_state = refused.code == "illegal-transition"
    else:
        by_state = False
    assert by_state is (status not in _FROM[step])


def test_a_closed_complaint_stays_closed():
    assert all(Status.CLOSED not in states and Status.JOINED not in states for states in _FROM.values())


def test_rr01_the_rights_channel_shares_no_role_table_or_handler_with_complaints():
    discipline = {role for role, _ in discipline_permissions.PERMISSIONS}
    rights = {role for role, _ in rights_permissions.PERMISSIONS}
    assert not discipline & rights
    services = Path(__file__).parents[3] / "services"
    for service, other in (("discipline-api", "rights_api"), ("rights-api", "discipline_api")):
        for source in (services / service).rglob("*.py"):
            assert f"from {other}" not in source.read_text(encoding="utf-8"), source
            assert f"import {other}" not in source.read_text(encoding="utf-8"), source
    # Each has a database and a key of its own: what is sealed here cannot be opened there.
    settings = {"environment": "test", "database_url": "postgresql://server"}
    assert DisciplineSettings(**settings).dsn != RightsSettings(**settings).dsn
    assert "discipline_receipt_key" in DisciplineSettings.model_fields
    assert "rights_receipt_key" in RightsSettings.model_fields
