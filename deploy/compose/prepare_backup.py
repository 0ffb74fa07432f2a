"""`python deploy/compose/prepare_backup.py`, after prepare.py: what those are given who back up and who come back.

Who backs up may replicate. Who keeps the ledger of erasures owns each database, by its role, and answers Prometheus.
Who makes a recovery good may empty Kafka as well, by a user that is made at that time.
"""

import os
import sys
from pathlib import Path

# Beside this script, which Python looks there for.
from prepare import (  # type: ignore[import-not-found]
    DATABASE,
    DECLARED,
    HERE,
    KAFKA,
    OURS,
    POSTGRES,
    ROLES,
    Kept,
    folder,
    password_of_role,
    password_of_user,
)

DATABASES = sorted(ROLES - {"keycloak"})


def prepare(into: Path) -> None:
    """into: where prepare.py has put everything else."""
    kept = Kept(into / "made")
    authority = {"ca.pem": (into / "postgres" / "ca.pem").read_text("ascii")}
    answers = {"server.pem": (into / "postgres" / "server.pem").read_text("ascii")}
    answers |= {name: kept.value(name) for name in DECLARED["every"]}
    urls = {
        f"{name.upper()}_DATABASE_URL": DATABASE.format(name, kept.value(password_of_role(name))) for name in DATABASES
    }
    user = password_of_user("after-restore")
    folder(into / "backup", POSTGRES, authority | {"BACKUP_PASSWORD": kept.value("BACKUP_PASSWORD")})
    folder(into / "erasure-ledger", OURS, authority | answers | urls)
    folder(into / "after-restore", OURS, authority | urls | {"KAFKA_PASSWORD": kept.value(user)})
    passwords = {name: kept.value(name) for name in ("KAFKA_NODES_PASSWORD", user)}
    folder(into / "kafka-recovery", KAFKA, authority | passwords)


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("请以 root 运行。\nRun it as root: files have to belong to the containers' users.")
    prepare(HERE / "secrets")
    sys.stdout.write("已就绪 ready\n")
