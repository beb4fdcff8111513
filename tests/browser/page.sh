#!/usr/bin/env bash
# The page in headless Chromium: see page.mjs
# test-presets: dev
# test-timeout: 240
set -euo pipefail
exec node "${0%.sh}.mjs"
