#!/bin/sh
# Writes the files of `keys provision` into the cluster: one secret for each service, which mounts only its own secret.
#
#   deploy/kubernetes/secrets.sh                    all secrets of the base
#   deploy/kubernetes/secrets.sh api                only the named secrets: api, app-one, app-two, postgres
#
# The private key of the CA is not copied.
set -eu
cd "$(dirname "$0")/../.."

put() {
  service=$1
  shift
  # --server-side: a plain `kubectl apply` keeps a copy in an annotation, which is limited to a quarter of a secret's size.
  kubectl create secret generic "$service" --namespace signet "$@" --dry-run=client --output yaml |
    kubectl apply --server-side --force-conflicts --filename -
  # A kubelet reads its secrets about once a minute, and at once when one of its pods changes.
  kubectl annotate pods --namespace signet --selector "app.kubernetes.io/name=$service" --overwrite \
    "signet/secrets-put=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

[ $# -gt 0 ] || set -- api app-one app-two
kubectl apply --filename deploy/kubernetes/base/namespace.yaml
for service in "$@"; do
  case $service in
    api) put api --from-file secrets/api --from-file secrets/api/public-keys \
      --from-file applications.json --from-file secrets/database-password ;;
    app-one | app-two) put "$service" --from-file "secrets/$service" ;;
    postgres) put postgres --from-file password=secrets/database-password ;;
    *) echo "$service: there is no such secret; use api, app-one, app-two or postgres" >&2 && exit 2 ;;
  esac
done
