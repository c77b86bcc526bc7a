# Sourced: sets `python` to an interpreter that has the packages of a script's requirements.
# use_python_environment LABEL REQUIREMENTS FOLDER [INTERPRETER]
# takes INTERPRETER as it is where one is named; makes the environment FOLDER otherwise, anew when the
# requirements have changed.
use_python_environment() {
  local label=$1 requirements=$2 environment=$3
  python="${4:-}"
  [ -z "$python" ] || return 0
  python="$environment/bin/python"
  local stamp="$environment/installed-requirements.txt"
  if ! cmp -s "$requirements" "$stamp"; then
    echo "$label: making the Python environment $environment" >&2
    python3 -m venv "$environment"
    "$python" -m pip install --quiet --requirement "$requirements"
    cp "$requirements" "$stamp"
  fi
}
