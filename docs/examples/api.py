"""Asks a running page from Python: pip install gradio_client, then

python docs/examples/api.py http://127.0.0.1:7860 photo.jpg clip.mp4
"""

import json
import sys

from gradio_client import Client, handle_file

address, photo, clip = sys.argv[1:]
page = Client(address, verbose=False)
answers = {
    "face": page.predict(handle_file(photo), api_name="/face"),
    "review": page.predict("The strap broke after a day.", handle_file(photo), api_name="/review"),
    "meme": page.predict(handle_file(photo), "when it is monday again", api_name="/meme"),
    "video": page.predict(handle_file(clip), "You did it! I knew you would.", api_name="/video"),
}
print(json.dumps(answers))
