"""Who answers: for a doubt the role that the directory names, for judgments and decisions discipline; of the region."""

from common.auth import PROVINCE, Principal
from contracts.regions import REGIONS
from contracts.sharing import resources

from exchange_api.inbox.domain import Item, Kind

DOCUMENTS = frozenset(Kind) - {Kind.CORRECTION}
_KEEPERS = frozenset({"department", "association", "bureau", "city-association"})


def handled_subjects(principal: Principal) -> list[str]:
    """Of items about which this officer answers: resources, and "" of documents; none for who is no officer."""
    if principal.organisation_kind not in _KEEPERS or principal.region is None:
        return []
    subjects = [resource.id for resource in resources().values() if resource.handler in principal.roles]
    return [*subjects, ""] if "discipline-officer" in principal.roles else subjects


def handled_regions(principal: Principal) -> list[str]:
    return [region for region in (*REGIONS, PROVINCE) if principal.covers(region)]


def may_handle(principal: Principal, item: Item) -> bool:
    return item.subject in handled_subjects(principal) and principal.covers(item.region)
