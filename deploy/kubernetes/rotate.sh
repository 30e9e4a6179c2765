#!/usr/bin/env bash
# Rotates the key of app-one or app-two in the cluster: `keys rotate`, with each of its two steps brought there.
#
#   deploy/kubernetes/rotate.sh APP [SECONDS]
#
# SECONDS: how long every API pod may take to see the new public key.
set -euo pipefail
cd "$(dirname "$0")/../.."
app=$1 settle=${2:-180}

npm run --silent keys -- rotate "$app" --settle "$settle" | while read -r line; do
  echo "$line"
  case $line in published*) deploy/kubernetes/secrets.sh api ;; esac
done
deploy/kubernetes/secrets.sh "$app"
