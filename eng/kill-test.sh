#!/usr/bin/env bash
# Kills a loop with SIGKILL at that many random moments and compares the outcome with that of an undisturbed one: eng/kill-test.sh 200 [seed]
set -euo pipefail
cd "$(dirname "$0")/.."
export WARP_KILLS=${1:-200} WARP_KILL_SEED=${2:-1}
dotnet test --project tests/Warp.Survival.Tests --output Detailed
