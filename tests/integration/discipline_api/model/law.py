"""What the law note says of the two machines, as tables: §5 for states and steps, §1 and §2 for who may impose what."""

from dataclasses import dataclass

COUNTY, BUREAU, DEPARTMENT = "county-bureau", "bureau", "department"
CITY_ASSOCIATION, ASSOCIATION = "city-association", "association"
ORGAN_KINDS = (COUNTY, BUREAU, DEPARTMENT, CITY_ASSOCIATION, ASSOCIATION)

JUSTICE = frozenset({COUNTY, BUREAU, DEPARTMENT})
DECIDING = frozenset({BUREAU, DEPARTMENT})
ASSOCIATIONS = frozenset({CITY_ASSOCIATION, ASSOCIATION})
PROVINCIAL = frozenset({ASSOCIATION})
"""复查委员会 is provincial (§2)."""


@dataclass(frozen=True)
class Rule:
    """One step: whence, whither (None: the case stays), who, and what it must say."""

    origins: frozenset[str]
    to: str | None
    organs: frozenset[str]
    document: bool = False
    reason: bool = False
    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    remedies: frozenset[str] = frozenset({"none", "review", "reviewed", "litigation", "ended"})
    above: bool = False
    """Also of the provincial association in a city association's case."""


def _rule(origins: str, to: str | None, organs: frozenset[str], said: str = "", **more: object) -> Rule:
    """`said`: `#` a document is required, `!` reasons are; words are members, those with `?` optional."""
    words = said.split()
    members = [word for word in words if word not in ("#", "!")]
    return Rule(
        origins=frozenset(origins.split()),
        to=to,
        organs=organs,
        document="#" in words,
        reason="!" in words,
        needs=frozenset(word for word in members if not word.endswith("?")),
        may=frozenset(word[:-1] for word in members if word.endswith("?")),
        **more,
    )


_AGAINST = "SERVED EXECUTING CLOSED"
_FINED = "conduct_code? penalties? mitigation? escalation? also_conduct_codes? same_act_as? another_act?"
_ACT = "act_on? act_ended_on? grave_harm? discovered_on?"

ADMINISTRATIVE: dict[str, Rule] = {
    "accept": _rule("CLUE", "ACCEPTED", JUSTICE),
    "refuse": _rule("CLUE", "REFUSED", JUSTICE, "! channel?"),
    "forward": _rule("CLUE", "FORWARDED", JUSTICE, "! forwarded_to"),
    "propose": _rule("ACCEPTED", "PROPOSED", frozenset({COUNTY}), "# !"),
    "decline": _rule("ACCEPTED PROPOSED", "REFUSED", JUSTICE, "!"),
    "file": _rule("ACCEPTED PROPOSED", "FILED", DECIDING, "# act_on discovered_on act_ended_on? grave_harm?"),
    "investigate": _rule("FILED", "INVESTIGATED", DECIDING, f"! investigators major? complex? serious? {_ACT}"),
    "notify": _rule(
        "INVESTIGATED NOTIFIED HEARD LEGAL_REVIEWED DELIBERATED", "NOTIFIED", DECIDING,
        "# ! conduct_code penalties hearing_offered mitigation? escalation? also_conduct_codes? same_act_as? "
        "another_act? new_evidence?",
    ),
    "defend": _rule("NOTIFIED HEARING_REQUESTED", None, DECIDING, "!"),
    "request-hearing": _rule("NOTIFIED", "HEARING_REQUESTED", DECIDING),
    "waive-hearing": _rule("NOTIFIED HEARING_REQUESTED", "NOTIFIED", DECIDING, "#"),
    "hold-hearing": _rule("HEARING_REQUESTED", "HEARD", DECIDING, "hearing_noticed_on panel"),
    "review-legally": _rule("INVESTIGATED NOTIFIED HEARD", "LEGAL_REVIEWED", DECIDING, "! reviewer"),
    "deliberate": _rule("NOTIFIED HEARD LEGAL_REVIEWED", "DELIBERATED", DECIDING, "! participants"),
    "decide": _rule(
        "INVESTIGATED NOTIFIED HEARD LEGAL_REVIEWED DELIBERATED", "DECIDED", DECIDING,
        f"# ! outcome {_FINED} tier? deviation_reasons? late_reason? handed_to?",
    ),
    "serve": _rule("DECIDED", "SERVED", DECIDING, "# service_way from_on? to_on?"),
    "execute": _rule("SERVED", "EXECUTING", DECIDING),
    "grant-instalments": _rule("SERVED EXECUTING", None, DECIDING, "# ! instalments"),
    "pay": _rule("SERVED EXECUTING", None, DECIDING, "paid_yuan"),
    "open-review": _rule(_AGAINST, None, DECIDING, "# remedy_organ", remedies=frozenset({"none"})),
    "close-review": _rule(_AGAINST, None, DECIDING, "# remedy_outcome", remedies=frozenset({"review"})),
    "open-litigation": _rule(_AGAINST, None, DECIDING, "# remedy_organ", remedies=frozenset({"none", "reviewed"})),
    "close-litigation": _rule(_AGAINST, None, DECIDING, "# remedy_outcome", remedies=frozenset({"litigation"})),
    "tell-complainant": _rule("ACCEPTED REFUSED FORWARDED FILED DECIDED SERVED EXECUTING CLOSED", None, JUSTICE),
    "close": _rule("DECIDED SERVED EXECUTING", "CLOSED", DECIDING, "! unpaid_reason?"),
}  # fmt: skip

