# Sourced by the scripts beside it: set-up of a checkout, safe to repeat and to start twice at once.
#
# Takes nothing but bash, coreutils, flock, python3 with venv, git and npm. Defines:
#   house_setup PROFILE   virtual environment, locked packages (PROFILE: runtime or dev), project, speech models
#   house_run LABEL CMD   run a long command: a line each ten seconds, its output only when it fails
#   say, fail             one line of progress; one line of what is wrong and the end
# shellcheck shell=bash

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VENV="$REPO/.venv"
PYTHON="$VENV/bin/python"
export NIGHTBELL_DATA=${NIGHTBELL_DATA:-$REPO/var}
export PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
unset PYTHONDONTWRITEBYTECODE # tests start `nightbell` hundreds of times: it is compiled once

say() { printf '== %s\n' "$*" >&2; }

fail() {
  printf '!! %s\n' "$*" >&2
  exit 3
}

# Name of a Python that is new enough, or nothing.
house_find_python() {
  local candidate
  for candidate in "${NIGHTBELL_PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      command -v "$candidate"
      return
    fi
  done
}

house_run() {
  local label=$1 log started=$SECONDS next=10 code=0 child
  shift
  say "$label"
  mkdir -p "$REPO/var/log"
  log=$(mktemp "$REPO/var/log/setup.XXXXXX")
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  # A command in the background does not hear Ctrl-C by itself.
  trap 'kill "$child" 2>/dev/null; rm -f "$log"; exit 130' INT TERM
  while kill -0 "$child" 2>/dev/null; do
    if ((SECONDS - started >= next)); then
      say "  $((SECONDS - started)) s: $(tail -n 1 "$log" | tr -d '\r' | cut -c1-90)"
      next=$((next + 10))
    fi
    sleep 0.2
  done
  wait "$child" || code=$?
  trap - INT TERM
  if ((code != 0)); then
    tail -n 30 "$log" >&2
    rm -f "$log"
    return "$code"
  fi
  rm -f "$log"
}

# Sum of everything that a profile's installation depends on.
house_sum() {
  local profile=$1
  {
    "$PYTHON" -c 'import sys; print(sys.version, sys.base_prefix)'
    printf '%s\n' "$REPO"
    cat "$REPO/requirements/build.txt" "$REPO/requirements/$profile.txt"
    sed '/^\[tool\./,$d' "$REPO/pyproject.toml" # an editable install copies the [project] part alone
  } | sha256sum | cut -d' ' -f1
}

# True when the profile, or the larger one, is installed as the files say.
house_installed() {
  local profile
  [[ -x $PYTHON ]] || return 1
  for profile in "$1" dev; do
    if [[ -f $VENV/nightbell-$profile.sum && $(<"$VENV/nightbell-$profile.sum") == "$(house_sum "$profile")" ]]; then
      return 0
    fi
  done
  return 1
}

house_packages() {
  local profile=$1 python parts
  if house_installed "$profile"; then
    return
  fi
  python=$(house_find_python)
  [[ -n $python ]] || fail "Python 3.11 or newer is missing: apt-get install python3 python3-venv"
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv is missing: apt-get install python3-venv"
  if ! { [[ -x $PYTHON ]] && "$PYTHON" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; then
    house_run "virtual environment in .venv" "$python" -m venv --clear "$VENV" ||
      fail "no virtual environment: apt-get install python3-venv"
  fi
  rm -f "$VENV"/nightbell-*.sum
  parts=$(grep -c '==' "$REPO/requirements/$profile.txt")
  house_run "packages: $parts, every one checked by sha256 (a minute or two the first time)" \
    "$PYTHON" -m pip install --progress-bar off --no-deps --require-hashes \
    -r "$REPO/requirements/build.txt" -r "$REPO/requirements/$profile.txt" ||
    fail "packages could not be installed; what pip said is above"
  house_run "nightbell itself" \
    "$PYTHON" -m pip install --progress-bar off --no-deps --no-index --no-build-isolation -e "$REPO" ||
    fail "the project could not be installed; what pip said is above"
  house_sum "$profile" >"$VENV/nightbell-$profile.sum"
}

house_setup() {
  local profile=$1
  mkdir -p "$REPO/var"
  exec 9>"$REPO/var/setup.lock"
  if ! flock -n 9; then
    say "another set-up is at work here; waiting for it"
    flock -w 1800 9 || fail "the other set-up did not end within half an hour"
  fi
  house_packages "$profile"
  "$VENV/bin/nightbell" setup 9>&- || fail "the speech models are not complete: nightbell doctor tells more"
  exec 9>&-
}
