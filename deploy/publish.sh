#!/usr/bin/env bash
# Makes out/edgeproxy: one fully static Native AOT binary, and nothing else in out/.
# As root it installs the Debian packages it needs; otherwise it names them and exits 2.
# net10.0 is taken where its AOT runtime pack restores, net9.0 otherwise (EDGE_TFM=net9.0 decides beforehand).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh

need_packages clang lld zlib1g-dev libssl-dev libsqlite3-dev cmake make

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
# The static OpenSSL shim that the SDK compiles has two unused values; they are not ours to mend.
export CFLAGS="${CFLAGS:-} -Wno-unused-value"

project=src/EdgeProxy/EdgeProxy.csproj
rid=linux-x64
options=(-r "$rid" -p:PublishAot=true -p:StaticExecutable=true -p:StaticOpenSslLinking=true -p:LinkerFlavor=lld -p:StripSymbols=true)
stage="$(mktemp -d)"
trap 'rm -rf "$stage"' EXIT

# The log of a failed restore is shown only when no target is left to try: a missing pack is an expected answer.
restores() {
  dotnet restore "$project" "${options[@]}" "-p:EdgeTfm=$1" >"$stage/restore-$1.log" 2>&1
}

tfm=
for candidate in ${EDGE_TFM:-net10.0 net9.0}; do
  if restores "$candidate"; then
    tfm="$candidate"
    break
  fi
  echo "publish: $candidate has no Native AOT runtime pack for $rid on the configured package source"
done
if [ -z "$tfm" ]; then
  cat "$stage"/restore-*.log >&2
  echo "publish: no target framework restores" >&2
  exit 1
fi
echo "publish: target $tfm"

dotnet publish "$project" -c Release "${options[@]}" "-p:EdgeTfm=$tfm" --no-restore -o "$stage/app" -nodeReuse:false -v quiet

# A rename, so that a running proxy keeps its old binary and nobody sees half of the new one.
mkdir -p out
find out -mindepth 1 -delete
cp "$stage/app/edgeproxy" out/.edgeproxy.new
mv out/.edgeproxy.new out/edgeproxy

bytes="$(stat -c %s out/edgeproxy)"
echo "publish: out/edgeproxy, $tfm, $((bytes / 1024)) KiB ($bytes bytes)"
