"""A case by the book: from a citizen's complaint to a suspension that everybody reads, and to its end in court.

Each test tells the next chapter; a fixture takes the steps of one chapter, and asks for the chapter before.
"""

from dataclasses import dataclass

import pytest

from tests.journeys.actors import eventually
from tests.journeys.handling import HEADS, INVESTIGATORS, Handled, Receipt, complaint_about, newest
from tests.journeys.looking import QueryResult, Record, Sceptic, Watcher, undertakes
from tests.journeys.made_up import KAIFENG, days_ago, today

BUREAU = {"kind": "bureau", "region": KAIFENG, "code": "kf-sfj"}
SIX_MONTHS = [{"kind": "suspension", "suspension_months": 6}]
WRONG_DAYS = [days_ago(n) for n in range(5, -1, -1)]
"""Those of the suspension, until the court revokes it today."""


@pytest.fixture(scope="module")
def kaifeng(caller):
    """Its bureau, with no assessment of any impact yet."""
    return caller(
        "registry-officer", "discipline-officer", region=KAIFENG, organisation_kind="bureau",
        organisation_id=BUREAU["code"], subject="kf",
    )  # fmt: skip


@pytest.fixture(scope="module")
def members(caller):
    """The association of Kaifeng."""
    return caller(
        "discipline-officer", region=KAIFENG, organisation_kind="city-association", organisation_id="kf-lx",
        subject="kf-lx",
    )  # fmt: skip


@pytest.fixture(scope="module")
def firm(kaifeng):
    return kaifeng.registers_firm(region=KAIFENG)


@pytest.fixture(scope="module")
def lawyer(kaifeng, firm, department):
    registered = kaifeng.registers_lawyer(firm)
    eventually(lambda: registered["lawyer_id"] in {row["lawyer_id"] for row in department.evidence("H1")})
    return registered


@pytest.fixture(scope="module")
def himself(caller, lawyer):
    return caller(
        "lawyer", region=KAIFENG, organisation_kind="lawyer", organisation_id=lawyer["licence_number"], subject="self"
    )


@pytest.fixture(scope="module")
def credit(caller):
    """A system that reads, and watches nothing."""
    client = caller("disclosure-client", organisation_kind="system", organisation_id="credit", subject="credit")
    undertakes(client)
    return client


@pytest.fixture(scope="module")
def bank(caller):
    """A system that watches, and reads nothing."""
    return caller("verification-client", organisation_kind="system", organisation_id="bank", subject="bank")


# First chapter: the complaint


@dataclass
class Complained:
    case: dict
    on_paper: Receipt
    on_the_web: Receipt
    told: dict

    @property
    def receipts(self):
        return self.on_paper, self.on_the_web

    def path(self, step=""):
        return f"/v1/complaints/{self.case['complaint_id']}{step}"


@pytest.fixture(scope="module")
def complained(public, kaifeng, lawyer):
    """Once on paper, in time for all that follows, and once on the web by somebody else: the officer joins them."""
    paper = complaint_about(lawyer, KAIFENG, source="paper", received_on=days_ago(80).isoformat())
    on_paper = kaifeng.done("discipline", "/v1/complaints/entries", paper)
    web = complaint_about(lawyer, KAIFENG, complainant={"name": "王小华", "contact": "wang@example.com"})
    told = public.done("discipline", "/v1/complaints", web)
    second, first = newest(kaifeng, "/v1/complaints", "filed_at")[:2]
    first, second = (
        kaifeng.takes(each, f"/v1/complaints/{each['complaint_id']}/assignment", {"officer": "kf"})
        for each in (first, second)
    )
    joining = {"into": first["complaint_id"], "reason": "反映同一事实。"}
    kaifeng.takes(second, f"/v1/complaints/{second['complaint_id']}/joining", joining)
    accepted = kaifeng.takes(first, f"/v1/complaints/{first['complaint_id']}/acceptance")
    return Complained(accepted, Receipt(public, on_paper["receipt"]), Receipt(public, told["receipt"]), told)


def test_a_complaint_goes_where_its_author_was_told_and_he_follows_it_by_his_receipt(public, complained, lawyer):
    question = {"complained_of": "lawyer", "region": KAIFENG, "hints": ["false-evidence"]}
    route = public.done("discipline", "/v1/complaint-routes", question)
    assert (route["organ"]["kind"], route["organ"]["region"], route["verified"]) == ("bureau", KAIFENG, True)
    assert "设区的市司法局查处" in route["zh"]
    assert complained.told["organ"] == route["organ"]
    (acceptance,) = complained.told["deadlines"]
    assert (acceptance["name"], acceptance["due_on"]) == ("acceptance", route["answer"]["due_on"])
    assert [receipt.opens()["status"] for receipt in complained.receipts] == ["ACCEPTED"] * 2
    assert complained.on_paper.steps() == ["filed", "accepted"]
    assert set(complained.on_the_web.steps()) == {"filed", "joined", "accepted"}
    seen = str(complained.on_the_web.opens())
    assert lawyer["name"] not in seen
    assert "李小明" not in seen, "nobody reads who else complained"


