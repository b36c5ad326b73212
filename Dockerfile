# An image of `jobcast serve` and `jobcast worker`; docs/deployment.md has how to run it.
# All that is installed comes from uv.lock and uv-requirements.txt, checked by its hash.

FROM python:3.12-slim AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /src
COPY uv-requirements.txt pyproject.toml uv.lock ./
RUN ["python", "-m", "pip", "install", "--require-hashes", "-r", "uv-requirements.txt"]
RUN ["python", "-m", "venv", "--without-pip", "/opt/jobcast"]
RUN ["uv", "export", "--frozen", "--no-default-groups", "--no-emit-project", "-o", "/opt/run.txt"]
RUN ["uv", "export", "--frozen", "--only-group", "build", "--only-group", "console", "-o", "/opt/build.txt"]
RUN ["uv", "pip", "install", "--python", "/opt/jobcast", "--require-hashes", "--no-build", "-r", "/opt/run.txt"]
RUN ["uv", "venv", "/opt/build"]
RUN ["uv", "pip", "install", "--python", "/opt/build", "--require-hashes", "--no-build", "-r", "/opt/build.txt"]
COPY README.md LICENSE ./
COPY hatch_build.py ./
COPY console console
COPY broadcaster broadcaster
COPY jobcast jobcast
COPY resolvers resolvers
COPY schema schema
COPY tasks tasks
RUN ["/opt/build/bin/python", "-m", "hatchling", "build", "-t", "wheel", "-d", "/opt/wheel"]
RUN ["uv", "pip", "install", "--python", "/opt/jobcast", "--no-index", "--no-deps", "--find-links", "/opt/wheel", "jobcast"]

FROM python:3.12-slim
COPY --from=build /opt/jobcast /opt/jobcast
RUN ["useradd", "--uid", "10001", "--user-group", "--no-create-home", "--home-dir", "/data", "--shell", "/usr/sbin/nologin", "jobcast"]
# The only place that is written to: files, the key of their links, and what tasks put aside.
RUN ["install", "-d", "-o", "10001", "-g", "10001", "-m", "0700", "/data"]
ENV PATH=/opt/jobcast/bin:$PATH PYTHONDONTWRITEBYTECODE=1 TMPDIR=/data
ENV JOBCAST_DATA_DIR=/data JOBCAST_HOST=0.0.0.0 JOBCAST_PORT=8000
USER 10001:10001
# Modules of tasks are found here.
WORKDIR /app
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Of `serve`; a worker is run with --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['JOBCAST_PORT']}/healthz\", timeout=2)"]
ENTRYPOINT ["jobcast"]
CMD ["serve"]
