import pytest
from contracts.rights_taxonomy import (
    ComplaintKind,
    IdentityMode,
    Outcome,
    ProcuratorateUnit,
    RefusalGround,
    Respondent,
    Right,
    may_go_to_procuratorate,
    procuratorate_unit,
)


@pytest.mark.parametrize(
    ("closed_list", "size"),
    [(Right, 17), (Respondent, 11), (ComplaintKind, 4), (RefusalGround, 7), (Outcome, 6), (IdentityMode, 3)],
)
def test_each_closed_list_is_complete_and_named_in_both_languages(closed_list, size):
    assert len(closed_list) == size
    assert len({member.zh for member in closed_list}) == size
    assert len({member.en for member in closed_list}) == size
    assert all(closed_list(str(member)) is member for member in closed_list)


def test_the_procuratorate_takes_criminal_cases_of_five_kinds_of_organ():
    criminal = {kind for kind in Respondent if may_go_to_procuratorate(kind, criminal=True)}
    assert criminal == {
        Respondent.POLICE,
        Respondent.STATE_SEC,
        Respondent.PROC,
        Respondent.COURT,
        Respondent.DETENTION,
    }
    assert not any(may_go_to_procuratorate(kind, criminal=False) for kind in Respondent)


def test_a_detention_centre_goes_to_the_unit_that_watches_execution():
    assert procuratorate_unit(Respondent.DETENTION) is ProcuratorateUnit.EXECUTION
    assert procuratorate_unit(Respondent.POLICE) is ProcuratorateUnit.CONTROL
