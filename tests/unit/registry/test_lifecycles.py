"""Any sequence of lifecycle commands keeps what the register promises of a person and of a firm."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from contracts.identifiers import LicenceNumber
from contracts.registry_events import (
    FirmChanged,
    FirmEnded,
    FirmPeriodCorrected,
    LawyerCategoryChanged,
    LawyerLicenceEnded,
    LawyerLicensed,
    LawyerMoved,
    PracticeCorrected,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_api.register.establishing import establish_firm
from registry_api.register.firm import Firm, FirmEndGround, FirmKind
from registry_api.register.lawyer import Lawyer, LicenceEndGround, license_person
from registry_api.register.practice import Place
from registry_api.register.refusals import Refused
from registry_api.register.standing import Standing, standing_on

START, TODAY = date(2015, 1, 1), date(2026, 6, 1)
FIRMS = [Place("410100", UUID(int=1)), Place("410100", UUID(int=2)), Place("410300", UUID(int=3))]
days = st.integers(0, (TODAY - START).days).map(lambda n: START + timedelta(days=n))
commands = st.lists(
    st.one_of(
        st.tuples(st.just("move"), days, st.sampled_from(FIRMS)),
        st.tuples(st.just("category"), days, st.sampled_from([1, 2, 3])),
        st.tuples(st.just("end"), days, st.sampled_from(list(LicenceEndGround))),
        st.tuples(st.just("relicense"), days, st.sampled_from(FIRMS)),
        st.tuples(st.just("correct-start"), days, st.none()),
        st.tuples(st.just("correct-category"), days, st.sampled_from([1, 2])),
        st.tuples(st.just("rename"), days, st.text("甲乙丙", min_size=1, max_size=3)),
    ),
    max_size=12,
)


def lived(steps) -> tuple[list[Lawyer], list]:
    number = LicenceNumber.parse("14101201510000001")
    lawyer, event = license_person(
        name="张三", number=number, place=FIRMS[0], first_licensed_on=START, from_on=START, today=TODAY
    )
    states, events = [lawyer], [event]
    for what, on, with_what in steps:
        before = states[-1]
        try:
            after, event = done(before, what, on, with_what)
        except Refused:
            continue
        if event is not None:
            states.append(after)
            events.append(event)
    return states, events


def done(lawyer: Lawyer, what: str, on: date, with_what):
    terms = {"on": on, "today": TODAY}
    return {
        "move": lambda: lawyer.move(with_what, **terms),
        "category": lambda: lawyer.change_category(with_what, **terms),
        "end": lambda: lawyer.end_licence(with_what, **terms),
        "relicense": lambda: lawyer.relicense(
            LicenceNumber.parse(f"1{with_what.region[:4]}{on.year}10000001"), with_what, **terms
        ),
        "correct-start": lambda: lawyer.correct_practice(today=TODAY, from_on=on),
        "correct-category": lambda: lawyer.correct_practice(today=TODAY, category=with_what),
        "rename": lambda: lawyer.change_details(on=on, name=with_what),
    }[what]()


def folded(events) -> dict[UUID, tuple]:
    """The practices as a reader of the events knows them: place, category, first day, first day no longer."""
    rows: dict[UUID, list] = {}
    for e in events:
        if isinstance(e, LawyerMoved | LawyerCategoryChanged):
            rows[e.closes_practice_id][3] = e.effective_on
            rows[e.practice_id] = [e.firm_id, e.category, e.effective_on, None]
        elif isinstance(e, LawyerLicensed):
            rows[e.practice_id] = [e.firm_id, e.category, e.from_on, None]
        elif isinstance(e, LawyerLicenceEnded):
            rows[e.practice_id][3] = e.ended_on
        elif isinstance(e, PracticeCorrected):
            rows[e.practice_id][:3] = [e.firm_id, e.category, e.from_on]
    return {key: tuple(row) for key, row in rows.items()}


@settings(max_examples=80, deadline=None)
@given(commands)
def test_a_persons_licences_follow_one_another_and_each_version_has_one_event(steps):
    states, events = lived(steps)
    last = states[-1]
    assert [event.version for event in events] == list(range(1, last.version + 1))
    assert [state.version for state in last.earlier] == list(range(1, last.version)), "every state it replaced is kept"
    assert [(s.name, s.practices) for s in last.earlier] == [(s.name, s.practices) for s in states[:-1]]
    for lawyer in states:
        assert sum(p.to_on is None for p in lawyer.practices) <= 1
        assert all(p.to_on is None or p.to_on >= p.from_on for p in lawyer.practices)
        assert all(
            a.to_on is not None and a.to_on <= b.from_on
            for a, b in zip(lawyer.practices, lawyer.practices[1:], strict=False)
        )
        assert LicenceNumber.parse(lawyer.licence_number).category == lawyer.practice.category
        assert LicenceNumber.parse(lawyer.licence_number).region.code == lawyer.region
        assert (lawyer.standing_on(TODAY) is Standing.PRACTISING) == lawyer.licensed
    assert folded(events) == {p.practice_id: (p.place.firm_id, p.category, p.from_on, p.to_on) for p in last.practices}


@settings(max_examples=40, deadline=None)
@given(st.lists(commands, min_size=1, max_size=4), days)
def test_the_headcount_of_a_firm_is_the_open_licences_there(many, day):
    """As the projection counts it from events, and as the register holds it: on any day."""
    people = [lived(steps) for steps in many]
    for place in FIRMS:
        from_events = sum(
            firm_id == place.firm_id and from_on <= day and (to_on is None or day < to_on)
            for _, events in people
            for firm_id, _, from_on, to_on in folded(events).values()
        )
        held = sum(
            practice.place == place and practice.from_on <= day and (practice.to_on is None or day < practice.to_on)
            for states, _ in people
            for practice in states[-1].practices
        )
        assert from_events == held


firm_commands = st.lists(
    st.one_of(
        st.tuples(st.just("kind"), days, st.sampled_from([FirmKind.GENERAL_PARTNERSHIP, FirmKind.SPECIAL_PARTNERSHIP])),
        st.tuples(st.just("region"), days, st.sampled_from(["410100", "410300"])),
        st.tuples(st.just("county"), days, st.sampled_from(["410105", "410122", "410302"])),
        st.tuples(st.just("seat"), days, st.booleans()),
        st.tuples(st.just("name"), days, st.sampled_from(["甲所", "乙所"])),
        st.tuples(st.just("correct"), days, st.sampled_from(["410105", "410122"])),
        st.tuples(st.just("split"), days, st.just(uuid4())),
        st.tuples(st.just("end"), days, st.just(FirmEndGround.DISSOLVED)),
    ),
    max_size=12,
)


def done_to_firm(firm: Firm, what: str, on: date, with_what):
    terms = {"on": on, "today": TODAY}
    if what == "name":
        return firm.change_details(**terms, name=with_what)
    if what == "correct":
        return firm.correct(today=TODAY, county=with_what)
    if what == "split":
        return firm.split((with_what,), continues=True, **terms)
    if what == "end":
        return firm.end(with_what, **terms, practising=0, branches=0)
    names = {"kind": "kind", "region": "region", "county": "county", "seat": "in_legal_district"}
    return firm.change(**terms, **{names[what]: with_what})


@settings(max_examples=80, deadline=None)
@given(firm_commands)
def test_a_firms_periods_follow_one_another_and_each_version_has_one_event(steps):
    firm, event = establish_firm(
        credit_code="31410000MD0000001A", name="甲所", kind=FirmKind.GENERAL_PARTNERSHIP, region="410100",
        from_on=START, today=TODAY,
    )  # fmt: skip
    rows = {event.period_id: [event.kind, event.county, event.from_on, None]}
    versions = [event.version]
    for what, on, with_what in steps:
        try:
            firm, event = done_to_firm(firm, what, on, with_what)
        except Refused:
            continue
        if event is None:
            continue
        versions.append(event.version)
        if isinstance(event, FirmChanged):
            rows[event.closes_period_id][3] = event.effective_on
            rows[event.period_id] = [event.kind, event.county, event.effective_on, None]
        elif isinstance(event, FirmPeriodCorrected):
            rows[event.period_id][:3] = [event.kind, event.county, event.from_on]
        elif isinstance(event, FirmEnded):
            rows[event.period_id][3] = event.ended_on
    assert versions == list(range(1, firm.version + 1))
    assert [state.version for state in firm.earlier] == versions[:-1]
    assert all(a.to_on == b.from_on for a, b in zip(firm.periods, firm.periods[1:], strict=False))
    assert {p.period_id: [p.kind, p.county, p.from_on, p.to_on] for p in firm.periods} == rows
    assert standing_on(TODAY, firm.periods, ()) is (Standing.ENDED if firm.ended else Standing.PRACTISING)
