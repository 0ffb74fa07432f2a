"""The register: every indicator of the plan has a computation here, or a stated reason why it has no value yet."""

from contracts.plan import Indicator, Source

from progress_store.queries import conduct, counties, firms, lawyers
from progress_store.queries.computation import Computation, Reason

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
    )
}

AWAITED: dict[str, tuple[str, str]] = {
    "H2": ("全国律师统计数据的录入", "entry of the national statistics of lawyers"),
    "M13-I3": ("“四方会商”会议记录", "records of four-party meetings"),
    "M13-I4": ("会见室和绿色通道的登记", "registration of meeting rooms and green channels"),
    "M15-I2": ("互评工作记录", "records of mutual appraisal"),
    "M15-I3": ("联席会议记录", "records of joint meetings"),
    "M16-I1": ("公职律师专项统计口径的确认", "the department's confirmation of how government lawyers are counted"),
    "M17-I3": ("公司律师专项统计口径的确认", "the department's confirmation of how company lawyers are counted"),
    "W2-I1": ("任务进展报送", "progress reports"),
    "W2-I2": ("考核督查记录", "records of inspections of the plan"),
}
"""What an indicator waits for. Those that cities report say it by their reporter, who is in the plan's data."""

_REPORTERS = {
    "city-bureau": ("各地司法局", "the city bureaus"),
    "city-association": ("各市律师协会", "the city associations"),
    "city-party-committee": ("各市律师行业党委", "the city party committees of the profession"),
    "provincial-association": ("省律师协会", "the provincial association"),
    "provincial-division": ("省司法厅业务处室", "the provincial division"),
}


def awaited_reason(indicator: Indicator) -> Reason:
    """Raises KeyError on an indicator that nobody has thought of: a test asks for all of them."""
    if indicator.id in AWAITED:
        zh, en = AWAITED[indicator.id]
        return Reason("awaits-source", f"暂无数值，等待：{zh}。", f"No value yet; it waits for {en}.")
    if indicator.source is not Source.CITY_REPORT or indicator.reporter is None:
        raise KeyError(indicator.id)
    zh, en = _REPORTERS[indicator.reporter]
    return Reason("awaits-report", f"暂无数值，等待{zh}报送。", f"No value yet; it waits for reports of {en}.")
