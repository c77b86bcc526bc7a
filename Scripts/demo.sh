#!/usr/bin/env bash
# Sets up what is missing, builds, and asks the embedded model the four kinds of questions:
# about scenes that it has never seen, and about your own picture when you give one.
#   ./Scripts/demo.sh [photo.jpg] [output-folder]
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
photo="${1:-}"
if [ -n "$photo" ]; then
  [ -f "$photo" ] || { echo "demo: there is no picture $photo" >&2; exit 66; }
  photo="$(cd "$(dirname "$photo")" && pwd)/$(basename "$photo")"
fi
output="${2:-$here/demo-output}"
case "$output" in /*) ;; *) output="$PWD/$output" ;; esac
cd "$here"
. Scripts/setup.sh

echo "demo: building (the first time takes a few minutes)"
swift build -c release --product instructcv
instructcv=.build/release/instructcv
"$instructcv" --version
if [ -n "$photo" ]; then
  # A photo that can't be read is said before anything else is done.
  "$instructcv" run --image "$photo" --instruction "Segment the red cube" --dry-run --quiet >/dev/null
fi

mkdir -p "$output"
echo "demo: rendering scenes"
"$instructcv" dataset synthesize --count 0 --val-count 4 --unseen-count 0 --seed 2026 \
  --output "$output/scenes" --quiet >/dev/null
"$instructcv" dataset build --root "$output/scenes" --split val --variant fp --seed 1 \
  --output "$output/questions" --outline-width 3 --quiet >/dev/null

# One question of each kind, in the words of the set's own prompts.
ask() { # name picture instruction
  echo
  echo "demo: $3"
  "$instructcv" run --image "$2" --instruction "$3" --seed 1 \
    --output "$output/$1.png" --overlay "$output/$1-overlay.png" --json "$output/$1.json" --quiet
}
for kind in seg det depes cls; do
  sample="$(find "$output/questions" -maxdepth 1 -type d -name "*_${kind}*" | sort | head -n 1)"
  name="$(basename "$sample")"
  words="$(sed -n 's/.*"edit" *: *"\(.*\)".*/\1/p' "$sample/prompt.json")"
  ask "scene-$kind" "$sample/${name}_0.png" "$words"
  cp "$sample/${name}_0.png" "$output/scene-$kind-picture.png"
  cp "$sample/${name}_1.png" "$output/scene-$kind-target.png"
done

if [ -n "$photo" ]; then
  ask photo-seg "$photo" "Segment the red cube"
  ask photo-det "$photo" "Detect the red cube"
  ask photo-depth "$photo" "Estimate the depth of this image"
  ask photo-cls "$photo" "Display red if the image contains a red cube, else display blue"
fi

cat <<END

demo: done. Look at $output:
  scene-*-picture.png   what was asked about          scene-*.png          what the model painted
  scene-*-target.png    what it should have painted   scene-*-overlay.png  its answer over the picture
  *.json                the answer in numbers
The embedded model knows only its own rendered world; photos need a trained model (--model DIR).
Next:
  $instructcv run --help
  $instructcv evaluate --root $output/scenes --report $output/report
and, to see a training run from beginning to end in about a minute:
  $instructcv dataset synthesize --count 60 --seed 1 --output data/smoke
  $instructcv dataset build --root data/smoke --output data/smoke-built
  $instructcv train --config Configs/smoke.yaml --output runs/smoke
END
