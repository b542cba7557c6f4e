#!/usr/bin/env bash
# Prints the line coverage of Warp.Core by its own tests and fails below a given percentage: eng/coverage.sh 90
set -euo pipefail
cd "$(dirname "$0")/.."
least=${1:-90}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

dotnet test --project tests/Warp.Core.Tests --no-progress \
  --coverage --coverage-output-format cobertura --coverage-output coverage.xml --results-directory "$results" > "$results/log" 2>&1 \
  || { cat "$results/log"; exit 1; }
rate=$(tr '>' '>\n' < "$results/coverage.xml" | sed -nE 's/.*<package .*name="Warp\.Core".*/&/p' | sed -nE 's/.*line-rate="([0-9.]+)".*/\1/p' | head -n 1)
[ -n "$rate" ] || { echo "No coverage of Warp.Core was recorded."; exit 1; }
awk -v rate="$rate" -v least="$least" 'BEGIN { printf "Warp.Core: %.1f %% of lines covered (at least %s %% wanted).\n", 100 * rate, least; exit !(100 * rate >= least) }'
