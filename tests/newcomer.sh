#!/usr/bin/env bash
# From a bare clone of a release to a first exercise that passes, as a newcomer would go; says how long each step took.
# The release is made by a kit that is installed as a wheel, away from its own source.
set -euo pipefail
kit=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
# Neither the caller's environment of Python nor its settings of git are a newcomer's.
unset VIRTUAL_ENV PYTHONPATH PYTEST_ADDOPTS GRADER_NO_FORK
export LC_ALL=C.UTF-8 NO_COLOR=1 COLUMNS=100 GIT_CONFIG_GLOBAL=/dev/null

step() { # step SENTENCE COMMAND…: run it, and show its output where it fails
    local began=$EPOCHREALTIME title=$1
    shift
    "$@" >"$place/output" 2>&1 || { cat "$place/output"; echo "failed: $title"; exit 1; }
    awk -v began="$began" -v now="$EPOCHREALTIME" -v title="$title" \
        'BEGIN { printf "%7.1f s  %s\n", now - began, title }'
}

says() { # says TEXT: the last output holds it
    grep -qF -- "$1" "$place/output" || { cat "$place/output"; echo "not said: $1"; exit 1; }
}

fails() { # fails COMMAND…: the exit status is 1, as for an exercise that does not pass yet
    local status=0
    "$@" || status=$?
    [ "$status" -eq 1 ]
}

install_kit() { "$python" -m venv teacher && teacher/bin/pip install --quiet "$kit"; }
install_course() { "$python" -m venv .venv && .venv/bin/pip install --quiet .; }

echo "The teacher:"
step "installs the kit" install_kit
step "releases the course" teacher/bin/grader release release --course "$kit"
step "publishes it" git clone --quiet --bare release course.git
rm -rf release

echo "The newcomer:"
began=$EPOCHREALTIME
step "clones the course" git clone --quiet course.git course
cd course
step "installs it" install_course
export PATH="$PWD/.venv/bin:$PATH"
step "sees the map" grader
says "then run \`grader check 1\`."
step "reads the statement" grader show 1
says "Timetable"
step "checks the stub, which fails" fails grader check 1
says "do not pass yet"
cp "$kit/solutions/01_first_await/first_await.py" exercises/01_first_await/
step "checks the answer, which passes" grader check 1
says "Everything passes. Next: \`grader show 2\`."
step "runs the examples with pytest" pytest exercises/01_first_await
says " passed in "
# The file that remembers progress is nobody else's business.
[ "$(git status --porcelain)" = " M exercises/01_first_await/first_await.py" ] || { git status --short; exit 1; }
awk -v began="$began" -v now="$EPOCHREALTIME" \
    'BEGIN { printf "%7.1f s  from the clone to the first exercise that passes\n", now - began }'
