"""What is missing, wrong or implausible in the answers of a report: by the rules of contracts/plausibility.yaml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.plausibility import Basis, Severity, plausibility
from contracts.reporting import Nature

from progress_api.reporting.domain import Answer, AnswerKind, Answers, Item, Report


@dataclass(frozen=True, slots=True)
class Last:
    """What was reported for the same indicator and region before."""

    report_id: UUID
    period: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Known:
    """What the register tells of the region on a day."""

    basis: Basis
    number: int
    as_of: date


@dataclass(frozen=True, slots=True)
class Beside:
    """What the answers are held against; `known` by region."""

    last: Mapping[Item, Last]
    known: Mapping[tuple[Basis, str], Known]

    def known_of(self, item: Item, name: str) -> list[Known]:
        bases = plausibility().bases_of(f"{item.indicator_id}.{name}")
        return [self.known[basis, item.region] for basis in bases if (basis, item.region) in self.known]


@dataclass(frozen=True, slots=True)
class Finding:
    """`blocks`: an error, or a warning without explanation. Without `field` it is about the row as a whole."""

    item: Item
    field: str
    severity: Severity
    code: str
    zh: str
    en: str
    explained: bool

    @property
    def place(self) -> str:
        return self.item.place(self.field) if self.field else f"items.{self.item.key}"

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.ERROR or not self.explained


_Found = tuple[str, Severity, str, str, str]
"""field, severity, code, zh, en."""


def findings(report: Report, answers: Answers, beside: Beside) -> list[Finding]:
    """In the order of the form."""
    found = []
    for item in report.items:
        answer = answers.get(item)
        if answer is None:
            told: list[_Found] = [("", Severity.ERROR, "missing", "尚未填写", "is missing")]
        elif answer.kind is AnswerKind.NOT_APPLICABLE:
            told = []
        else:
            told = [
                *_incomplete(item, answer, report.period.until_on),
                *_too_large(item, answer),
                *_against_last(item, answer, beside.last.get(item)),
                *_on_record(item, answer, beside),
                *_sums(item, answers),
            ]
        explained = answer is not None and answer.explanation is not None
        found += [Finding(item, *each, explained) for each in told]
    return found


def _incomplete(item: Item, answer: Answer, until_on: date) -> Iterator[_Found]:
    if answer.kind is AnswerKind.NIL:
        return
    for name in item.fields:
        if name in ("amount", "numerator", "denominator", "yes") and answer.number(name) is None:
            yield name, Severity.ERROR, "missing", "尚未填写", "is missing"
    if item.about.nature is not Nature.REACHED:
        return
    if not answer.amount:
        if answer.amount == 0 and answer.reached_on is not None:
            yield (
                "reached_on",
                Severity.ERROR,
                "not-reached",
                "未达成的不填达成日期",
                "has no place where nothing is reached",
            )
    elif answer.reached_on is None:
        yield "reached_on", Severity.ERROR, "missing", "请填写达成日期", "is missing: since when"
    elif answer.reached_on > until_on:
        yield (
            "reached_on", Severity.ERROR, "after-period",
            f"晚于本期截止日{until_on}，应在下一期报送", f"is after the period's end, {until_on}: report it next time",
        )  # fmt: skip
    if answer.amount and answer.document_number is None:
        yield (
            "document_number", Severity.WARNING, "no-evidence",
            "没有文件号，请说明依据", "without a document's number, say what it rests on",
        )  # fmt: skip


def _too_large(item: Item, answer: Answer) -> Iterator[_Found]:
    amount, most = answer.amount, item.about.at_most
    if amount is not None and answer.base is not None and amount > answer.base:
        yield (
            "numerator", Severity.ERROR, "numerator-above-denominator",
            f"分子大于分母{answer.base}", f"is above the denominator, {answer.base}",
        )  # fmt: skip
    if amount is not None and most is not None and amount > most and not item.about.is_yes_or_no:
        yield "amount", Severity.ERROR, "above-maximum", f"至多为{most}", f"is at most {most}"


def _against_last(item: Item, answer: Answer, last: Last | None) -> Iterator[_Found]:
    """Jumps, falls of what only grows, and a yes that became a no."""
    if last is None:
        return
    name = item.fields[0]
    before, now = last.answer.value(item), answer.value(item)
    if before.amount is None or now.amount is None:
        return
    rules = plausibility()
    if item.about.nature is Nature.REACHED:
        if now.amount < before.amount:
            yield name, Severity.WARNING, "relapse", f"{last.period}曾报已达成", f"had been reached by {last.period}"
        return
    if item.about.is_share:
        if before.base and now.base:
            # In whole numbers: a/b - c/d in hundredths against the points allowed.
            apart = abs(now.amount * before.base - before.amount * now.base) * 100
            if apart > rules.jump.points * now.base * before.base:
                zh = f"与{last.period}相差超过{rules.jump.points}个百分点"
                en = f"is more than {rules.jump.points} percentage points from {last.period}"
                yield name, Severity.WARNING, "jump", zh, en
    else:
        apart = abs(now.amount - before.amount)
        if apart >= rules.jump.least and apart * 100 > rules.jump.per_cent * before.amount:
            zh = f"与{last.period}的{before.amount}相差超过{rules.jump.per_cent}%"
            en = f"differs by more than {rules.jump.per_cent} % from {before.amount} in {last.period}"
            yield name, Severity.WARNING, "jump", zh, en
    if item.indicator_id in rules.grows and now.amount < before.amount:
        zh, en = f"少于{last.period}的{before.amount}", f"is less than the {before.amount} of {last.period}"
        yield name, Severity.WARNING, "fall", zh, en


def _on_record(item: Item, answer: Answer, beside: Beside) -> Iterator[_Found]:
    rules, value = plausibility(), answer.value(item)
    for name in item.fields:
        number = value.base if name == "denominator" else value.amount
        if number is None or name not in ("amount", "numerator", "denominator"):
            continue
        for known in beside.known_of(item, name):
            rule = rules.on_record[known.basis]
            told = f"{rule.zh}{known.number}（{known.as_of}）", f"{known.number} {rule.en} on {known.as_of}"
            if f"{item.indicator_id}.{name}" in rule.equal:
                if abs(number - known.number) * 100 > rules.tolerance_per_cent * known.number:
                    yield name, Severity.WARNING, "not-as-on-record", f"与{told[0]}不符", f"is not the {told[1]}"
            elif number > known.number:
                yield name, Severity.WARNING, "above-record", f"大于{told[0]}", f"is above the {told[1]}"


def _sums(item: Item, answers: Answers) -> Iterator[_Found]:
    """Told of the first part, where the same report tells all of them for the region."""
    numbers: dict[str, int] = {}
    for other, answer in answers.items():
        if other.region == item.region:
            value = answer.value(other)
            for name in ("amount", "numerator"):
                if name in other.fields and value.amount is not None:
                    numbers[f"{other.indicator_id}.{name}"] = value.amount
            if value.base is not None:
                numbers[f"{other.indicator_id}.denominator"] = value.base
    for rule in plausibility().sums:
        indicator_id, name = rule.parts[0].split(".")
        if indicator_id != item.indicator_id or not {*rule.parts, rule.whole} <= numbers.keys():
            continue
        total, whole = sum(numbers[part] for part in rule.parts), numbers[rule.whole]
        if total > whole:
            yield (
                name, rule.severity, "sum-above-whole",
                f"合计{total}，大于{rule.whole}的{whole}", f"sums up to {total}, above the {whole} of {rule.whole}",
            )  # fmt: skip


def prefill(item: Item, beside: Beside) -> Answer | None:
    """What the form starts with: what stands until it is said otherwise, and what the register knows. A flow starts
    empty, but for its denominator.
    """
    last = beside.last.get(item)
    known = beside.known_of(item, "denominator") if item.about.is_share else []
    equal = [each for each in known if _is_equal(item, each)]
    base = equal[0].number if equal else None
    if last is not None and last.answer.kind is not AnswerKind.NUMBER:
        return Answer(last.answer.kind) if last.answer.kind is AnswerKind.NOT_APPLICABLE else None
    if last is None or item.about.nature is Nature.FLOW:
        if not item.is_required and last is None:
            return Answer(AnswerKind.NOT_APPLICABLE)
        return None if base is None else Answer(AnswerKind.NUMBER, None, base)
    told = last.answer
    return Answer(
        AnswerKind.NUMBER, told.amount, told.base if base is None else base, told.reached_on, told.document_number
    )


def _is_equal(item: Item, known: Known) -> bool:
    return f"{item.indicator_id}.denominator" in plausibility().on_record[known.basis].equal
