"""What somebody types into a form of a desk: right in form, and about Zhengzhou, so that only the right decides."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from contracts.regions import PROVINCE
from portal.desks.declared import Act
from portal.desks.forming import form_of
from portal.desks.operations import operation
from portal.forms import Field

from tests.journeys.made_up import FOUNDERS, ZHENGZHOU, credit_code, days_ago, document_number, licence_number, today
from tests.journeys.pages.matrix.row import Keys

_OF = "@"
"""Begins a value that is the key of something: `@registry/firms`."""
_BY_KIND: Mapping[str, str] = {
    "date": days_ago(1).isoformat(),
    "datetime": f"{days_ago(1).isoformat()}T09:00",
    "number": "1",
    "numbers": "1",
    "pairs": f"{today().year}-01-01：元旦",
    "either": "yes",
    "yes-no": "yes",
}
_BY_NAME: Mapping[str, str] = {
    "region": ZHENGZHOU,
    "incident_region": ZHENGZHOU,
    "registration_region": ZHENGZHOU,
    "organ.region": ZHENGZHOU,
    "organ.kind": "bureau",
    "organ.code": "zz-sfj",
    "organ_kind": "COURT",
    "level": "city",
    "founders": "\n".join(FOUNDERS),
    "year": str(today().year - 1),
    "month": f"{days_ago(31):%Y-%m}",
    "period": f"{days_ago(31):%Y-%m}",
    "capital_yuan": "300000",
    "telephone": "0371-65000001",
    "phone": "0371-65000001",
    "on_duty": "officer-1",
    "province": PROVINCE,
    "measures": "M05",
    "centre_id": "@rights/centres",
    "unit_id": "@rights/units",
    "organ_code": "@rights/places",
    "firm_id": "@registry/firms",
    "lawyer_id": "@registry/lawyers",
    "supervisor_id": "@registry/lawyers",
}
"""What has to be filled in; what may be left out is, unless `_BY_OPERATION` says something."""
_TOMORROW = days_ago(-1).isoformat()
_SUBJECT = {"subject.kind": "lawyer", "subject.licence_number": "14101201510000003", "subject.name": "林某"}
_CENTRE = {"name": "郑州市第三看守所", "procuratorate": "郑州市人民检察院驻所检察室"}
_COMPLAINANT = {
    "complainant.name": "林某",
    "complainant.licence_number": "14101201510000003",
    "complainant.contact": "0371-65000001",
}
_BY_OPERATION: Mapping[str, Mapping[str, str]] = {
    "registry POST /v1/lawyers": {"firm_id": "@registry/firms"},
    "registry POST /v1/lawyers/{lawyer_id}/moves": {"firm_id": "@registry/firms"},
    "registry POST /v1/lawyers/{lawyer_id}/licences": {"firm_id": "@registry/firms"},
    "registry POST /v1/person-mergers": {
        "absorbed_lawyer_id": "@registry/lawyers other",
        "kept_lawyer_id": "@registry/lawyers",
    },
    "registry POST /v1/mergers": {
        "absorbed_firm_id": "@registry/firms other",
        "absorbing_firm_id": "@registry/firms",
    },
    "registry POST /v1/assessments/{year}/firms": {"subject_id": "@registry/firms"},
    "registry POST /v1/assessments/{year}/lawyers": {"subject_id": "@registry/lawyers"},
    "registry POST /v1/interns": {"certificate_number": "14101234567890"},
    "discipline POST /v1/complaints/entries": {
        **_SUBJECT,
        "source": "paper",
        "complainant.name": "李某",
        "complainant.contact": "0371-65000001",
    },
    "discipline POST /v1/complaints/{complaint_id}/refusal": {"channel": "fee-mediation", "ground": "fee-dispute"},
    "discipline POST /v1/proceedings": _SUBJECT,
    "discipline POST /v1/sanctions": _SUBJECT,
    "discipline POST /v1/sanctions/{case_id}/identity": {"number": "11010519491231002X"},
    "discipline POST /v1/conduct-records": {
        **_SUBJECT,
        "conviction.court": "郑州市中级人民法院",
        "conviction.offence_article": "刑法第266条",
    },
    "discipline POST /v1/impostor-clues/entries": {"conduct": "in-lawyers-name", "source": "phone"},
    "discipline POST /v1/impostor-cases/{case_id}/opening": {"conduct": "in-lawyers-name"},
    "discipline POST /v1/impostor-cases/{case_id}/conduct": {"conduct": "in-lawyers-name"},
    "discipline POST /v1/talks": {"addressee": "lawyer", "licence_number": "14101201510000003"},
    "discipline POST /v1/repetition-checks": {"licence_number": "14101201510000003"},
    "rights_public POST /v1/complaints/dictations": {"registration_region": ZHENGZHOU} | _COMPLAINANT,
    "rights_public POST /v1/refused-meetings/dictations": {"centre_id": "@rights/centres"} | _COMPLAINANT,
    "rights POST /v1/duty/rosters": {"from_on": _TOMORROW, "to_on": _TOMORROW},
    "rights PUT /v1/duty/rosters/{on}": {"on_duty": "officer-1"},
    "rights PUT /v1/duty/contacts": {"addresses.email": "officer@example.org"},
    "rights POST /v1/complaints/{complaint_id}/recusals": {"ground": "interest"},
    "rights POST /v1/consultations/{meeting_id}/agenda-items": {"complaint_id": "@rights/complaints", "text": "议题"},
    "rights POST /v1/facility-organs/{organ_code}/figures": {"meetings": "1", "meetings_in_time": "1"},
    "rights PUT /v1/facility-organs/{organ_code}/figures/{month}": {"meetings": "1", "meetings_in_time": "1"},
    "rights PUT /v1/consultations/{meeting_id}/minutes": {"text": "会议听取了情况通报。"},
    "rights POST /v1/detention-centres": _CENTRE,
    "rights PUT /v1/detention-centres/{centre_id}": _CENTRE,
    "rights POST /v1/calendars": {"digest": "0" * 64},
    "progress POST /v1/deliverables/{deliverable_id}/evidence": {
        "event_type": "lawyers.registry.firm.established.v1",
        "indicator_id": "H1",
    },
}
_ETAGS = {"rights PUT /v1/duty/contacts": '"v0"', "rights PUT /v1/duty/telephone": '"v0"'}
"""Of what nobody has set yet."""
_FILE = {"file": ("名册.csv", b"a,b\r\n1,2\r\n", "text/csv")}
_LETTERS = str.maketrans("0123456789", "abcdefabcd")
_UPLOADS = ("file", "multipart")
_MADE = {"licence_number": licence_number, "credit_code": credit_code, "document_number": document_number}
"""By the last part of a name: used once each."""


def posts_of(act: Act, keys: Keys) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """By variant: the end of its address, what is typed, and files."""
    described, said = operation(act.operation), _BY_OPERATION.get(act.operation, {})
    for variant in list(described.variants)[:3] or [""]:
        fields = form_of(act, described, variant).fields
        typed: dict[str, Any] = {"idempotency_key": uuid4().hex, "etag": _ETAGS.get(act.operation, '"v1"')}
        for each in fields:
            typed |= _typed(each, said)
        typed = {name: _known(value, keys) for name, value in typed.items()}
        yield act.slug + (f".{variant}" if variant else ""), typed, _FILE if described.takes in _UPLOADS else None


def _known(value: str, keys: Keys) -> str:
    return keys.get(value[1:]) or str(uuid4()) if value.startswith(_OF) else value


def _typed(each: Field, said: Mapping[str, str], before: str = "") -> dict[str, Any]:
    """What need not be filled in is left empty, unless there is something to be said."""
    name = before + each.name
    if not each.required and each.name not in said and before + each.name not in said:
        return {}
    if each.kind == "rows":
        return {key: value for column in each.columns for key, value in _typed(column, said, f"{name}.0.").items()}
    return {name: _value(each, said)}


def _value(each: Field, said: Mapping[str, str]) -> str:
    wanted = said.get(each.name) or _BY_NAME.get(each.name)
    codes = [choice.code for choice in each.choices]
    if wanted is not None and (not codes or wanted in codes):
        return wanted
    if codes:
        return codes[0]
    last = each.name.rpartition(".")[2]
    if last in _MADE:
        return _MADE[last]()
    text = _BY_KIND.get(each.kind)
    return text if text is not None else _lettered_id()[: each.most]


def _lettered_id() -> str:
    """Good for an id and for words: digits in a row would now and then be taken for somebody's number, and refused."""
    drawn = uuid4().hex.translate(_LETTERS)
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-a{drawn[17:20]}-{drawn[20:]}"
