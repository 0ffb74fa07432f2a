{{/* Names are fixed, not after the release: one Yulü in a namespace, and both releases must find each other's. */}}

{{- define "yulu.labels" -}}
app.kubernetes.io/part-of: yulu
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Values.images.tag | default .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* (dict "root" $ "name" NAME): what a process' pods are found by. */}}
{{- define "yulu.selector" -}}
app.kubernetes.io/part-of: yulu
app.kubernetes.io/name: {{ .name }}
{{- end }}

{{/* (dict "root" $ "family" FAMILY "name" NAME:VERSION): an image by both, and by the digest of its family. */}}
{{- define "yulu.pinned" -}}
{{- $images := .root.Values.images -}}
{{- $digest := index $images.digests .family | default "" -}}
{{- if and $images.requireDigests (not (regexMatch "^sha256:[0-9a-f]{64}$" $digest)) -}}
{{- fail (printf "images.digests.%s must be sha256:… as the registry shows it for %s" .family .name) -}}
{{- end -}}
{{- if contains "@" .name -}}
{{- fail (printf "%s: the digest belongs into images.digests.%s" .name .family) -}}
{{- end -}}
{{ .name }}{{ with $digest }}@{{ . }}{{ end }}
{{- end }}

{{/* (dict "root" $ "family" FAMILY): an image of ours. */}}
{{- define "yulu.image" -}}
{{- $images := .root.Values.images -}}
{{- $registry := required "images.registry must name the registry and folder of the images" $images.registry -}}
{{- $name := printf "%s/%s:%s" $registry .family ($images.tag | default .root.Chart.AppVersion) -}}
{{- include "yulu.pinned" (dict "root" .root "family" .family "name" $name) -}}
{{- end }}

{{- define "yulu.host" -}}
{{- required (printf "hosts.%s must be set" .name) (index .root.Values.hosts .name) -}}
{{- end }}

{{/* (dict "root" $ "name" PROCESS): where others find it, and what it calls itself. */}}
{{- define "yulu.url" -}}
{{- $host := index .root.Values.hosts .name -}}
{{- if $host }}https://{{ $host }}{{ else }}https://{{ .name }}.{{ .root.Release.Namespace }}.svc:{{ (index .root.Values.processes .name).port }}{{ end -}}
{{- end }}

{{/* Addresses that only the cluster's operator knows. */}}
{{- define "yulu.cidrs" -}}
{{- range required (printf "network.%s must name at least one network (CIDR)" .name) (index .root.Values.network .name | default nil) }}
- ipBlock: {cidr: {{ . | quote }}}
{{- end }}
{{- end }}

{{/* Way to whom is named by `hosts`: by its public address, and by the ingress' pods, for what judges after the address was
     translated (Calico beside kube-proxy) never sees the former. */}}
{{- define "yulu.throughIngress" -}}
- ports: [{protocol: TCP, port: 443}]
  to: {{- include "yulu.cidrs" (dict "root" . "name" "issuer") | nindent 4 }}
- ports: {{- range .Values.network.ingressPorts }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ .Values.network.ingressNamespace }}}}}]
{{- end }}

{{/* The `restricted` Pod Security Standard, and no writing outside of volumes. */}}
{{- define "yulu.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "yulu.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* What `restricted` asks of a container of Strimzi's: by itself the operator sets what `baseline` asks, no more. Of the
     pod it keeps what it sets itself, such as the group that may write to the volume. */}}
{{- define "yulu.restricted" -}}
securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}
{{- end }}

{{/* Variables of the notifier's ways, comma between: of its addresses ("kind" "address") or of its secrets. */}}
{{- define "yulu.notifications" -}}
{{- $root := .root -}}
{{- $known := dict "sms" "NOTIFIER_SMS_URL" "voice" "NOTIFIER_VOICE_URL" "wecom" "NOTIFIER_WECOM_URL" "smtp" "NOTIFIER_SMTP_HOST" -}}
{{- $found := list -}}
{{- range required "notifications must name the ways by which duty officers are told: sms, voice, wecom, smtp; or none" ($root.Values.notifications | default nil) -}}
{{- if ne . "none" -}}
{{- if not (hasKey $known .) -}}{{- fail (printf "notifications: %s is not one of sms, voice, wecom, smtp, none" .) -}}{{- end -}}
{{- $address := get $known . -}}
{{- if eq $.kind "address" -}}
{{- $found = append $found $address -}}
{{- else if ne . "smtp" -}}
{{- $found = append $found (printf "NOTIFIER_%s_SECRET" (upper .)) -}}
{{- else if hasKey $root.Values.settings.notifier "NOTIFIER_SMTP_USER" -}}
{{- $found = append $found "NOTIFIER_SMTP_PASSWORD" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- join "," $found -}}
{{- end }}

