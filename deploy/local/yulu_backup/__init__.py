"""Backup and restore: base backups, the write-ahead log as it is written, and what must stay erased after a restore.

BACKUP_DIR/
  <epoch>/            system identifier and timeline: a restored server begins another one
    base/<time>/      census.json, and files/ as pg_basebackup wrote them, with their manifest
    wal/              segments as pg_receivewal wrote them
ERASURE_LEDGER_DIR/
  erasures.ndjson     ids of what was erased, hash-chained; on another disk, in no backup
"""
