#!/bin/sh
# Asks every process, as deploy/observability/prometheus.yaml does on one machine, and judges by the same rules. Whoever may
# read the closed feeds runs a second one, with the other token: what it has asked may be shown to nobody else.
set -eu
: "${TOKEN:?METRICS_TOKEN or METRICS_CLOSED_TOKEN}" "${PORTAL_URL:?}"
portal=${PORTAL_URL#https://}
umask 077

job() { # PROCESS PORT [NAME IN ITS CERTIFICATE]
    echo "  - {job_name: yulu-$1, scheme: https, authorization: {credentials_file: /run/secrets/$TOKEN}," \
        "tls_config: {ca_file: /run/secrets/trusted.pem, server_name: ${3:-$1}}, static_configs: [{targets: ['$1:$2']}]}"
}

{
    echo "global: {scrape_interval: 15s, evaluation_interval: 15s}"
    echo "rule_files: [/etc/prometheus/alerts.yaml]"
    if [ -n "${ALERTMANAGER:-}" ]; then
        echo "alerting: {alertmanagers: [{static_configs: [{targets: ['$ALERTMANAGER']}]}]}"
    fi
    echo "scrape_configs:"
    job registry-api 8101
    job discipline-api 8102
    job rights-api 8103
    job rights-public 8106
    job progress-api 8104
    job exchange-api 8107
    job portal 8100 "${portal%%[:/]*}"
    job registry-reactions 8111
    job outbox-relay 8112
    job progress-projector 8113
    job discipline-reactions 8114
    job notifier 8115
    job exchange-releases 8116
    job webhook-dispatcher 8117
    job erasure-ledger 8118
} > /tmp/prometheus.yml
exec /bin/prometheus --config.file=/tmp/prometheus.yml --storage.tsdb.path=/prometheus --storage.tsdb.retention.time=90d