# Second chapter: the decision


@pytest.fixture(scope="module")
def counted(department, complained, written):
    """The numbers before the decision."""
    written()
    return {
        "H1": department.counts(),
        "H1 on the wrong days": [_practising(department, day) for day in WRONG_DAYS],
        "M12-I1": department.share("M12-I1"),
        "M12-I2": department.share("M12-I2", as_of=days_ago(6)),
    }


def _practising(department, day):
    return department.value("H1", as_of=day, count_suspended="not-suspended")


@pytest.fixture(scope="module")
def decided(kaifeng, lawyer, firm, complained, counted):
    subject = {
        "kind": "lawyer", "licence_number": lawyer["licence_number"], "name": lawyer["name"], "firm_name": firm["name"],
    }  # fmt: skip
    case = Handled.opened(
        kaifeng, BUREAU, subject, on=days_ago(79), origin="complaint", complaint_id=complained.case["complaint_id"],
    )  # fmt: skip
    kaifeng.takes(complained.case, complained.path("/proceeding"), {"proceeding_id": case.case["proceeding_id"]})
    proposed = {"conduct_code": "L49.4", "penalties": SIX_MONTHS}
    case.takes("accept", days_ago(78))
    case.takes("file", days_ago(76), act_on=days_ago(120), discovered_on=days_ago(80))
    case.takes("investigate", days_ago(60), investigators=INVESTIGATORS)
    case.takes("notify", days_ago(56), hearing_offered=True, **proposed)
    case.takes("defend", days_ago(55))
    case.takes("request-hearing", days_ago(54))
    assert case.refused("hold-hearing", days_ago(50), hearing_noticed_on=days_ago(53), panel=["chair"]) == (
        "hearing-notice"
    ), "seven working days after its notice"
    case.takes("hold-hearing", days_ago(30), hearing_noticed_on=days_ago(53), panel=["chair"])
    case.takes("review-legally", days_ago(28), reviewer="reviewer")
    case.takes("deliberate", days_ago(26), participants=HEADS)
    case.takes("decide", days_ago(6), outcome="penalty", **proposed)
    return case


def test_the_case_is_decided_in_time_and_who_complained_of_it_sees_only_that_it_was(
    decided, counted, complained, department, public, lawyer
):
    assert decided.state == "DECIDED"
    assert {name: decided.deadline(name) for name in ("acceptance", "decision", "hearing-request")} == {
        "acceptance": "met", "decision": "met", "hearing-request": "met",
    }  # fmt: skip
    in_time, due = counted["M12-I2"]
    eventually(lambda: department.share("M12-I2", as_of=days_ago(6)) == (in_time + 1, due + 1))
    eventually(lambda: {"proceeding-filed", "proceeding-decided"} <= set(complained.on_paper.steps()))
    assert "L49" not in str(complained.on_paper.opens()), "of the case its dates, and nothing else"
    assert (decided.case["sanction"], status(public, lawyer)) == (None, "执业"), "nothing before its service"


def status(public, lawyer):
    return public.read("registry", f"/v1/public/lawyers/{lawyer['licence_number']}")["status"]["zh"]


# Third chapter: in force


@pytest.fixture(scope="module")
def served(decided):
    decided.takes("serve", days_ago(6), service_way="direct", from_on=WRONG_DAYS[0])
    return decided


def test_served_it_is_in_force_in_the_register_in_the_numbers_and_for_membership_and_its_authors_are_told(
    served, counted, complained, kaifeng, public, department, members, lawyer
):
    eventually(lambda: status(public, lawyer) == "停止执业")
    assert [standing(department, lawyer, day) for day in WRONG_DAYS] == [("suspended", True)] * len(WRONG_DAYS)
    assert standing(department, lawyer, days_ago(6)) == ("practising", True)
    fewer = {"H1 not-suspended": counted["H1"]["H1 not-suspended"] - 1}
    eventually(lambda: department.counts() == counted["H1"] | fewer)
    before = counted["H1 on the wrong days"]
    assert [_practising(department, day) for day in WRONG_DAYS] == [number - 1 for number in before]
    linkage = eventually(lambda: _linkage(members, served))
    assert (linkage["consequence_zh"], linkage["state"]) == ("中止会员权利", "in-force")
    assert linkage["from_on"] == WRONG_DAYS[0].isoformat()
    sanction = served.sanction
    assert linkage["to_on"] == sanction["to_on"]
    told = {
        "outcome": "sanctioned", "decided_on": sanction["decided_on"], "served_on": sanction["served_on"],
        "text": "已对该律师作出处罚。", "text_for_joined": "您与他人反映的同一事实已处理。",
    }  # fmt: skip
    kaifeng.takes(kaifeng.read("discipline", complained.path()), complained.path("/result"), told)
    assert [receipt.opens()["outcome"] for receipt in complained.receipts] == ["sanctioned"] * 2
    assert complained.on_the_web.opens()["conversation"][-1]["text"] == told["text_for_joined"]