INDUSTRY: dict[str, Rule] = {
    "refuse": _rule("COMPLAINED", "REFUSED", ASSOCIATIONS, "! channel?"),
    "file": _rule("COMPLAINED", "FILED", ASSOCIATIONS, "#"),
    "notify-member": _rule("FILED", "NOTIFIED", ASSOCIATIONS, "#"),
    "defend": _rule("NOTIFIED", "DEFENDED", ASSOCIATIONS, "!"),
    "lapse-defence": _rule("NOTIFIED", "DEFENDED", ASSOCIATIONS),
    "investigate": _rule("DEFENDED", "INVESTIGATED", ASSOCIATIONS, "! investigators"),
    "recommend-revocation": _rule(
        "FILED NOTIFIED DEFENDED INVESTIGATED HEARING_OFFERED HEARD WAIVED", None, ASSOCIATIONS, "# !"
    ),
    "offer-hearing": _rule("INVESTIGATED", "HEARING_OFFERED", ASSOCIATIONS, "# ! conduct_code penalties"),
    "request-hearing": _rule("HEARING_OFFERED", None, ASSOCIATIONS),
    "waive-hearing": _rule("HEARING_OFFERED", "WAIVED", ASSOCIATIONS),
    "hold-hearing": _rule("HEARING_OFFERED", "HEARD", ASSOCIATIONS, "hearing_noticed_on panel"),
    "vote": _rule(
        "INVESTIGATED HEARD WAIVED", "VOTED", ASSOCIATIONS,
        "outcome committee present in_favour conduct_code? penalties? tier? deviation_reasons?",
    ),
    "decide": _rule("VOTED", "DECIDED", ASSOCIATIONS, "# !"),
    "sanction-on-penalty": _rule("FILED", "DECIDED", ASSOCIATIONS, "# ! cause_case_id conduct_code penalties"),
    "serve": _rule("DECIDED", "SERVED", ASSOCIATIONS, "# service_way"),
    "request-review": _rule("SERVED", "REVIEW", ASSOCIATIONS, "!", above=True),
    "accept-review": _rule("REVIEW", None, PROVINCIAL, above=True),
    "decide-review": _rule(
        "REVIEW", None, PROVINCIAL, "# ! remedy_outcome present outcome? conduct_code? penalties?", above=True
    ),
    "take-effect": _rule("SERVED REVIEW", "EFFECTIVE", ASSOCIATIONS),
    "execute": _rule("EFFECTIVE", "EXECUTED", ASSOCIATIONS),
    "tell-complainant": _rule(
        "REFUSED FILED DECIDED SERVED REVIEW EFFECTIVE EXECUTED CLOSED", None, ASSOCIATIONS
    ),
    "close": _rule("SERVED REVIEW EXECUTED", "CLOSED", ASSOCIATIONS, "!"),
}  # fmt: skip

