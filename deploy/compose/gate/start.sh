#!/usr/bin/env bash
# What stands before Keycloak and the interfaces, as the ingress does in a cluster: of Keycloak only our realm is open;
# the master realm and all administration are for ADMINISTRATORS, and the portal's part of it for the portal. Nothing of
# a request is logged and nothing is written down; portal and rights channel do not pass here.
set -euo pipefail
: "${IDENTITY_HOST:?}" "${PORTAL_INSIDE:?}"
administrators=
for network in ${ADMINISTRATORS:-}; do administrators+="allow $network; "; done

interface() { # PORT PROCESS
    cat <<END
    server {
        listen $1 ssl default_server;
        location / {
            set \$to https://$2:$1;
            proxy_ssl_name $2;
            proxy_pass \$to;
        }
        location /health/ { return 404; }
        location /metrics { return 404; }
    }
END
}

cat > /tmp/nginx.conf <<END
worker_processes 2;
pid /tmp/nginx.pid;
error_log stderr crit;
events { worker_connections 2048; }
http {
    access_log off;
    server_tokens off;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    ssl_certificate /run/secrets/outside.crt;
    ssl_certificate_key /run/secrets/outside.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
    ssl_prefer_server_ciphers on;
    resolver 127.0.0.11 valid=10s;
    client_max_body_size 60m;
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_http_version 1.1;
    proxy_read_timeout 3600s;
    proxy_ssl_trusted_certificate /run/secrets/ca.pem;
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 2;
    proxy_ssl_server_name on;
    # What a client says of its own address is not passed on.
    proxy_set_header Connection "";
    proxy_set_header Host \$http_host;
    proxy_set_header X-Forwarded-For \$remote_addr;
    proxy_set_header X-Forwarded-Proto https;
    proxy_set_header X-Forwarded-Host \$http_host;
    proxy_set_header X-Forwarded-Port 8443;
    proxy_set_header Forwarded "";
    server {
        listen 8443 ssl default_server;
        return 404;
    }
    server {
        listen 8443 ssl;
        server_name $IDENTITY_HOST;
        # No path is read in two ways, here and by Keycloak.
        if (\$request_uri ~* "^[^?]*(;|//|%2e|%2f|%5c|%3b)") { return 404; }
        set \$to https://keycloak:8443;
        proxy_ssl_name keycloak;
        location / { return 404; }
        location = /realms/yulu { proxy_pass \$to; }
        location /realms/yulu/ { proxy_pass \$to; }
        location /resources/ { proxy_pass \$to; }
        location /realms/master/ { ${administrators}deny all; proxy_pass \$to; }
        location /admin/ { ${administrators}deny all; proxy_pass \$to; }
        location /admin/realms/yulu/ { ${administrators}allow $PORTAL_INSIDE; deny all; proxy_pass \$to; }
    }
$(interface 8101 registry-api)
$(interface 8102 discipline-api)
$(interface 8104 progress-api)
$(interface 8107 exchange-api)
}
END
exec nginx -e stderr -c /tmp/nginx.conf -g 'daemon off;'
