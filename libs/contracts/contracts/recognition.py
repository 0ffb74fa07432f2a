"""The closed lists of the 名录: what kinds there are, who may stand on them, and why somebody is taken off."""

from contracts.labels import LabelledEnum


class RecognitionKind(LabelledEnum):
    """名录: lists with a named issuer."""

    COMPREHENSIVE_FIRM = "comprehensive-firm", "综合性大所", "large full-service firm with national influence"
    PROVINCIAL_INFLUENCE_FIRM = (
        "provincial-influence-firm",
        "全省有影响力的综合性大所",
        "comprehensive firm with provincial influence",
    )
    SPECIALISED_FIRM = "specialised-firm", "“专精特新”律所", "specialised small or medium firm"
    BOUTIQUE_FIRM = "boutique-firm", "新领域特色精品所", "small boutique in a new field"
    KEY_CULTIVATION_FIRM = "key-cultivation-firm", "重点培育律所", "firm chosen for cultivation"
    HONOURED_FIRM = "honoured-firm", "优秀律师事务所", "outstanding firm"
    FOREIGN_RELATED_LAWYER = "foreign-related-lawyer", "涉外律师人才", "lawyer on the foreign-related talent list"
    SCARCE_TALENT = "scarce-talent", "急需紧缺人才", "lawyer matching the catalogue of scarce talent"
    TOP_LEVEL_TALENT = "top-level-talent", "“高精尖”律师人才", "top-level lawyer brought in"
    HONOURED_LAWYER = "honoured-lawyer", "优秀律师", "outstanding lawyer"
    GOOD_LAWYER = "good-lawyer", "党和人民满意的好律师", "lawyer honoured by that name"

    @property
    def of_firms(self) -> bool:
        """The other lists hold lawyers."""
        return self.value.endswith("-firm")

    @property
    def local(self) -> bool:
        """Whether a city may keep such a list of its own (各地选树培育); the others are the department's."""
        return self in _LOCAL


_LOCAL = frozenset(
    {
        RecognitionKind.PROVINCIAL_INFLUENCE_FIRM,
        RecognitionKind.SPECIALISED_FIRM,
        RecognitionKind.BOUTIQUE_FIRM,
        RecognitionKind.KEY_CULTIVATION_FIRM,
        RecognitionKind.HONOURED_FIRM,
        RecognitionKind.HONOURED_LAWYER,
    }
)

HONOURS = frozenset({RecognitionKind.HONOURED_FIRM, RecognitionKind.HONOURED_LAWYER, RecognitionKind.GOOD_LAWYER})
"""荣誉: what M23 speaks of."""


class RecognisedField(LabelledEnum):
    """The main field of a boutique; the plan names three and leaves the others to the list."""

    ENVIRONMENT = "environment", "环保", "environment"
    CARBON_NEUTRALITY = "carbon-neutrality", "碳中和", "carbon neutrality"
    ENTERTAINMENT = "entertainment", "文娱", "culture and entertainment"
    OTHER_LISTED = "other-listed-field", "名录所列其他新领域", "another field that the list names"


class WithdrawalGround(LabelledEnum):
    """Why a recognition ended early. Held in the registry and in no event: one of them tells of a sanction."""

    CONDITIONS_LOST = "conditions-lost", "不再符合条件", "no longer meets the conditions"
    SANCTIONED = "sanctioned", "受到处罚或处分", "penalised or sanctioned"
    REQUESTED = "requested", "本人或本所申请", "at the member's own request"
    MEMBER_ENDED = "member-ended", "机构终止或执业证注销", "the firm or the licence has ended"
    SUPERSEDED = "superseded", "新名录取代", "a newer list takes its place"
    ENTERED_IN_ERROR = "entered-in-error", "录入错误", "it was entered by mistake"
