#!/usr/bin/env bash
# Installs what the tests need, publishes the binary if it is older than its sources, and runs every test.
# The last line is `N passed, N failed`; the exit code is not 0 when a test failed or none ran.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

# 1. What the tests start: a container builder, node for the bot frameworks, curl, Redis with certificates, PostgreSQL; SQLite for the proxy under the JIT.
wanted=(buildah ca-certificates curl libsqlite3-0 openssl postgresql-15 redis-server redis-tools)
command -v node >/dev/null && command -v npm >/dev/null || wanted+=(nodejs npm)
need_packages "${wanted[@]}"
(cd tests/EdgeProxy.EndToEnd/npm && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null)
(cd src/mtproto-sidecar && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null && npm run --silent build </dev/null)

# 2. The binary under test. EDGE_BINARY names another one.
if [ -z "${EDGE_BINARY:-}" ]; then
  if [ ! -x out/edgeproxy ] || [ -n "$(find src/EdgeProxy Directory.Build.props Directory.Packages.props deploy/publish.sh \
      \( -name obj -o -name bin \) -prune -o -type f -newer out/edgeproxy -print -quit)" ]; then
    deploy/publish.sh
  fi
  export EDGE_BINARY="$PWD/out/edgeproxy"
fi

# 3. One build. A project that fails does not keep the next from running.
dotnet build EdgeProxy.sln -c Release -v quiet -nodeReuse:false
results="$(mktemp -d)"
trap 'rm -rf "$results"' EXIT
passed=0 failed=0 skipped=0 broken=0

# 4. What is no .NET test: the sidecar's own, and what the fake data centre says of its codec and ciphers.
code=0
(cd src/mtproto-sidecar && npm test --silent </dev/null) >"$results/sidecar.tap" || code=$?
tap() { sed -n "s/^# $1 \([0-9]*\)$/\1/p" "$results/sidecar.tap" | tail -n 1; }
sidecar_passed="$(tap pass)" sidecar_failed="$(tap fail)"
passed=$((passed + ${sidecar_passed:-0}))
failed=$((failed + ${sidecar_failed:-0}))
if [ "$code" -ne 0 ]; then
  cat "$results/sidecar.tap"
  [ "${sidecar_failed:-0}" -gt 0 ] || broken=$((broken + 1))
fi
if ! dotnet run --project tests/EdgeProxy.FakeDc -c Release --no-build -- self-check; then
  echo "tests: the fake data centre's self-check failed"
  broken=$((broken + 1))
fi

# 5. Every test project.
counter() { sed -n "s/.*<Counters.* $1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }
# Name and first lines of the message of every failed test: the end of a CI log is often all that is left of it.
failures() {
  awk '
    function plain(text) {
      gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&#x[dD];|\r/, "", text); gsub(/&amp;/, "\\&", text)
      return text
    }
    /<UnitTestResult / {
      is_failed = /outcome="Failed"/
      if (is_failed && match($0, / testName="[^"]*"/)) print "FAILED " plain(substr($0, RSTART + 11, RLENGTH - 12))
    }
    is_failed && /<Message>/ { lines = 6; sub(/.*<Message>/, "") }
    lines > 0 { is_last = sub(/<\/Message>.*/, ""); print "  " plain(substr($0, 1, 300)); lines = is_last ? 0 : lines - 1 }
  ' "$1"
}
for project in EdgeProxy.Tests EdgeProxy.EndToEnd; do
  verbosity=minimal
  [ "$project" = EdgeProxy.EndToEnd ] && verbosity=detailed
  code=0
  dotnet test "tests/$project" -c Release --no-build --results-directory "$results" --logger "trx;LogFileName=$project.trx" \
    --logger "console;verbosity=$verbosity" --blame-hang-timeout 10m --blame-hang-dump-type none </dev/null || code=$?
  trx="$results/$project.trx"
  if [ ! -f "$trx" ]; then
    echo "tests: $project left no results (exit code $code)"
    broken=$((broken + 1))
    continue
  fi
  project_passed="$(counter passed "$trx")"
  project_failed="$(counter failed "$trx")"
  passed=$((passed + project_passed))
  failed=$((failed + project_failed))
  skipped=$((skipped + $(counter total "$trx") - $(counter executed "$trx")))
  # A test host that died has no failed test to show for it.
  if [ "$code" -ne 0 ] && [ "$project_failed" -eq 0 ]; then
    echo "tests: $project ended with exit code $code"
    broken=$((broken + 1))
  fi
done
failed=$((failed + broken))
for trx in "$results"/*.trx; do
  [ -f "$trx" ] && failures "$trx"
done

[ "$skipped" -gt 0 ] && echo "$skipped skipped (EDGE_SLOW=1 runs the largest sizes)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
