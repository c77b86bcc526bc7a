#!/usr/bin/env bash
# Installs the three system libraries that the build needs, where they are missing.
# Sourced by demo.sh and test.sh; harmless to run by itself.
set -euo pipefail

packages=(libopenblas-dev libpng-dev libjpeg-dev)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' \
    || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: ${packages[*]} are present"
elif [ -z "$(command -v apt-get)" ]; then
  echo "setup: please install ${missing[*]} (or your distribution's equivalents)" >&2
  exit 1
else
  echo "setup: installing ${missing[*]}"
  sudo_command=()
  [ "$(id -u)" -eq 0 ] || sudo_command=(sudo)
  "${sudo_command[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${sudo_command[@]}" apt-get install -y -qq "${missing[@]}"
fi

if [ -z "$(command -v swift)" ]; then
  echo "setup: the Swift toolchain (6.1 or newer) is needed: https://swift.org/install" >&2
  exit 1
fi
