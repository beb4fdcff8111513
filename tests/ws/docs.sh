#!/usr/bin/env bash
# Every example of docs/api.md: see docs.mjs
# test-presets: asan
# test-timeout: 240
set -euo pipefail
exec node "${0%.sh}.mjs"
