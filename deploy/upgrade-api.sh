#!/bin/sh
# Replaces the API's replicas by replicas of a new image, and loses no request: the new ones run beside the old ones until
# they are healthy, the edge finds them by itself, and each old one finishes its requests.
set -eu
cd "$(dirname "$0")/.."

old=$(docker compose ps --quiet api)
replicas=$(echo "$old" | wc -l)
docker compose build api
docker compose up --detach --wait --no-deps --no-recreate --scale "api=$((replicas * 2))" api
for container in $old; do
  docker stop "$container"
  docker rm "$container"
done