{{/* (dict "root" $ "name" PROCESS "process" {…}): environment of whatever runs. Secrets are files: see `yulu.volumes`. */}}
{{- define "yulu.environment" -}}
{{- $root := .root -}}
{{- $told := dict
  "ENVIRONMENT" "production"
  "SECRETS_DIR" "/run/secrets/yulu"
  "SSL_CERT_FILE" "/run/trust/ca-bundle.pem"
  "OIDC_ISSUER" (printf "https://%s/realms/yulu" (include "yulu.host" (dict "root" $root "name" "identity")))
  "PORTAL_URL" (printf "https://%s" (include "yulu.host" (dict "root" $root "name" "portal")))
  "TRUSTED_PROXIES" (join "," (required "network.pods must name the cluster's pod networks (CIDR)" ($root.Values.network.pods | default nil)))
-}}
{{- range $other := list "registry-api" "discipline-api" "rights-api" "rights-public" "progress-api" "exchange-api" -}}
{{- $variable := printf "%s_URL" (trimSuffix "_PORT" (index $root.Values.processes $other).portVariable) -}}
{{- $_ := set $told $variable (include "yulu.url" (dict "root" $root "name" $other)) -}}
{{- end -}}
{{- $process := .process -}}
{{- if $process.kafka -}}
{{- $_ := set $told "KAFKA_BOOTSTRAP_SERVERS" (printf "yulu-kafka-bootstrap.%s.svc:9093" $root.Release.Namespace) -}}
{{- $_ := set $told "KAFKA_SECURITY_PROTOCOL" "SASL_SSL" -}}
{{- $_ := set $told "KAFKA_USERNAME" (printf "yulu-kafka-%s" .name) -}}
{{- $_ := set $told "KAFKA_CA_FILE" "/run/kafka/ca.crt" -}}
{{- $_ := set $told "KAFKA_REPLICATION_FACTOR" "3" -}}
{{- $_ := set $told "KAFKA_MIN_INSYNC_REPLICAS" "2" -}}
{{- end -}}
{{- if $process.databases -}}
{{- $_ := set $told "DATABASE_POOL_SIZE" (include "yulu.pool" (dict "root" $root "process" $process)) -}}
{{- end -}}
{{- if $process.client -}}{{- $_ := set $told "CLIENT_ID" .name -}}{{- end -}}
{{- if eq .name "portal" -}}
{{- $_ := set $told "IDENTITY_ADMIN_URL" (printf "https://yulu-service.%s.svc:8443/admin/realms/yulu" $root.Release.Namespace) -}}
{{- range $field, $variable := dict "organiser" "PORTAL_ORGANISER" "siteCode" "PORTAL_SITE_CODE" "icpNumber" "PORTAL_ICP_NUMBER" "policeNumber" "PORTAL_POLICE_NUMBER" -}}
{{- $_ := set $told $variable (required (printf "website.%s must be set" $field) (index $root.Values.website $field)) -}}
{{- end -}}
{{- end -}}
{{- if eq .name "notifier" -}}
{{- range splitList "," (include "yulu.notifications" (dict "root" $root "kind" "address")) | compact -}}
{{- $_ := required (printf "settings.notifier.%s must be set for what notifications names" .) (get $root.Values.settings.notifier .) -}}
{{- end -}}
{{- end -}}
{{- if and (eq .name "notifier") (ne (join "" $root.Values.notifications) "none") -}}
{{- $_ := required "network.gateways must name the addresses of the gateways that notifications names" ($root.Values.network.gateways | default nil) -}}
{{- end -}}
{{- if eq .name "rights-api" -}}
{{- $scanner := required "scanner must be the host:port of ClamAV's daemon, or none" $root.Values.scanner -}}
{{- if ne $scanner "none" -}}
{{- $_ := required "network.scanner must name the addresses of ClamAV's daemon" ($root.Values.network.scanner | default nil) -}}
{{- $_ := set $told "RIGHTS_CLAMD" $scanner -}}
{{- end -}}
{{- end -}}
{{- range $variable, $_ := mergeOverwrite (dict) (deepCopy $root.Values.settings.all) (deepCopy (index $root.Values.settings .name | default dict)) -}}
{{- if regexMatch "_(SECRET|PASSWORD|TOKEN|KEY|KEK|DATABASE_URL)$" $variable -}}
{{- fail (printf "settings: %s is a secret and belongs into the secret store" $variable) -}}
{{- end -}}
{{- end -}}
{{- $told = mergeOverwrite $told (deepCopy $root.Values.settings.all) (deepCopy (index $root.Values.settings .name | default dict)) -}}
{{- range $variable, $value := $told }}
- {name: {{ $variable }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/* The same for mounts; (… "tls" true) where it answers others. */}}
{{- define "yulu.mounts" -}}
- {name: secrets, mountPath: /run/secrets/yulu, readOnly: true}
- {name: trust, mountPath: /run/trust, readOnly: true}
- {name: tmp, mountPath: /tmp}
- {name: data, mountPath: /var/lib/yulu}
{{- if .process.databases }}
- {name: postgres-ca, mountPath: /run/postgres, readOnly: true}
{{- end }}
{{- if .process.kafka }}
- {name: kafka-ca, mountPath: /run/kafka, readOnly: true}
{{- end }}
{{- if .tls }}
- {name: tls, mountPath: /run/tls, readOnly: true}
{{- end }}
{{- end }}

