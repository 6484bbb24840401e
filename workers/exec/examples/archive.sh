#!/bin/sh
# Keeps its input as a file, which becomes the job's result file. Asks for another attempt where there is no gzip yet.
set -eu
command -v gzip >/dev/null || { echo '{"retryAfter": 60}'; exit 75; }
gzip -c > input.json.gz
echo '{"file": {"path": "input.json.gz", "mediaType": "application/gzip"}}'
echo '{"result": {"kept": true}}'
