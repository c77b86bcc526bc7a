#!/usr/bin/env bash
# Sets up what is missing, builds optimised, checks the style, and runs all tests.
# INSTRUCTCV_SLOW_TESTS=1 adds the slow ones.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/setup.sh
swift format lint --strict --recursive Package.swift Sources Tests
swift build -c release --build-tests
swift test -c release --skip-build "$@"
