"""Industry cases: heard by a panel, voted by a quorum, reviewed or not; what takes effect is public by its class."""

import pytest

from tests.journeys.actors import eventually
from tests.journeys.handling import COMMITTEE, INVESTIGATORS, Handled
from tests.journeys.looking import DISCLOSURES
from tests.journeys.made_up import LUOYANG, days_ago, today

pytestmark = pytest.mark.usefixtures("quiet")

CITY = {"kind": "city-association", "region": LUOYANG, "code": "ly-lx"}
CENSURE = {"conduct_code": "L48.2", "penalties": [{"kind": "public-censure"}]}
CRITICISM = {"conduct_code": "L48.2", "penalties": [{"kind": "circulated-criticism"}]}
OUTSIDERS = ["outsider-1", "outsider-2", "outsider-3"]


@pytest.fixture(scope="module")
def city(caller):
    """The association of Luoyang."""
    return caller(
        "discipline-officer", region=LUOYANG, organisation_kind="city-association", organisation_id=CITY["code"],
        subject="ly-lx",
    )  # fmt: skip


@pytest.fixture(scope="module")
def province(caller):
    """The association of the province, above it: its review committee."""
    return caller("discipline-officer", organisation_kind="association", organisation_id="hn-lx", subject="hn-lx")


@pytest.fixture
def member(luoyang):
    firm = luoyang.registers_firm(region=LUOYANG)
    lawyer = luoyang.registers_lawyer(firm)
    return {
        "kind": "lawyer", "licence_number": lawyer["licence_number"], "name": lawyer["name"], "firm_name": firm["name"],
    }  # fmt: skip


@pytest.fixture
def voted(city, member):
    """Heard, voted and served, within the three months for which even the lightest would be shown."""

    def voted(proposed):
        case = Handled.opened(city, CITY, member, on=days_ago(130))
        case.takes("file", days_ago(125))
        case.takes("notify-member", days_ago(124))
        case.takes("defend", days_ago(115))
        case.takes("investigate", days_ago(105), investigators=INVESTIGATORS)
        case.takes("offer-hearing", days_ago(103), **proposed)
        case.takes("request-hearing", days_ago(101))
        heard = {"hearing_noticed_on": days_ago(100), "panel": ["p-1", "p-2", "p-3"]}
        two = heard | {"panel": ["p-1", "p-2"]}
        assert case.refused("hold-hearing", days_ago(75), **two) == "hearing-panel", "three to five"
        among = heard | {"panel": ["p-1", "p-2", INVESTIGATORS[0]["officer"]]}
        assert case.refused("hold-hearing", days_ago(75), **among) == "hearing-not-by-investigators"
        case.takes("hold-hearing", days_ago(75), **heard)
        vote = {"outcome": "sanction", "committee": 12, **proposed}
        assert case.refused("vote", days_ago(68), present=COMMITTEE[:7], in_favour=7, **vote) == "quorum"
        assert case.refused("vote", days_ago(68), present=COMMITTEE[:8], in_favour=4, **vote) == "majority"
        case.takes("vote", days_ago(68), present=COMMITTEE[:8], in_favour=5, **vote)
        case.takes("decide", days_ago(62))
        case.takes("serve", days_ago(58), service_way="direct")
        return case

    return voted


def disclosed(public, member):
    return public.read("discipline", DISCLOSURES, licence_number=member["licence_number"])["items"]


def test_a_public_censure_is_heard_voted_upheld_on_review_takes_effect_and_is_published(
    voted, city, province, public, department, member
):
    published, due = department.share("M12-I1")
    case = voted(CENSURE)
    case.takes("request-review", days_ago(54))
    case.takes("accept-review", days_ago(50), by=province)
    assert case.refused("take-effect", days_ago(49)) == "effect", "not while it is under review"
    case.takes("decide-review", days_ago(25), by=province, remedy_outcome="upheld", present=OUTSIDERS)
    assert (case.deadline("review-acceptance"), case.deadline("review-decision")) == ("met", "met")
    assert case.case["sanction"] is None, "nothing before it has taken effect"
    case.takes("take-effect", days_ago(2))
    assert case.state == "EFFECTIVE"
    city.assesses(CITY, "industry")
    city.publishes(case.sanction, facts="无正当理由不按时出庭。")
    (shown,) = disclosed(public, member)
    assert [penalty["zh"] for penalty in shown["penalties"]] == ["公开谴责"]
    assert (shown["from_on"], shown["published_on"]) == (days_ago(2).isoformat(), today().isoformat())
    assert shown["credit"]["dishonest"] is False, "an industry sanction is no penalty"
    eventually(lambda: department.share("M12-I1")[1] == due + 1)
    assert department.share("M12-I1")[0] == published, "counted from the decision, publication comes late"
    status = public.read("registry", f"/v1/public/lawyers/{member['licence_number']}")["status"]["zh"]
    assert status == "执业", "what the association imposes leaves the licence alone"


def test_a_lighter_sanction_takes_effect_once_review_has_lapsed_and_stays_within_the_profession(
    voted, city, public, department, member, written
):
    before = department.share("M12-I1")
    case = voted(CRITICISM)
    assert case.refused("take-effect", days_ago(52)) == "effect", "review may still be asked for"
    case.takes("take-effect", days_ago(20))
    assert case.deadline("review-application") == "expired", "his own period: nobody has missed it"
    sanction = case.sanction
    version = f'"v{sanction["version"]}"'
    refused = city.post("discipline", f"/v1/sanctions/{sanction['case_id']}/publication", {}, If_Match=version)
    assert refused.status_code == 409
    assert "行业内通报" in refused.json()["detail"]
    assert disclosed(public, member) == []
    assert public.get("discipline", f"{DISCLOSURES}/{sanction['case_id']}").status_code == 404
    assert sanction["overdue"] == [], "it was never to be published"
    case.takes("execute", days_ago(19))
    case.takes("close", days_ago(18))
    assert case.case["outcome"]["code"] == "sanction"
    written()
    assert department.share("M12-I1") == before, "nothing was due"
