#!/usr/bin/env bash
# Rotates the key of app-one or app-two in the cluster: runs `keys rotate`, and updates the secrets after each of its two steps.
#
#   deploy/kubernetes/rotate.sh APP [SECONDS]
#
# SECONDS: the time until every API pod has the new public key (default 180).
set -euo pipefail
cd "$(dirname "$0")/../.."
app=$1 settle=${2:-180}

npm run --silent keys -- rotate "$app" --settle "$settle" | while read -r line; do
  echo "$line"
  case $line in published*) deploy/kubernetes/secrets.sh api ;; esac
done
deploy/kubernetes/secrets.sh "$app"
