# Production image: web, worker and beat start from the same one (docker-compose.yml).
FROM node:22-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
WORKDIR /app
COPY requirements/uv.txt requirements/worker.txt requirements/
RUN python -m venv /tools && /tools/bin/pip install -q --require-hashes -r requirements/uv.txt \
    && python -m venv --without-pip .venv \
    && /tools/bin/uv pip install -q --python .venv/bin/python --require-hashes -r requirements/worker.txt
COPY . .
COPY --from=assets /src/node_modules node_modules
# Static files need no secret and no server; the values below only let the settings load.
RUN .venv/bin/python -m devtools.assets \
    && DJANGO_SETTINGS_MODULE=nursing_platform.settings.prod DATABASE_URL=postgres://nobody@localhost/none \
       REDIS_URL=redis://localhost:1/0 SECRET_KEY=build SEAL_KEYS=build SEAL_INDEX_KEY=build BADGE_KEY=build ALLOWED_HOSTS=build \
       .venv/bin/python manage.py collectstatic --noinput -v0 \
    && rm -rf node_modules tests devtools var/vendor

FROM python:3.13-slim-bookworm
ENV PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=nursing_platform.settings.prod PATH=/app/.venv/bin:$PATH
RUN useradd --system --uid 10001 --home-dir /app app && install -d -o app -g app /data/uploads
WORKDIR /app
COPY --from=build /app /app
USER 10001
EXPOSE 8000
CMD ["uvicorn", "nursing_platform.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off", \
     "--no-access-log", "--no-server-header", "--log-config", "nursing_platform/uvicorn_log.json"]
