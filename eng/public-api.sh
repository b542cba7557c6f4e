#!/usr/bin/env bash
# Writes the public surface of each package into its PublicAPI.Unshipped.txt, from what the analyzer says is missing. Read the difference.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in src/*; do
  [ -d "$project" ] || continue
  # A tool has no public surface.
  ! grep -qs '<PackAsTool>' "$project"/*.csproj || continue
  file="$project/PublicAPI.Unshipped.txt"
  printf '#nullable enable\n' > "$file"
  [ -f "$project/PublicAPI.Shipped.txt" ] || printf '#nullable enable\n' > "$project/PublicAPI.Shipped.txt"
  dotnet build "$project" -c Release --no-incremental -nologo -v quiet 2>&1 \
    | sed -nE "s/.* error RS0016: Symbol '(.*)' is not part of the declared public API.*/\1/p" | LC_ALL=C sort -u > "$file.new" || true
  cat "$file.new" >> "$file"
  rm "$file.new"
  echo "$file: $(($(wc -l < "$file") - 1)) lines"
done
