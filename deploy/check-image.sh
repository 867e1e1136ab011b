#!/usr/bin/env bash
# Builds the image of the Dockerfile without a container engine or a network, and checks it: its size, that it holds
# nothing but what it should, and that it answers a webhook as its unprivileged user. Needs root; leaves nothing behind.
# The stage named `build` is replaced by a folder that holds what that stage would have made.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh

image_bytes_max=31000000
if [ "$(id -u)" -ne 0 ]; then
  echo "check-image: needs root (chroot isolation)" >&2
  exit 2
fi
need_packages buildah curl ca-certificates
binary="$(readlink -f "${EDGE_BINARY:-out/edgeproxy}")"
[ -x "$binary" ] || { echo "check-image: no binary; run deploy/publish.sh first" >&2; exit 1; }

work="$(mktemp -d)"
runner=
container=
store() { buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" "$@"; }
finish() {
  if [ -n "$runner" ]; then kill -KILL -- "-$runner" 2>/dev/null || true; fi
  if [ -n "$container" ]; then store rm "$container" >/dev/null 2>&1 || true; fi
  rm -rf "$work"
}
trap finish EXIT

# 1. What the build stage makes, with the binary that exists already.
mkdir -p "$work/build/out/data" "$work/build/out/etc" "$work/context"
cp "$binary" "$work/build/out/edgeproxy"
cp /etc/ssl/certs/ca-certificates.crt "$work/build/out/etc/ca-certificates.crt"
sed -n "s/^.*echo '\(edgeproxy:x:[^']*\)'.*$/\1/p" Dockerfile > "$work/build/out/etc/passwd"
[ -s "$work/build/out/etc/passwd" ] || { echo "check-image: the Dockerfile makes no passwd entry" >&2; exit 1; }

# 2. The image.
store bud --isolation chroot --build-context "build=$work/build" -t edgeproxy-check -f Dockerfile "$work/context" >"$work/bud.log" 2>&1 \
  || { cat "$work/bud.log" >&2; exit 1; }
container="$(store from edgeproxy-check)"
root="$(store mount "$container")"
bytes="$(find "$root" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }')"
files="$(cd "$root" && find . -type f | sort | tr '\n' ' ')"
echo "check-image: $bytes bytes, files: $files"
[ "$files" = "./edgeproxy ./etc/passwd ./etc/ssl/certs/ca-certificates.crt " ] || { echo "check-image: unexpected files" >&2; exit 1; }
[ "$bytes" -le "$image_bytes_max" ] || { echo "check-image: larger than $image_bytes_max bytes" >&2; exit 1; }
[ "$(stat -c %u:%g "$root/data")" = 65532:65532 ] || { echo "check-image: /data is not the user's" >&2; exit 1; }
user="$(store inspect --format '{{.OCIv1.Config.User}}' "$container")"
[ "$user" = 65532:65532 ] || { echo "check-image: runs as '$user'" >&2; exit 1; }

# 3. It serves a webhook. Chroot isolation shares the machine's network, so the port must be free there.
port=$((20000 + RANDOM % 20000))
secret=check-image-secret
cat > "$root/edgeproxy.json" <<JSON
{ "Listen": "http://127.0.0.1:$port", "DataDir": "/data",
  "Bots": [ { "Name": "demo", "Token": "123456:AAcheckimagecheckimagecheckimage000", "ApiRoot": "http://127.0.0.1:9",
    "WebhookSecret": "$secret", "WebhookUrl": "http://127.0.0.1:$port/telegram/webhook/demo", "Mode": "webhook", "SetWebhook": false,
    "MaxConnections": 40, "Subscriptions": [ { "Name": "main", "Url": "http://127.0.0.1:9/hook", "Secret": "s", "MaxInFlight": 4,
    "TimeoutMs": 1000, "StartFrom": "oldest" } ] } ] }
JSON
chmod 644 "$root/edgeproxy.json"
setsid buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" \
  run --isolation chroot "$container" -- /edgeproxy --config /edgeproxy.json >"$work/proxy.log" 2>&1 </dev/null &
runner=$!
for _ in $(seq 1 100); do
  curl -fsS -o /dev/null "http://127.0.0.1:$port/readyz" 2>/dev/null && break
  sleep 0.1
done
status="$(curl -sS -o "$work/reply" -w '%{http_code}' -m 10 -H "X-Telegram-Bot-Api-Secret-Token: $secret" -H 'Content-Type: application/json' \
  -d '{"update_id":1,"message":{"message_id":1,"date":1700000000,"chat":{"id":5,"type":"private"},"text":"hello"}}' \
  "http://127.0.0.1:$port/telegram/webhook/demo" || true)"
if [ "$status" != 200 ]; then
  echo "check-image: the webhook answered '$status'" >&2
  cat "$work/proxy.log" >&2
  exit 1
fi
echo "check-image: ok, $bytes bytes, user $user, webhook 200"
