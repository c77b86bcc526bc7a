#!/usr/bin/env bash
# Sets up what is missing, builds optimised, checks the style, and runs all tests.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/setup.sh
swift format lint --strict --recursive Package.swift Sources Tests
swift build -c release --build-tests
./Scripts/check-kernel-symbols.sh
swift test -c release --skip-build "$@"
