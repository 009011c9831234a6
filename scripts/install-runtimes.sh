#!/usr/bin/env bash
# How do the real model servers, clients and object stores of `npm run test:real` get onto this machine?
# By name from apt and PyPI into a cache folder outside the clone; a second run only compares stamps. install-stores.sh builds
# the stores in the meantime.
#   --full                 what `npm run test:full` wants besides: TorchServe (5.6 GB, needs Java 17), and the stores' own --full
#   OUTRIGGER_TEST_CACHE   the folder (default ~/.cache/outrigger-test)
set -euo pipefail

readonly CACHE="${OUTRIGGER_TEST_CACHE:-$HOME/.cache/outrigger-test}"
readonly SCRIPTS="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
readonly PINS="$(cd "$SCRIPTS/../test/real/requirements" && pwd)"
ENVIRONMENTS=(triton mlserver kserve)
readonly APT_LIMIT_S=150 PIP_LIMIT_S=560 LOG_TAIL_LINES=25

say() { printf 'install-runtimes: %s\n' "$*"; }

# $1: what failed, $2: its log. The tail holds the package manager's own reason.
fail() {
  say "FAILED: $1" >&2
  if [[ -n "${2:-}" && -f "$2" ]]; then
    say "the end of $2:" >&2
    tail -n "$LOG_TAIL_LINES" "$2" >&2
  fi
  exit 1
}

can_make_venvs() { "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; }

# Triton's Python stub embeds the libpython3.11 of /usr/lib, whatever interpreter the venv was made with.
has_libpython() { compgen -G '/usr/lib/*/libpython3.11.so.1.0' >/dev/null; }

install_system_packages() {
  local missing=() log="$CACHE/logs/apt.log"
  has_libpython || missing+=(libpython3.11)
  can_make_venvs /usr/bin/python3.11 || missing+=(python3.11 python3.11-venv)
  [[ "$1" != --full ]] || command -v java >/dev/null || missing+=(openjdk-17-jre-headless)
  ((${#missing[@]})) || return 0
  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    has_libpython || fail "libpython3.11 is missing: run 'apt-get install libpython3.11 python3.11-venv' as root once"
    return 0 # another Python 3.11 on PATH may still do
  fi
  say "apt: ${missing[*]}"
  # A machine with a newer Debian has no python3.11 package: another one on PATH may still do, so failing is find_python's business.
  DEBIAN_FRONTEND=noninteractive timeout "$APT_LIMIT_S" bash -c \
    'apt-get update -q && apt-get install -q -y --no-install-recommends "$@"' apt "${missing[@]}" \
    >"$log" 2>&1 </dev/null || say "apt could not install ${missing[*]} (see $log)"
  has_libpython || fail 'apt package libpython3.11' "$log"
}

find_python() {
  local candidate
  for candidate in /usr/bin/python3.11 python3.11 python3; do
    if can_make_venvs "$candidate"; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

# $1: environment, $2: interpreter. Changing a pin, the interpreter or this script's layout makes the stamp differ.
stamp_of() { printf 'layout 1\n%s\n' "$2" | cat - "$PINS/$1.txt"; }

is_installed() { [[ -f "$CACHE/$1/installed" ]] && [[ "$(stamp_of "$1" "$2")" == "$(<"$CACHE/$1/installed")" ]]; }

# The python backend of Triton runs the first `python3` on PATH and takes its prefix for the stub: hence a folder
# that looks like a venv, with the interpreter of the system and the packages of the venv.
lay_out_triton() {
  local root="$CACHE/triton" python packages server
  python="$(readlink -f "$1")"
  packages="$root/venv/lib/python3.11/site-packages"
  server="$packages/pytriton/tritonserver"
  mkdir -p "$root/backends/python" "$root/home/bin" "$root/home/lib/python3.11"
  ln -s "$server"/backends/python/* "$root/backends/python/"
  cp "$server/python_backend_stubs/3.11/triton_python_backend_stub" "$root/backends/python/"
  ln -s "$python" "$root/home/bin/python3"
  printf 'home = %s\ninclude-system-site-packages = false\n' "$(dirname "$python")" >"$root/home/pyvenv.cfg"
  ln -s "$packages" "$root/home/lib/python3.11/site-packages"
}

# $1: environment, $2: interpreter. Runs in the background; its exit code is the result, its words are in the log.
install_environment() {
  local root="$CACHE/$1"
  rm -rf "$root" # a half-done installation has no stamp: it is done again from nothing
  mkdir -p "$root"
  "$2" -m venv "$root/venv"
  timeout --foreground "$PIP_LIMIT_S" "$root/venv/bin/python" -m pip install --no-input --disable-pip-version-check \
    --prefer-binary --progress-bar off -r "$PINS/$1.txt"
  if [[ "$1" == triton ]]; then lay_out_triton "$2"; fi
  stamp_of "$1" "$2" >"$root/installed.part"
  mv "$root/installed.part" "$root/installed"
}

main() {
  local python environment stores failed=() started=$SECONDS
  case "${1:-}" in
    '') ;;
    --full) ENVIRONMENTS+=(torchserve) ;;
    *) fail "expected --full or nothing, got $1" ;;
  esac
  local -A jobs=()
  set -m # each job is a process group, so that an interrupted installation leaves no pip behind
  trap 'for group in $(jobs -p); do kill -- "-$group" 2>/dev/null; done' EXIT
  trap 'exit 1' INT TERM
  mkdir -p "$CACHE/logs"
  exec 9>"$CACHE/lock"
  flock -w 600 9 || fail "another installation holds $CACHE/lock"
  "$SCRIPTS/install-stores.sh" "$@" </dev/null &
  stores=$!
  install_system_packages "${1:-}"
  python="$(find_python)" || fail 'Python 3.11 with venv (apt package python3.11-venv)' "$CACHE/logs/apt.log"
  for environment in "${ENVIRONMENTS[@]}"; do
    if is_installed "$environment" "$python"; then continue; fi
    say "$environment: installing $(grep -m1 -v '^#' "$PINS/$environment.txt") and what it needs"
    (install_environment "$environment" "$python") >"$CACHE/logs/$environment.log" 2>&1 </dev/null &
    jobs[$environment]=$!
  done
  for environment in "${!jobs[@]}"; do
    if wait "${jobs[$environment]}"; then
      say "$environment: ready after $((SECONDS - started)) s"
    else
      failed+=("$environment")
      say "$environment: FAILED after $((SECONDS - started)) s" >&2
    fi
  done
  for environment in "${failed[@]}"; do
    (fail "$environment: $(last_package "$CACHE/logs/$environment.log")" "$CACHE/logs/$environment.log") || true
  done
  wait "$stores" || failed+=(stores) # it has said why
  ((${#failed[@]} == 0)) || exit 1
  say "all of ${ENVIRONMENTS[*]} in $CACHE"
}

# The package pip was busy with when it stopped.
last_package() { grep -E '^(Collecting|Downloading|Building|ERROR:|error:)' "$1" | tail -n 1 || echo 'no package was begun'; }

main "$@"