def standing(department, lawyer, day):
    seen = department.read("registry", f"/v1/lawyers/{lawyer['lawyer_id']}", as_of=day.isoformat())
    return seen["standing"], seen["licensed"]


def _linkage(members, case):
    for line in members.read("discipline", "/v1/linkages", region=KAIFENG)["items"]:
        linkage = members.read("discipline", f"/v1/linkages/{line['linkage_id']}")
        if linkage["source"]["case_id"] == case.case["sanction"]["case_id"]:
            return linkage
    return None


# Fourth chapter: published


@dataclass
class Published:
    record: Record
    watchers: dict
    sceptic: Sceptic
    result: QueryResult


@pytest.fixture(scope="module")
def published(served, kaifeng, lawyer, firm, himself, bank, credit, public):
    """After the impact assessment, which this bureau has not made before."""
    watchers = {"bank": Watcher(bank), "himself": Watcher(himself), "credit": Watcher(credit)}
    watchers["bank"].watches(what="subject", licence_number=lawyer["licence_number"])
    watchers["himself"].watches(what="subject")
    sanction = served.sanction
    path, version = f"/v1/sanctions/{sanction['case_id']}/publication", f'"v{sanction["version"]}"'
    assert "impact-assessment-missing" in kaifeng.post("discipline", path, {}, If_Match=version).json()["type"]
    kaifeng.assesses(BUREAU)
    kaifeng.publishes(sanction, facts="提供虚假证据。")
    subject = {"licence_number": lawyer["licence_number"], "name": lawyer["name"], "firm_name": firm["name"]}
    record = Record(sanction["case_id"], sanction["document_number"], subject, KAIFENG)
    result = QueryResult.made(public, licence_number=lawyer["licence_number"])
    return Published(record, watchers, Sceptic(public), result)


def test_published_it_is_the_same_by_every_way_out_and_proven_by_the_log(
    published, counted, public, credit, department, himself, lawyer
):
    page = published.record.agrees(public, credit)
    assert page["subject"]["licence_number"] == lawyer["licence_number"]
    assert [(penalty["zh"], penalty["suspension_months"]) for penalty in page["penalties"]] == [("停止执业", 6)]
    assert page["credit"]["dishonest"] is False, "published is not dishonest while remedies are open"
    assert published.sceptic.proves(published.record) == "published"
    assert published.result.found == [published.record.record_id]
    assert published.result.looked_up(public)["changed_since"] is False
    (own,) = himself.read("discipline", "/v1/my/records")["items"]
    assert (own["record_id"], own["on_display"]) == (published.record.record_id, True)
    eventually(lambda: _on_display(public, lawyer) == 1)
    in_time, due = counted["M12-I1"]
    eventually(lambda: department.share("M12-I1") == (in_time + 1, due + 1))
    told = published.watchers
    for name in ("bank", "himself"):
        eventually(lambda name=name: told[name].told_of(published.record) == ["published"])
    assert told["credit"].told_of(published.record) == [], "who has read it after that needs not be told"


def _on_display(public, lawyer):
    """As the register has it: how many records."""
    return public.read("registry", f"/v1/public/lawyers/{lawyer['licence_number']}")["disclosures"]


# Fifth chapter: contested


@pytest.fixture(scope="module")
def objection(published, himself):
    body = {"ground": "wrong-content", "text": "公示内容与决定书不符。"}
    return himself.done("discipline", f"/v1/disclosures/{published.record.record_id}/objections", body)


def test_an_objection_is_marked_at_once_and_its_mark_goes_when_it_is_rejected(
    objection, published, public, credit, kaifeng
):
    record, watchers = published.record, published.watchers
    assert "objection" in record.agrees(public, credit)["marks"]
    assert published.sceptic.proves(record) == "revised"
    eventually(lambda: watchers["credit"].told_of(record) == ["revised"])
    (deadline,) = objection["deadlines"]
    assert deadline["explained"]["rule"] == "discipline.objection"
    answer = {"upheld": False, "reasons": "经核对案卷，公示与决定一致。"}
    answered = kaifeng.takes(objection, f"/v1/objections/{objection['objection_id']}/answer", answer)
    assert (answered["state"]["code"], answered["deadlines"][0]["state"]) == ("rejected", "met")
    assert "objection" not in record.agrees(public, credit)["marks"], "the record stands as it was"
    for watcher, told in (("bank", ["published", "revised", "revised"]), ("credit", ["revised", "revised"])):
        eventually(lambda watcher=watcher, told=told: watchers[watcher].told_of(record) == told)


