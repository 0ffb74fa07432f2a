"""The register: every indicator of the plan has a computation here, and so a source of values."""

from progress_store.queries import conduct, counties, facilities, firms, lawyers, national, supervision
from progress_store.queries.computation import Computation
from progress_store.queries.reported import REPORTED

COMPUTATIONS: dict[str, Computation] = {
    computation.indicator_id: computation
    for computation in (
        lawyers.LAWYERS,
        firms.FIRMS_OF_100,
        firms.FIRMS_OF_200,
        firms.COMPREHENSIVE_FIRMS,
        lawyers.FOREIGN_RELATED_LAWYERS,
        firms.JOINT_VENTURES,
        firms.FOREIGN_OFFICES,
        firms.REORGANISATIONS,
        firms.SPECIALISED_FIRMS,
        firms.BOUTIQUES,
        firms.BRANCHES_IN_THE_DISTRICT,
        firms.BRANCHES_OF_OUTSIDE_FIRMS,
        firms.FIRMS_THAT_PASSED,
        firms.FIRMS_OF_PROVINCIAL_INFLUENCE,
        firms.LOCAL_SPECIALISED_FIRMS,
        lawyers.TOP_LEVEL_TALENT,
        lawyers.FIRST_LICENSED,
        lawyers.SCARCE_TALENT_JOINED,
        counties.COUNTY_LAWYERS,
        counties.COUNTIES_WITHOUT_A_FIRM,
        conduct.PUBLISHED_IN_TIME,
        conduct.DECIDED_IN_TIME,
        firms.FIRMS_WITH_A_SUPERVISOR,
        conduct.IMPOSTOR_CASES,
        conduct.TALKS_WITH_HEADS,
        conduct.HONOURED_AND_SANCTIONED,
        conduct.CLOSED_IN_TIME,
        conduct.DAYS_TO_CLOSE,
        conduct.FOUR_PARTY_MEETINGS,
        conduct.JOINT_CONFERENCES,
        conduct.ROUNDS_OF_EVALUATION,
        facilities.ORGANS_WITH_A_FACILITY,
        lawyers.GOVERNMENT_LAWYERS,
        lawyers.COMPANY_LAWYERS,
        national.NATIONAL_RANK,
        supervision.REPORTS_IN_TIME,
        supervision.INSPECTIONS,
        *REPORTED,
    )
}
