#!/usr/bin/env bash
# Times the program, PyTorch with diffusers, and OpenVINO on the same random weights and shapes, in turns,
# one at a time, and prints one table of times and ratios.
#   ./Scripts/bench-peers.sh [--size full|small] [--rows NAME,NAME] [--precisions fp32,bf16]
#     [--repeats N] [--threads N] [--max-isa avx2] [--json FILE] [--markdown FILE] [--write-table [FILE]]
# full (the default): Stable Diffusion 1.5's sizes; needs 24 GB of memory, 12 GB of disk and about half an
# hour on two cores. small: models of the same classes in minutes, for development: its times say nothing.
# Nothing else should run on the machine meanwhile.
# --write-table puts the table where the documentation has it (Speed.md).
# The Python environment is made in .build/bench-venv; INSTRUCTCV_BENCH_PYTHON names an interpreter that
# has the packages of Scripts/bench/requirements.txt already. Models are kept in .build/bench-models.
# CLIP's vocabulary is looked for in INSTRUCTCV_SHARED_DATA (default: ../shared/data).
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/setup.sh >&2
. Scripts/python-environment.sh
use_python_environment bench-peers Scripts/bench/requirements.txt .build/bench-venv \
  "${INSTRUCTCV_BENCH_PYTHON:-}"

echo "bench-peers: building" >&2
swift build -c release --product instructcv >&2
exec "$python" Scripts/bench/peers.py --program .build/release/instructcv "$@"