# Last chapter: the court revokes the decision


@pytest.fixture(scope="module")
def revoked(published, objection, served, kaifeng, public):
    served.takes("open-litigation", today(), remedy_organ="郑州铁路运输法院")
    assert "remedy" in published.record.marks(public)
    served.takes("close-litigation", today(), remedy_outcome="revoked")
    return served


def test_d19_what_the_court_revokes_is_withdrawn_in_time_and_a_nameless_tombstone_says_so(
    revoked, published, public, credit, kaifeng, lawyer, firm
):
    record = published.record
    assert (revoked.state, revoked.case["sanction"]["state"]) == ("WITHDRAWN", "withdrawn")
    deadlines = kaifeng.read("discipline", f"/v1/sanctions/{record.record_id}/deadlines")
    (withdrawal,) = [each for each in deadlines if each["name"] == "withdrawal"]
    assert (withdrawal["state"], withdrawal["met_on"]) == ("met", today().isoformat())
    assert withdrawal["explained"]["rule"] == "discipline.withdrawal"
    told = record.everywhere(public, credit)
    assert [way for way, said in told.items() if said is not None] == []
    page = record.page(public)
    tombstone = page.json()["disclosure"]
    assert (page.status_code, tombstone["reason"], tombstone["in_time"]) == (410, "revoked", True)
    assert tombstone["due_on"] == withdrawal["due_on"]
    for name in (lawyer["name"], lawyer["licence_number"], firm["name"], record.document_number):
        assert name not in page.text
    assert published.sceptic.proves(record) == "withdrawn"


def test_standing_is_right_again_on_every_day_on_which_it_was_wrong_and_with_it_the_numbers(
    revoked, counted, public, department, members, lawyer
):
    eventually(lambda: status(public, lawyer) == "执业")
    eventually(lambda: _on_display(public, lawyer) == 0)
    assert [standing(department, lawyer, day) for day in WRONG_DAYS] == [("practising", True)] * len(WRONG_DAYS)
    facts = department.read("registry", f"/v1/lawyers/{lawyer['lawyer_id']}/timeline")["standing"]
    assert [(fact["version"], fact["withdrawn"]) for fact in facts] == [(1, False), (2, True)], "what was is kept"
    eventually(lambda: department.counts() == counted["H1"])
    assert [_practising(department, day) for day in WRONG_DAYS] == counted["H1 on the wrong days"]
    eventually(lambda: department.share("M12-I1") == counted["M12-I1"])
    in_time, due = counted["M12-I2"]
    assert department.share("M12-I2", as_of=days_ago(6)) == (in_time + 1, due + 1), "it was decided in time"
    linkage = eventually(lambda: _undone(_linkage(members, revoked)))
    assert linkage["undone"]["ground"] == "source-withdrawn"


def _undone(linkage):
    return linkage if linkage["state"] == "undone" else None


def test_whoever_watched_it_or_has_read_it_is_told_exactly_once(revoked, published):
    record, watchers = published.record, published.watchers
    before = {"bank": ["published", "revised", "revised"], "himself": ["published"], "credit": ["revised", "revised"]}
    for name, watcher in watchers.items():
        eventually(lambda watcher=watcher: watcher.told_of(record)[-1:] == ["withdrawn"])
        assert watcher.told_of(record).count("withdrawn") == 1, name
        assert watcher.told_of(record)[: len(before[name])] == before[name]
    assert (watchers["bank"].because, watchers["credit"].because) == ({"watched"}, {"read"})


def test_a_query_result_made_while_it_was_shown_says_what_has_changed_and_a_receipt_tells_how_it_ended(
    revoked, published, complained, public, kaifeng, lawyer
):
    result = published.result
    checked = result.looked_up(public)
    assert checked["changed_since"] is True
    assert "1件已不再公示" in checked["since_zh"]
    assert checked["records"] == [{"record_id": published.record.record_id, "on_display": False}]
    assert "1件已不再公示" in result.page(public)
    assert lawyer["name"] not in str(checked["records"])
    assert QueryResult.made(public, licence_number=lawyer["licence_number"]).found == []
    case = kaifeng.read("discipline", complained.path())
    kaifeng.done("discipline", f"/v1/complaints/{case['complaint_id']}/messages", {"text": "法院已撤销该处罚决定。"})
    followed = complained.on_paper.opens()
    assert followed["outcome"] == "sanctioned"
    assert followed["conversation"][-1]["text"] == "法院已撤销该处罚决定。"
    told = {name: watcher.told_of(published.record).count("withdrawn") for name, watcher in published.watchers.items()}
    assert set(told.values()) == {1}, "meanwhile the timers have been round again, and nobody was told anew"
