#!/usr/bin/env bash
# Registers what a CI job built with Keelson: announces it, uploads its bytes, has them verified.
#
#   KEELSON_URL=https://keelson.example.com push-artifact.sh FILE SERVICE COMMIT
#
# Who the job is comes from the CI system, so that no secret is kept there:
#   GitHub Actions   `permissions: id-token: write` (nothing else)
#   GitLab CI        KEELSON_ID_TOKEN from `id_tokens:` with `aud: keelson:<KEELSON_URL>`
#   anywhere else    KEELSON_TOKEN, an API token that may push artifacts
#
# Doing it again is harmless: what is there is not sent again. Needs bash, curl, jq and sha256sum.
set -euo pipefail

fail() {
  echo "push-artifact: $1" >&2
  echo "Nothing was registered." >&2
  exit 1
}

[ $# -eq 3 ] || fail "three arguments are wanted: FILE SERVICE COMMIT"
file=$1 service=$2 commit=$3
url=${KEELSON_URL:-}
url=${url%/}
[ -n "$url" ] || fail "KEELSON_URL is not set; it is Keelson's address, such as https://keelson.example.com"
[ -f "$file" ] || fail "there is no file $file"
for tool in curl jq sha256sum; do
  command -v "$tool" >/dev/null || fail "$tool is missing in this job's image"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What is secret goes into files for curl, never into arguments, which every process of the machine can read.
umask 077

identity() {
  if [ -n "${KEELSON_TOKEN:-}" ]; then
    printf '%s' "$KEELSON_TOKEN"
  elif [ -n "${KEELSON_ID_TOKEN:-}" ]; then
    printf '%s' "$KEELSON_ID_TOKEN"
  elif [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
    printf 'Authorization: Bearer %s\n' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" >"$work/runner"
    curl -sS --fail-with-body --retry 3 --retry-all-errors --max-time 30 -H "@$work/runner" \
      -G --data-urlencode "audience=keelson:$url" "$ACTIONS_ID_TOKEN_REQUEST_URL" | jq -er .value
  else
    return 1
  fi
}

token=$(identity) || fail "this job has no identity: give it \`permissions: id-token: write\` (GitHub), \`id_tokens\` (GitLab), or KEELSON_TOKEN"
printf 'Authorization: Bearer %s\n' "$token" >"$work/authorization"

# ask PATH BODY: posts JSON, answers what came back. A refusal is told in Keelson's own words.
ask() {
  local status
  status=$(curl -sS --retry 4 --retry-connrefused --max-time 60 -o "$work/answer" -w '%{http_code}' \
    -H "@$work/authorization" -H 'Content-Type: application/json' --data-binary "$2" "$url$1") ||
    fail "$url does not answer"
  case $status in
    2*) cat "$work/answer" ;;
    *) fail "Keelson refused ($status): $(jq -r '.detail // .title // .' "$work/answer" 2>/dev/null || head -c 500 "$work/answer")" ;;
  esac
}

# send ADDRESS OFFSET SIZE HEADERS...: puts the bytes from there on.
send() {
  local address=$1 offset=$2 size=$3
  shift 3
  local headers=("$@")
  case $address in
    /*)
      address=$url$address
      headers+=(-H "@$work/authorization")
      ;;
  esac
  if [ "$offset" -gt 0 ]; then
    headers+=(-H "Content-Range: bytes $offset-$((size - 1))/$size")
    tail -c "+$((offset + 1))" "$file" >"$work/rest"
    set -- "$work/rest"
  else
    set -- "$file"
  fi
  curl -sS -o "$work/sent" -w '%{http_code}' -X PUT "${headers[@]}" -H 'Expect:' \
    -H 'Content-Type: application/octet-stream' -T "$1" "$address" || true
}

digest=sha256:$(sha256sum "$file" | cut -d ' ' -f 1)
size=$(wc -c <"$file" | tr -d ' ')
announcement=$(jq -nc --arg digest "$digest" --argjson size "$size" --arg commit "$commit" \
  '{digest: $digest, size: $size, commit: $commit}')

for attempt in 1 2 3 4 5; do
  announced=$(ask "/api/services/$service/artifacts" "$announcement") || exit 1
  address=$(jq -r '.upload.url // empty' <<<"$announced")
  [ -n "$address" ] || break
  offset=$(jq -r .upload.offset <<<"$announced")
  [ "$offset" -lt "$size" ] || break
  mapfile -t pairs < <(jq -r '.upload.headers // {} | to_entries[] | "-H", "\(.key): \(.value)"' <<<"$announced")
  status=$(send "$address" "$offset" "$size" ${pairs[@]+"${pairs[@]}"})
  # 412: a bucket that has these bytes already.
  case $status in 2* | 412) break ;; esac
  [ "$attempt" -lt 5 ] || fail "the upload was refused ($status): $(head -c 500 "$work/sent")"
  echo "the upload broke off ($status); going on in $((attempt * 2)) s" >&2
  sleep "$((attempt * 2))"
done

ask "/api/artifacts/$digest/complete" "$(jq -nc --arg service "$service" '{service: $service}')" >/dev/null || exit 1
echo "$digest is registered for $service at ${commit:0:8}."
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  echo "digest=$digest" >>"$GITHUB_OUTPUT"
fi
