"""How long what was erased remains in backups: a rule with its source, which every way to back up is held to."""

import re
from pathlib import Path

import pytest
import yaml
from common.settings import InvalidSettings
from contracts.deadlines import rule
from yulu_backup.settings import BackupSettings

from tests.deploy import helm
from tests.deploy.test_chart import GIVEN, SIZES, named

MOST = rule("backup.erased-remains")
HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook" / "backup.md"
ROUNDS = 2
"""Days: the last base that holds it is needed until the next is old enough, and goes with the round after."""


@pytest.mark.parametrize("size", SIZES)
def test_the_charts_backups_end_in_time_and_lie_encrypted(size):
    spec = named(size, "ObjectStore")["yulu-backups"]["spec"]
    days = int(spec["retentionPolicy"].removesuffix("d"))
    assert MOST.unit == "days"
    assert days + ROUNDS <= MOST.value
    seconds, minutes, hours, *every_day = named(size, "ScheduledBackup")["yulu-postgres"]["spec"]["schedule"].split()
    assert all(part.isdigit() for part in (seconds, minutes, hours))
    assert every_day == ["*", "*", "*"]
    for part in ("data", "wal"):
        assert spec["configuration"][part]["encryption"] == "AES256"


@pytest.mark.parametrize("retention", ["29d", "90d", "4w", "1m"])
def test_a_longer_term_is_refused_by_the_chart(retention, tmp_path):
    (tmp_path / "values.yaml").write_text(yaml.safe_dump({"postgres": {"backups": {"retention": retention}}}))
    with pytest.raises(helm.Refused, match=re.escape("postgres.backups.retention")):
        helm.template([helm.CHART / "values-pilot.yaml", GIVEN, tmp_path / "values.yaml"])


@pytest.mark.parametrize("schedule", ["0 30 17 * * 0", "0 30 17 1 * *", "@weekly"])
def test_a_schedule_rarer_than_daily_is_refused_by_the_chart(schedule, tmp_path):
    (tmp_path / "values.yaml").write_text(yaml.safe_dump({"postgres": {"backups": {"schedule": schedule}}}))
    with pytest.raises(helm.Refused, match=re.escape("postgres.backups.schedule")):
        helm.template([helm.CHART / "values-pilot.yaml", GIVEN, tmp_path / "values.yaml"])


def test_our_own_backups_end_in_time_and_longer_is_refused(monkeypatch):
    for variable in ("BACKUP_KEEP_DAYS", "BACKUP_EVERY_HOURS"):
        monkeypatch.delenv(variable, raising=False)
    settings = BackupSettings.load()
    assert settings.backup_keep_days + 2 * settings.backup_every_hours / 24 <= MOST.value
    monkeypatch.setenv("BACKUP_EVERY_HOURS", "168")
    with pytest.raises(InvalidSettings, match="BACKUP_KEEP_DAYS"):
        BackupSettings.load()
    monkeypatch.setenv("BACKUP_KEEP_DAYS", "16")
    assert BackupSettings.load().backup_keep_days == 16


def test_the_handbook_says_how_long():
    assert f"至多**〔{MOST.value} 天 · " in HANDBOOK.read_text("utf-8")
    assert MOST.source.split("；")[1].startswith("个人信息保护法第四十七条")
