#!/usr/bin/env bash
# The whole check: tools, locked restore, format, build, every test of the solution. Ends with "N passed, N failed".
# Needs the .NET 10 SDK; what else the tests use is installed through apt where that is allowed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 DEBIAN_FRONTEND=noninteractive

# command=package. README's lines are run with curl; the published service is tried in a sandbox; the compose file is read by its own tool.
missing=()
for need in curl=curl bwrap=bubblewrap docker-compose=docker-compose; do
  command -v "${need%%=*}" >/dev/null || missing+=("${need#*=}")
done
if [ ${#missing[@]} -gt 0 ]; then
  install="apt-get update -qq && apt-get install -y -qq --no-install-recommends ${missing[*]}"
  as=()
  if [ "$(id -u)" != 0 ]; then as=(sudo -n); fi
  if command -v apt-get >/dev/null && "${as[@]}" true 2>/dev/null; then
    echo "== installing ${missing[*]}"
    "${as[@]}" sh -c "$install" >/dev/null
  else
    echo "The tests need ${missing[*]}. Type: sudo sh -c '$install'" >&2
    exit 1
  fi
fi

solution=NeuralService.sln
results="$PWD/TestResults"
rm -rf "$results"

echo "== restore"
dotnet tool restore >/dev/null
dotnet restore "$solution" --locked-mode -v q

echo "== format"
dotnet format "$solution" --no-restore --verify-no-changes --exclude src/NeuralService/Storage/Migrations

echo "== build"
dotnet build "$solution" -c Release --no-restore -warnaserror -v q

echo "== test"
failed=0
dotnet test --solution "$solution" -c Release --no-build --report-trx --results-directory "$results" --max-parallel-test-modules 1 || failed=1

# One last line over all test projects. A run that ended badly is never reported as passed, whatever the counters say.
counters=$(find "$results" -name '*.trx' -exec grep -ho '<Counters[^>]*>' {} + || true)
count() { grep -oE " ($1)=\"[0-9]+\"" <<<"$counters" | grep -oE '[0-9]+' | paste -sd+ | sed 's/^$/0/' | { read -r sum; echo $((sum)); }; }
passed=$(count passed)
bad=$(count 'failed|error|timeout|aborted')
skipped=$(count notExecuted)
if [ "$failed" = 1 ] && [ "$bad" = 0 ]; then
  echo "A test process ended without saying which test failed; see above." >&2
fi
echo "$passed passed, $bad failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ] && [ "$bad" = 0 ] && [ "$passed" -gt 0 ]
