# The page in a container; docs/deploying.md says how it is built and run.
FROM python:3.12-slim-bookworm

# Another index for PyTorch, such as its own for the processor alone; without, it is the one of pip's index, which brings CUDA.
ARG INDEX=

WORKDIR /app
COPY requirements.txt constraints.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt --constraint constraints.txt ${INDEX:+--extra-index-url "$INDEX"}

COPY app.py LICENSE ./
COPY mmsent mmsent
COPY checkpoints checkpoints

# All that is ever written goes to /scratch: uploads, which are deleted within the hour, and nets made ready for this machine.
RUN python -m compileall -q mmsent && install --directory --owner 10001 --group 10001 /scratch
ENV HOME=/scratch \
    TMPDIR=/scratch \
    XDG_CACHE_HOME=/scratch/cache \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860
VOLUME /scratch
USER 10001:10001
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=3m CMD ["python", "-c", "import json, sys, urllib.request as web; sys.exit(not json.load(web.urlopen('http://127.0.0.1:7860/healthz'))['ready'])"]
CMD ["python", "app.py"]
