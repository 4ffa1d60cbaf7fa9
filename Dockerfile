# One image, two commands: `api` (default) and `worker`; see docker/entrypoint for the rest.
# Runs from source: bundling and minifying break Elysia's reading of handlers.
ARG BUN_VERSION=1.4.4
# Another, such as one with a digest: `sh docker/pin`.
ARG BUN_IMAGE=oven/bun:${BUN_VERSION}-slim

FROM ${BUN_IMAGE} AS base
WORKDIR /app

FROM base AS all-packages
COPY package.json bun.lock bunfig.toml ./
RUN bun install --frozen-lockfile

FROM base AS runtime-packages
COPY package.json bun.lock bunfig.toml ./
COPY docker/packages.ts ./docker/
# Types, source maps and what viewers were bundled of are most of what is installed, and nothing reads them when the image runs.
RUN bun install --frozen-lockfile --production \
 && bun docker/packages.ts \
 && rm -rf node_modules/typescript node_modules/@typescript node_modules/@types node_modules/bun-types \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM all-packages AS page
# Only where the page is served from another origin than the API; it becomes part of the page.
ARG VITE_API_BASE_URL=
ENV VITE_API_BASE_URL=${VITE_API_BASE_URL}
COPY tsconfig.json ./
COPY frontend ./frontend
RUN bun run build

FROM base AS source
COPY backend ./backend
# What makes backups is in an image of its own, docker/backup; what `bun run start` and who writes campaigns need, in checkouts alone.
RUN cd backend && rm -r commands/backup commands/campaign \
 && rm commands/backup.ts commands/restore.ts commands/archive.ts commands/campaign.ts commands/env.ts commands/packages.ts commands/sbom.ts \
 && find local -type f ! -name data-dir.ts ! -name cannot-start.ts ! -name process-identity.ts -delete

FROM base AS runtime
ARG VERSION=local
LABEL org.opencontainers.image.title="Landfast" \
      org.opencontainers.image.description="A landing page that never loses a lead: API and worker" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
# Nothing is written below /app, so the root file system may be read-only; /tmp is all that is needed.
ENV NODE_ENV=production \
    DO_NOT_TRACK=1 \
    BUN_RUNTIME_TRANSPILER_CACHE_PATH=0 \
    MIMALLOC_PURGE_HOLES=0 \
    DATA_DIR=/tmp/landfast \
    PORT=8000 \
    WORKER_PORT=8001
COPY --from=runtime-packages /app/node_modules ./node_modules
COPY --from=page /app/frontend/dist ./frontend/dist
COPY frontend/media-samples ./frontend/media-samples
COPY package.json bunfig.toml tsconfig.json LICENSE ./
COPY docker/entrypoint docker/wait.ts docker/probe.ts docker/settings.ts ./docker/
COPY --from=source /app/backend ./backend
# Numbers, so that an orchestrator can see that it is not root; the name is `bun`.
USER 1000:1000
EXPOSE 8000 8001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["bun", "/app/docker/probe.ts"]
ENTRYPOINT ["sh", "/app/docker/entrypoint"]
CMD ["api"]
