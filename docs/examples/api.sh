#!/bin/sh
# Asks a running page with curl: sh docs/examples/api.sh http://127.0.0.1:7860 photo.jpg
set -eu
address=$1 photo=$2
# 1. the file goes up and gets a name on the server: ["/tmp/gradio/.../photo.jpg"]
file=$(curl -sSf -F "files=@$photo" "$address/gradio_api/upload" | tr -d '[]"')
# 2. the question gets a number: {"event_id": "..."}
question='{"data": ["The strap broke after a day.", {"path": "'$file'", "meta": {"_type": "gradio.FileData"}}]}'
event=$(curl -sSf -H 'Content-Type: application/json' -d "$question" "$address/gradio_api/call/review" | cut -d '"' -f 4)
# 3. the answer comes as events; the last one is "event: complete" with a list of one result
curl -sSfN "$address/gradio_api/call/review/$event" | sed -n '/^event: complete/{n;s/^data: //p;}'
