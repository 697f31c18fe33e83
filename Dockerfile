# The hosted server, or any other command of famulor-mcp, as an image.
#
#   docker build -t famulor-mcp .
#   docker run --rm -p 127.0.0.1:8787:8787 -e FAMULOR_PUBLIC_URL=http://127.0.0.1:8787 famulor-mcp
#
# An exact tag. To pin the bytes as well, look its digest up where you pull from and build with
# --build-arg PYTHON=python:3.13.12-slim-bookworm@sha256:…
ARG PYTHON=python:3.13.12-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /src
COPY . .
# pip stays outside of what is kept; it compiles what it installs.
RUN python -m venv --without-pip /opt/famulor \
 && python -m pip --python /opt/famulor/bin/python install --no-cache-dir --disable-pip-version-check \
    --constraint deploy/constraints.txt '.[redis,otel]'

FROM ${PYTHON}
LABEL org.opencontainers.image.title="famulor-mcp" \
      org.opencontainers.image.description="Operate a Famulor account from any MCP client" \
      org.opencontainers.image.source="https://github.com/famulor/famulor-mcp" \
      org.opencontainers.image.licenses="MIT"
# The base image has no compiled standard library, and a read-only file system would never get one.
RUN python -m compileall -q -x '/(test|idlelib|tkinter|ensurepip|lib2to3|site-packages)/' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
 && groupadd --gid 10001 famulor \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin famulor \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/famulor
COPY --from=build /opt/famulor /opt/famulor
ENV PATH=/opt/famulor/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    FAMULOR_HOST=0.0.0.0 \
    FAMULOR_PORT=8787 \
    FAMULOR_LOG_FORMAT=json
USER 10001:10001
WORKDIR /var/lib/famulor
EXPOSE 8787
# A first SIGTERM ends it gracefully: calls in flight get FAMULOR_GRACE seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['FAMULOR_PORT']), timeout=3); c.request('GET', '/health'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["famulor-mcp"]
CMD ["http"]
