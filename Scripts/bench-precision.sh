#!/usr/bin/env bash
# Tells what narrow weights, bf16 and int8, cost in accuracy: errors of Stable Diffusion 1.5's UNet and the
# noise of a 20-step answer beside fp32, on random weights of its sizes, and the embedded model's scores.
#   ./Scripts/bench-precision.sh [--model FOLDER] [--resolution PIXELS] [--steps N] [--limit PICTURES]
#     [--json FILE] [--write-table [FILE]]
# Needs 5 GB of memory and about ten minutes on two cores. The random model is that of bench-peers.sh, and is
# made as there when it is missing (.build/bench-models); --model takes another one. --write-table puts the
# table where the documentation has it (Speed.md). The scenes of the scores are made in .build/bench-scenes.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/setup.sh >&2
echo "bench-precision: building" >&2
swift build -c release --product instructcv >&2
case " $* " in
*" --model "*) ;;
*)
  models=.build/bench-models/full
  if [ ! -f "$models/picture.png" ]; then
    . Scripts/python-environment.sh
    use_python_environment bench-precision Scripts/bench/requirements.txt .build/bench-venv \
      "${INSTRUCTCV_BENCH_PYTHON:-}"
    echo "bench-precision: making random weights" >&2
    "$python" Scripts/bench/random_models.py full "$models" >&2
  fi
  set -- --model "$models/fp32" "$@"
  ;;
esac
exec python3 Scripts/bench/precision.py --program .build/release/instructcv "$@"
