#!/usr/bin/env bash
# Compares the program with diffusers and transformers on random weights, in every layout of models.
#   ./Scripts/parity.sh [--size full|small] [--keep FOLDER] [--layouts NAME,NAME]
# full (the default): Stable Diffusion 1.5's own sizes; needs 12 GB of memory and of disk, and about an
# hour on two cores. small: the same classes in some five minutes.
# Prints one table and leaves with 1 when a bound is broken.
# The Python environment is made in .build/parity-venv with pip's own settings;
# INSTRUCTCV_PARITY_PYTHON names an interpreter that has the packages of Scripts/parity/requirements.txt
# already. CLIP's vocabulary is looked for in INSTRUCTCV_SHARED_DATA (default: ../shared/data).
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/setup.sh >&2

. Scripts/python-environment.sh
use_python_environment parity Scripts/parity/requirements.txt .build/parity-venv \
  "${INSTRUCTCV_PARITY_PYTHON:-}"

echo "parity: building" >&2
swift build -c release --product instructcv >&2
exec "$python" Scripts/parity/main.py --program .build/release/instructcv "$@"
