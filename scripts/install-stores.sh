#!/usr/bin/env bash
# How do the real object stores of `npm run test:real` get onto this machine? (Azurite comes with npm.)
# By name through the Go module proxy into the cache folder; a binary that is there says itself which version it is. DuckDB, which
# reads what payload logs are written as, comes from PyPI.
#   --full                 what `npm run test:full` wants besides: versitygw, toxiproxy, rclone, mc, Compose's parser, aria2,
#                          moto
#   OUTRIGGER_TEST_CACHE   the folder (default ~/.cache/outrigger-test)
# A machine without Go gets none of them, is told so, and the suites that want them are left out.
set -euo pipefail

readonly CACHE="${OUTRIGGER_TEST_CACHE:-$HOME/.cache/outrigger-test}"
readonly STORES="$CACHE/stores" BIN="$CACHE/stores/bin" LOGS="$CACHE/logs" BUILD="$CACHE/stores/build"
readonly PINS="$(cd "$(dirname "${BASH_SOURCE[0]}")/../test/real/requirements" && pwd)"
readonly OLDEST_GO=1.26
readonly GO_LIMIT_S=560 PIP_LIMIT_S=420 APT_LIMIT_S=150 LOG_TAIL_LINES=25

# binary, package, module, version. MinIO goes first: it is the long one.
readonly REAL_TOOLS=(
  'minio github.com/minio/minio github.com/minio/minio v0.0.0-20260212201848-7aac2a2c5b7c'
  'fake-gcs-server github.com/fsouza/fake-gcs-server github.com/fsouza/fake-gcs-server v1.56.1'
)
readonly FULL_TOOLS=(
  'versitygw github.com/versity/versitygw/cmd/versitygw github.com/versity/versitygw v1.8.0'
  'server github.com/Shopify/toxiproxy/v2/cmd/server github.com/Shopify/toxiproxy/v2 v2.12.0'
  'rclone github.com/rclone/rclone github.com/rclone/rclone v1.75.1'
  'mc github.com/minio/mc github.com/minio/mc v0.0.0-20250313080218-cf909e1063a9'
  'cmd github.com/compose-spec/compose-go/v2/cmd github.com/compose-spec/compose-go/v2 v2.6.4'
)

say() { printf 'install-stores: %s\n' "$*"; }

# $1: what failed, $2: its log. The tail holds the tool's own reason.
fail() {
  say "FAILED: $1" >&2
  if [[ -f "${2:-}" ]]; then
    say "the end of $2:" >&2
    tail -n "$LOG_TAIL_LINES" "$2" >&2
  fi
  exit 1
}

# $1: binary, $3: module, $4: version. Every Go binary holds the line that `go version -m` shows of it.
is_there() { [[ -x "$BIN/$1" ]] && LC_ALL=C grep -aqF $'mod\t'"$3"$'\t'"$4"$'\t' "$BIN/$1"; }

# Prints the path of a Go that is new enough.
find_go() {
  local candidate version
  for candidate in "$(command -v go || true)" /usr/local/go/bin/go; do
    [[ -x "$candidate" ]] || continue
    version="$(GOTOOLCHAIN=local "$candidate" env GOVERSION)"
    if printf 'go%s\n%s\n' "$OLDEST_GO" "$version" | sort -VC; then
      printf '%s\n' "$candidate"
      return 0
    fi
    say "$candidate is $version" >&2
  done
  return 1
}

# Modules and compiled packages of all of them are some 7 GB: they are of no use once the binaries are there.
clear_build() { rm -rf "$BUILD"; }

# $1: go, then as in the tables. A module proxy that stumbles once is asked again: what has come is kept until the end.
install_tool() {
  local go="$1" name="$2" package="$3" version="$5" attempt
  for attempt in 1 2; do
    if GOBIN="$BUILD/bin" GOPATH="$BUILD/path" GOCACHE="$BUILD/cache" GOTOOLCHAIN=local CGO_ENABLED=0 \
      GOFLAGS='-buildvcs=false -modcacherw -ldflags=-w' \
      timeout --foreground "$GO_LIMIT_S" "$go" install "$package@$version" >"$LOGS/$name.log" 2>&1; then
      mv "$BUILD/bin/$name" "$BIN/$name"
      return 0
    fi
    ((SECONDS < GO_LIMIT_S)) || break
  done
  return 1
}

# The arguments are rows of the tables.
install_tools() {
  local row go missing=()
  for row in "$@"; do
    # shellcheck disable=SC2086
    is_there $row || missing+=("$row")
  done
  ((${#missing[@]})) || return 0
  if ! go="$(find_go)"; then
    say "no Go $OLDEST_GO or newer, neither on PATH nor in /usr/local/go/bin: ${missing[*]%% *} cannot be built here"
    say 'the suites that want them are left out; install Go from https://go.dev/dl to run them'
    exit 0
  fi
  clear_build
  trap clear_build EXIT
  mkdir -p "$BUILD/bin"
  for row in "${missing[@]}"; do
    local name="${row%% *}" started=$SECONDS
    say "$name: building ${row##* }"
    # shellcheck disable=SC2086
    install_tool "$go" $row || fail "$name, by go install" "$LOGS/$name.log"
    say "$name: ready after $((SECONDS - started)) s"
  done
  clear_build
}

install_aria2() {
  command -v aria2c >/dev/null && return 0
  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    say "aria2 is missing, and only root installs it: apt-get install aria2"
    return 0
  fi
  DEBIAN_FRONTEND=noninteractive timeout "$APT_LIMIT_S" \
    bash -c 'apt-get update -q && apt-get install -q -y --no-install-recommends aria2' \
    >"$LOGS/aria2.log" 2>&1 || fail 'apt package aria2' "$LOGS/aria2.log"
}

# $1: the package, whose pins are in a file of its name; it gets a venv of its name.
install_python() {
  local root="$STORES/$1" log="$LOGS/$1.log" pins="$PINS/$1.txt"
  [[ -f "$root/installed" ]] && cmp -s "$pins" "$root/installed" && return 0
  say "$1: installing $(grep -m1 -v '^#' "$pins")"
  rm -rf "$root" # a half-done installation has no stamp: it is done again from nothing
  python3 -m venv "$root" >"$log" 2>&1 || fail 'a venv of Python 3 (apt package python3-venv)' "$log"
  timeout "$PIP_LIMIT_S" "$root/bin/python" -m pip install --no-input --disable-pip-version-check --prefer-binary \
    --progress-bar off -r "$pins" >>"$log" 2>&1 || fail "$1, by pip" "$log"
  cp "$pins" "$root/installed.part"
  mv "$root/installed.part" "$root/installed"
}

main() {
  local tools=("${REAL_TOOLS[@]}")
  case "${1:-}" in
    '') ;;
    --full) tools+=("${FULL_TOOLS[@]}") ;;
    *) fail "expected --full or nothing, got $1" ;;
  esac
  exec </dev/null
  trap 'exit 1' INT TERM
  mkdir -p "$BIN" "$LOGS"
  exec 8>"$STORES/lock"
  flock -w 600 8 || fail "another installation holds $STORES/lock"
  if [[ "${1:-}" == --full ]]; then
    install_aria2
    install_python moto
  fi
  install_python duckdb
  install_tools "${tools[@]}"
  say "all of ${tools[*]%% *} in $BIN"
}

main "$@"
