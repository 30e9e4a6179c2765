#!/bin/sh
# Brings what `keys provision` made into the cluster: one secret for each service, which mounts its own and no other.
#
#   deploy/kubernetes/secrets.sh                    all of the base
#   deploy/kubernetes/secrets.sh api                those that are named: api, app-one, app-two, postgres
#
# The key of the CA stays where it is.
set -eu
cd "$(dirname "$0")/../.."

put() {
  service=$1
  shift
  # By the server's side: `kubectl apply` alone keeps a copy in an annotation, which holds a quarter of what a secret can.
  kubectl create secret generic "$service" --namespace signet "$@" --dry-run=client --output yaml |
    kubectl apply --server-side --force-conflicts --filename -
  # A kubelet looks at its secrets about once a minute, and at once when a pod of them changes.
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
    *) echo "$service: is api, app-one, app-two or postgres" >&2 && exit 2 ;;
  esac
done
