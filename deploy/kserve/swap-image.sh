#!/usr/bin/env bash
# Names another image for KServe's agent in the ConfigMap inferenceservice-config, whatever version of KServe it is of:
# only `image` changes in each key. The images of before are kept in an annotation, for --rollback.
#   swap-image.sh REGISTRY/outrigger:TAG [--keys agent,logger,batcher] [--namespace kserve] [--dry-run]
#   swap-image.sh --rollback [--namespace kserve] [--dry-run]
# --keys agent,logger,batcher,storageInitializer: that of the storage initializer, too.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
config_map=inferenceservice-config
image='' keys='agent,logger,batcher' namespace=kserve rollback=false dry_run=false

usage() {
  sed -n 's/^#   //p' "${BASH_SOURCE[0]}" >&2
  exit 64
}

while (($# > 0)); do
  case "$1" in
    --keys) keys="${2:?}" && shift 2 ;;
    --namespace | -n) namespace="${2:?}" && shift 2 ;;
    --rollback) rollback=true && shift ;;
    --dry-run) dry_run=true && shift ;;
    -*) usage ;;
    *) [[ -z "$image" ]] || usage && image="$1" && shift ;;
  esac
done
if [[ "$rollback" == true && -n "$image" ]] || [[ "$rollback" == false && -z "$image" ]]; then usage; fi

images() { jq -r '.data | to_entries[] | . as {$key, $value} | ($value | fromjson? | objects | .image? // empty) | "  \($key): \(.)"'; }

before="$(kubectl get configmap "$config_map" --namespace "$namespace" --output json)"
patch="$(jq --arg image "$image" --arg keys "$keys" --from-file "$here/swap-image.jq" <<<"$before")"
changed="$(jq -c '.data | keys' <<<"$patch")"
only_changed() { jq --argjson changed "$changed" '.data |= with_entries(select(.key as $key | $changed | index($key)))'; }

echo "before, in $namespace/$config_map:"
only_changed <<<"$before" | images
if [[ "$dry_run" == true ]]; then
  echo 'after (dry run, nothing was changed):'
  images <<<"$patch"
  exit 0
fi
kubectl patch configmap "$config_map" --namespace "$namespace" --type merge --patch "$patch" >/dev/null
echo 'after:'
kubectl get configmap "$config_map" --namespace "$namespace" --output json | only_changed | images
echo 'Pods that run keep their image; new ones get this one: kubectl rollout restart, or a new revision.'