STEPS = {"administrative": ADMINISTRATIVE, "industry": INDUSTRY}
ENDS = {
    "administrative": frozenset({"REFUSED", "FORWARDED", "WITHDRAWN", "CLOSED"}),
    "industry": frozenset({"REFUSED", "CLOSED"}),
}
FALLEN = frozenset({"changed", "revoked", "unlawful", "void"})
"""Adverse outcomes of review and litigation (行政处罚法 48)."""


@dataclass(frozen=True)
class Tariff:
    """A row of §1. `may_add_fine` is the most in yuan; `months` of a suspension; `severe` where 情节严重."""

    subject: str
    tiers: frozenset[str]
    severe: frozenset[str] = frozenset()
    may_add_fine: int = 0
    months: tuple[int, int] = (0, 0)
    mandatory: str | None = None


_L47 = Tariff("lawyer", frozenset({"warning"}), frozenset({"suspension"}), 5_000, (1, 3))
_L48 = Tariff("lawyer", frozenset({"warning"}), frozenset({"suspension"}), 10_000, (3, 6))
_L49 = Tariff("lawyer", frozenset({"suspension"}), frozenset({"revocation"}), 50_000, (6, 12))
_F50 = Tariff("firm", frozenset({"warning", "firm-suspension"}), frozenset({"revocation"}), 100_000, (1, 6))

TARIFF: dict[str, Tariff] = {
    **{f"L47.{item}": _L47 for item in range(1, 6)},
    **{f"L48.{item}": _L48 for item in range(1, 5)},
    **{f"L49.{item}": _L49 for item in range(1, 10)},
    "L49¶2": Tariff("lawyer", frozenset({"revocation"}), mandatory="revocation"),
    **{f"F50.{item}": _F50 for item in range(1, 9)},
    "F50¶2": Tariff("lawyer", frozenset({"warning"}), may_add_fine=20_000),
}
IMPOSED_BY: dict[str, frozenset[str]] = {
    COUNTY: frozenset(),  # D01
    BUREAU: frozenset({"warning", "fine", "confiscation", "suspension", "firm-suspension"}),
    DEPARTMENT: frozenset({"revocation"}),  # D02
    CITY_ASSOCIATION: frozenset(
        {"admonition", "industry-warning", "circulated-criticism", "public-censure", "membership-suspension"}
    ),
    ASSOCIATION: frozenset(
        {"admonition", "industry-warning", "circulated-criticism", "public-censure", "membership-suspension",
         "membership-cancellation"}
    ),
}  # fmt: skip
GRAVITY = {
    "warning": 1, "fine": 2, "confiscation": 3, "suspension": 4, "firm-suspension": 4, "revocation": 5,
    "admonition": 1, "industry-warning": 2, "circulated-criticism": 3, "public-censure": 4,
    "membership-suspension": 5, "membership-cancellation": 6,
}  # fmt: skip
"""行政处罚法 9 and SR 15, ascending; the two lists are not compared with one another."""
SUSPENSIONS = frozenset({"suspension", "firm-suspension"})
LARGE = {"lawyer": 5_000, "firm": 30_000}
HEARING_DUE = SUSPENSIONS | {"revocation"}  # D14
MEMBERSHIP = frozenset({"membership-suspension", "membership-cancellation"})  # D22
