"""Switches off what libraries would send of their own accord. mmsent, train and bench import this
before all else, since each of the libraries looks once: when it is imported, or at its first net.
The decoder of clips and other children inherit it."""

import os

os.environ.update(
    {
        # from 1.29 on: an id of the device and a store of events below ~/.cache/Microsoft, sent to
        # its vendor
        "ORT_DISABLE_TELEMETRY": "1",
        # what is launched, and the question for a newer version
        "GRADIO_ANALYTICS_ENABLED": "False",
        # also which other libraries are installed, in each request to the Hub
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
)
