#!/usr/bin/env bash
# Times the program's UNet with different numbers of threads, batches and resolutions, fits a model of its
# cost, and predicts the time on machines with more cores.
#   ./Scripts/bench-scaling.sh [--sizes sd15|small|FILE.yaml] [--model FOLDER] [--repeats N]
#     [--max-threads N] [--sides 16,32,64] [--bandwidth GB/s] [--json FILE]
# --sizes and --model as in `instructcv bench model` (default: sd15; small is the embedded model). What
# bench-peers.sh has left in .build/bench-models/full/fp32 loads faster than sd15 is drawn.
# Needs Python without packages.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/setup.sh >&2
echo "bench-scaling: building" >&2
swift build -c release --product instructcv >&2
exec python3 Scripts/bench/scaling.py --program .build/release/instructcv "$@"
