"""Starts the page: ``python app.py``, then open the address it prints; ``--help`` tells the rest.
Spaces start this file."""

import sys

from mmsent.launch import main

if __name__ == "__main__":
    sys.exit(main())
