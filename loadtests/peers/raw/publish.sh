#!/usr/bin/env bash
# Makes bin/aot/rawpeer with the flags of deploy/publish.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
export CFLAGS="${CFLAGS:-} -Wno-unused-value"
options=(-r linux-x64 -p:PublishAot=true -p:StaticExecutable=true -p:StaticOpenSslLinking=true -p:LinkerFlavor=lld -p:StripSymbols=true)
for tfm in ${EDGE_TFM:-net10.0 net9.0}; do
  if dotnet restore raw.csproj "${options[@]}" "-p:EdgeTfm=$tfm" >/dev/null 2>&1; then
    dotnet publish raw.csproj -c Release "${options[@]}" "-p:EdgeTfm=$tfm" --no-restore -o bin/aot -nodeReuse:false -v quiet
    exit
  fi
done
echo "the raw peer restores for no target framework" >&2
exit 1
