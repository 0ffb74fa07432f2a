#!/usr/bin/env bash
# One of three nodes, broker and controller at once. Between nodes: TLS and a password of their own (PLAIN inside TLS,
# because SCRAM users stand in the cluster, which there is not yet). Clients: TLS and SCRAM.
set -euo pipefail
: "${NODE_ID:?}" "${CLUSTER_ID:?}"
password=$(< /run/secrets/KAFKA_NODES_PASSWORD)
pem=/run/secrets/server.pem
ca=/run/secrets/ca.pem
properties=/tmp/server.properties
umask 077
nodes="org.apache.kafka.common.security.plain.PlainLoginModule required username=\"node\" password=\"$password\" user_node=\"$password\";"
cat > "$properties" <<END
process.roles=broker,controller
node.id=$NODE_ID
controller.quorum.voters=1@kafka-1:9093,2@kafka-2:9093,3@kafka-3:9093
controller.listener.names=CONTROLLER
inter.broker.listener.name=NODES
listeners=CLIENTS://:9092,CONTROLLER://:9093,NODES://:9094
advertised.listeners=CLIENTS://kafka-$NODE_ID:9092,NODES://kafka-$NODE_ID:9094
listener.security.protocol.map=CLIENTS:SASL_SSL,CONTROLLER:SASL_SSL,NODES:SASL_SSL
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=$nodes
listener.name.nodes.sasl.enabled.mechanisms=PLAIN
listener.name.nodes.plain.sasl.jaas.config=$nodes
listener.name.clients.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.clients.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=$pem
ssl.truststore.type=PEM
ssl.truststore.location=$ca
ssl.enabled.protocols=TLSv1.3,TLSv1.2
ssl.cipher.suites=TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256,TLS_CHACHA20_POLY1305_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:node
allow.everyone.if.no.acl.found=false
log.dirs=/var/lib/kafka/data
auto.create.topics.enable=false
num.partitions=12
default.replication.factor=3
min.insync.replicas=2
unclean.leader.election.enable=false
log.retention.ms=-1
log.retention.bytes=-1
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
END
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$properties"
exec /opt/kafka/bin/kafka-server-start.sh "$properties"
