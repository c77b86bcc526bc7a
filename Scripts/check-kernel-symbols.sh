#!/bin/sh
# Checks that no code compiled for a wide instruction set can be called from elsewhere: of the
# functions that the linker shares between modules (weak symbols whose name holds no module's name),
# none in the kernel modules may use vector registers or VEX-encoded instructions.
#
# Usage: Scripts/check-kernel-symbols.sh [build folder, default .build/release]
set -eu
build=${1:-.build/release}
failed=0
for set in AVX512BF16 AVX512 AVX2; do
  folder="$build/Kernels$set.build"
  [ -d "$folder" ] || { echo "$folder: not built" >&2; exit 66; }
  for object in "$folder"/*.o; do
    for symbol in $(nm --defined-only "$object" | awk '$2 == "W" {print $3}' | grep -v "Kernels$set" || true); do
      if objdump -d --no-show-raw-insn --disassemble="$symbol" "$object" \
        | grep -Eq '%[xyz]mm|%k[0-7]|[[:space:]](v[a-z]|shlx|shrx|sarx|rorx|mulx|pdep|pext|andn|bzhi|blsr|blsi|movbe|lzcnt|tzcnt)'
      then
        echo "$object: shared symbol $symbol uses $set instructions" >&2
        failed=1
      fi
    done
  done
done
exit $failed
