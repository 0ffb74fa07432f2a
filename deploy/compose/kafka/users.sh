#!/usr/bin/env bash
# The user of our own processes, made or given its password anew; ends when all three nodes have it.
# The password goes by file: command lines are seen by whoever lists processes.
set -euo pipefail
umask 077
cat > /tmp/admin.properties <<END
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="node" password="$(< /run/secrets/KAFKA_NODES_PASSWORD)";
ssl.truststore.type=PEM
ssl.truststore.location=/run/secrets/ca.pem
END
printf 'SCRAM-SHA-512=[iterations=8192,password=%s]\n' "$(< /run/secrets/KAFKA_PASSWORD)" > /tmp/user.properties
exec /opt/kafka/bin/kafka-configs.sh --bootstrap-server kafka-1:9094,kafka-2:9094,kafka-3:9094 \
    --command-config /tmp/admin.properties --alter --entity-type users --entity-name yulu --add-config-file /tmp/user.properties
