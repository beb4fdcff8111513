#!/usr/bin/env bash
# ccxt's class coinbaseexchange drives the venue: see ccxt.mjs
# test-presets: asan
# test-timeout: 240
set -euo pipefail
exec node "${0%.sh}.mjs"
