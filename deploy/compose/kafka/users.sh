#!/usr/bin/env bash
# The users of our own processes, made or given their passwords anew, and what each may do; ends when all nodes have it.
# `users.sh remove` takes both away again.
# Passwords go by file: command lines are seen by whoever lists processes. A rule that is no longer wanted is removed by hand.
set -euo pipefail
case ${1:-} in '') give=yes ;; remove) give= ;; *) echo "users: $1 is neither nothing nor remove" >&2; exit 1 ;; esac
umask 077
nodes=kafka-1:9094,kafka-2:9094,kafka-3:9094
cat > /tmp/admin.properties <<END
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="node" password="$(< /run/secrets/KAFKA_NODES_PASSWORD)";
ssl.truststore.type=PEM
ssl.truststore.location=/run/secrets/ca.pem
END

declare -A made=()
while read -r process kind names operations; do
    case $process in '' | '#'*) continue ;; esac
    user=yulu-kafka-$process
    if [[ -z ${made[$user]:-} ]]; then
        secret=${process^^}
        change=(--add-config-file /tmp/user.properties)
        [[ $give ]] || change=(--delete-config SCRAM-SHA-512)
        printf 'SCRAM-SHA-512=iterations=8192,password=%s\n' "$(< "/run/secrets/KAFKA_${secret//-/_}_PASSWORD")" > /tmp/user.properties
        /opt/kafka/bin/kafka-configs.sh --bootstrap-server "$nodes" --command-config /tmp/admin.properties \
            --alter --entity-type users --entity-name "$user" "${change[@]}" < /dev/null
        made[$user]=yes
    fi
    what=(--add)
    [[ $give ]] || what=(--remove --force)
    for name in ${names//,/ }; do
        case $kind in
            topic | group) what+=("--$kind" "$name") ;;
            prefix) what+=(--topic "$name" --resource-pattern-type prefixed) ;;
            cluster) what+=(--cluster) ;;
            *) echo "rules: $kind is no kind of resource" >&2; exit 1 ;;
        esac
    done
    for operation in ${operations//,/ }; do what+=(--operation "$operation"); done
    /opt/kafka/bin/kafka-acls.sh --bootstrap-server "$nodes" --command-config /tmp/admin.properties \
        "${what[@]}" --allow-principal "User:$user" < /dev/null
done < /etc/kafka/rules