{{- define "yulu.volumes" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret: {name: yulu-{{ .name }}}
      {{- if .process.kafka }}
      - secret: {name: yulu-kafka-{{ .name }}, items: [{key: password, path: KAFKA_PASSWORD}]}
      {{- end }}
- name: trust
  configMap: {name: yulu-trust}
- name: tmp
  emptyDir: {sizeLimit: 1Gi}
- name: data
  emptyDir: {sizeLimit: 1Gi}
{{- if .process.databases }}
- name: postgres-ca
  secret: {secretName: yulu-postgres-ca, defaultMode: 0440, items: [{key: ca.crt, path: ca.crt}]}
{{- end }}
{{- if .process.kafka }}
- name: kafka-ca
  secret: {secretName: yulu-cluster-ca-cert, defaultMode: 0440, items: [{key: ca.crt, path: ca.crt}]}
{{- end }}
{{- if .tls }}
- name: tls
  secret: {secretName: yulu-internal-tls, defaultMode: 0440, items: [{key: tls.crt, path: tls.crt}, {key: tls.key, path: tls.key}]}
{{- end }}
{{- end }}

{{/* (dict "root" $ "name" PROCESS "process" {…}): its pool's size. */}}
{{- define "yulu.pool" -}}
{{- ternary .root.Values.pool.workers .root.Values.pool.services (default false .process.metrics) -}}
{{- end }}

{{/* (dict "root" $ "role" ROLE): the most connections that all who have this role open at once. A process keeps a pool for
     each of three uses, one of them twice as large, and two connections for waiting (common.database); while it is
     replaced there is one more of it. Together these are never more than max_connections, so that what the public reads
     anonymously cannot take the place of whoever files a complaint. */}}
{{- define "yulu.connections" -}}
{{- $root := .root -}}
{{- $role := .role -}}
{{- $most := 0 -}}
{{- range $name, $process := $root.Values.processes -}}
{{- if has $role $process.databases -}}
{{- $size := mergeOverwrite (deepCopy $root.Values.sizes.default) (deepCopy (index $root.Values.sizes $name | default dict)) -}}
{{- $many := int $size.replicas -}}
{{- if $root.Values.autoscaling.enabled -}}{{- $many = int (default $size.replicas $size.max) -}}{{- end -}}
{{- if not $process.stable -}}{{- $many = add $many 1 -}}{{- end -}}
{{- $pool := int (include "yulu.pool" (dict "root" $root "process" $process)) -}}
{{- $most = add $most (mul $many (add (mul 4 $pool) 2)) -}}
{{- end -}}
{{- end -}}
{{- /* The store that is built beside the live one; a migration; Keycloak, and the import of its realm. */ -}}
{{- if eq $role "progress" -}}{{- $most = add $most (mul 4 (int $root.Values.pool.workers)) -}}{{- end -}}
{{- if eq $role "keycloak" -}}{{- $most = mul (add (int $root.Values.keycloak.instances) 1) (int $root.Values.keycloak.pool) -}}
{{- else if ne $role "rights_keys" -}}{{- $most = add $most 5 -}}{{- end -}}
{{- if has $role (include "yulu.ledgerDatabases" $root | fromYamlArray) -}}{{- $most = add $most 1 -}}{{- end -}}
{{- $most -}}
{{- end }}

{{/* Where anything may be erased: every database of ours. */}}
{{- define "yulu.ledgerDatabases" -}}
{{- without .Values.postgres.roles "keycloak" | toYaml -}}
{{- end }}

{{/* Topics of the feeds, each of its own domain. */}}
{{- define "yulu.feeds" -}}
{{- list "registry.events" "discipline.events" "rights.events" "progress.events" "exchange.events" | toYaml -}}
{{- end }}

{{/* Keycloak's pods, and those of the Job by which its operator imports the realm: it has the same database. */}}
{{- define "yulu.keycloak" -}}
matchExpressions: [{key: app, operator: In, values: [keycloak, keycloak-realm-import]}]
{{- end }}
