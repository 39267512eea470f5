#!/bin/sh
# Asks a running page with curl: sh docs/examples/api.sh http://127.0.0.1:7860 photo.jpg clip.mp4
set -eu
address=$1 photo=$2 clip=$3

# 1. a file goes up and gets a name on the server: ["/tmp/gradio/.../photo.jpg"]
upload() {
  name=$(curl -sSf -F "files=@$1" "$address/gradio_api/upload" | tr -d '[]"')
  echo '{"path": "'"$name"'", "meta": {"_type": "gradio.FileData"}}'
}

# 2. a question gets a number, {"event_id": "..."}
# 3. the answer comes as events; the last one is "event: complete" with a list of one result
ask() {
  call=$address/gradio_api/call/$1
  event=$(curl -sSf -H 'Content-Type: application/json' -d '{"data": ['"$2"']}' "$call" | cut -d '"' -f 4)
  curl -sSfN "$call/$event" | sed -n '/^event: complete/{n;s/^data: //p;}'
}

photo=$(upload "$photo")
clip=$(upload "$clip")
ask review '"The strap broke after a day.", '"$photo"
ask video "$clip"', "You did it! I knew you would.", ["text", "audio", "face"]'
