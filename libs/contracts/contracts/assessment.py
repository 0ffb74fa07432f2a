"""年度检查考核: the closed lists of grades, and of the grounds on which there is none."""

from contracts.labels import LabelledEnum


class AssessedKind(LabelledEnum):
    """Whom an assessment is about."""

    FIRM = "assessed-firm", "律师事务所年度检查考核", "yearly inspection of a firm, by its bureau"
    LAWYER = "assessed-lawyer", "律师执业年度考核", "yearly assessment of a lawyer, by the association"


class Grade(LabelledEnum):
    """考核结果: two for firms, three for lawyers."""

    FIRM_PASSED = "passed", "合格", "firm: passed"
    FIRM_FAILED = "failed", "不合格", "firm: failed"
    COMPETENT = "competent", "称职", "lawyer: competent"
    BASICALLY_COMPETENT = "basically-competent", "基本称职", "lawyer: basically competent"
    NOT_COMPETENT = "not-competent", "不称职", "lawyer: not competent"

    @property
    def kind(self) -> AssessedKind:
        return AssessedKind.FIRM if self in (Grade.FIRM_PASSED, Grade.FIRM_FAILED) else AssessedKind.LAWYER


class NoGrade(LabelledEnum):
    """Why there is no grade: for good, or (deferred) until the ground has fallen away."""

    LICENSED_SHORTLY = "licensed-under-three-months", "执业不满三个月", "licensed for less than three months"
    AWAY = "away-over-six-months", "因病、学习等离岗超过六个月", "away from practice for more than six months"
    UNDER_INVESTIGATION = "under-investigation", "因涉嫌违法违纪正在接受调查，暂缓考核", "deferred: under investigation"
    FIRM_SUSPENDED = "firm-suspended", "所在律所停业整顿，暂缓考核", "deferred: the firm is suspended"

    @property
    def deferred(self) -> bool:
        return self in (NoGrade.UNDER_INVESTIGATION, NoGrade.FIRM_SUSPENDED)
