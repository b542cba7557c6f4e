#!/usr/bin/env bash
# Memory and speed over many steps, and what saving costs: eng/soak.sh [steps]. Takes a minute or two; the machine should be idle.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet run -c Release --project benchmarks/Warp.Endurance -- soak "${1:-2000}"
dotnet run -c Release --project benchmarks/Warp.Endurance -- saving
