#!/usr/bin/env bash
# Calls the API as an application, with openssl and curl.
# Usage: users.sh <appId>_private.pem ca.pem https://localhost:3000
set -euo pipefail
key=$1 ca=$2 api=$3

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

app_id=$(basename "$key" _private.pem)
now=$(date +%s)
header=$(printf '{"alg":"RS512","typ":"JWT"}' | base64url)
claims=$(printf '{"appId":"%s","aud":"%s","iat":%d,"exp":%d}' "$app_id" "$api" "$now" $((now + 300)) | base64url)
signature=$(printf '%s' "$header.$claims" | openssl dgst -sha512 -sign "$key" | base64url)

# The token is not an argument, because every user of this machine can read arguments.
printf 'header = "x-token: %s"\n' "$header.$claims.$signature" |
  curl --config - --fail-with-body --silent --show-error --cacert "$ca" "$api/users"
