# The instance (feeds.yaml, db/, public/) is the volume /data; nothing else is written.
# --build-arg REQUIREMENTS=requirements-scaled.txt takes PostgreSQL and object stores in.

FROM python:3.13-slim-bookworm AS build
ARG REQUIREMENTS=requirements.txt
WORKDIR /src

COPY deploy/build.txt deploy/requirements.txt deploy/requirements-scaled.txt deploy/
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --no-deps --require-hashes -r deploy/build.txt \
 && python -m venv /opt/aggregator \
 && /opt/aggregator/bin/pip install --no-cache-dir --no-deps --require-hashes -r "deploy/$REQUIREMENTS"

COPY pyproject.toml README.md LICENSE ./
COPY aggregator aggregator
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/aggregator/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM python:3.13-slim-bookworm
RUN groupadd --system --gid 10001 aggregator \
 && useradd --system --uid 10001 --gid aggregator --no-create-home --home-dir /data aggregator \
 && install -d -o aggregator -g aggregator /data
COPY --from=build /opt/aggregator /opt/aggregator
ENV PATH=/opt/aggregator/bin:$PATH \
    PYTHONUNBUFFERED=1

USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["aggregator", "--config", "/data/feeds.yaml"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
