# All services, one target each: api, app (APP names which of the two), keys, the command line of the key lifecycle, and
# edge, the proxy. COPY sets the mode, since the services run as users who may not read what a strict umask has made.
# Sources run as they are, so there is nothing to build. Dependencies come before sources: changing code installs nothing.

FROM node:26-slim AS manifests
WORKDIR /app
ENV NODE_ENV=production
COPY --chmod=755 package.json package-lock.json ./
COPY --chmod=755 packages/auth/package.json packages/auth/

FROM manifests AS service-manifests
COPY --chmod=755 packages/service/package.json packages/service/

FROM service-manifests AS api
COPY --chmod=755 apps/api/package.json apps/api/
# Source maps are a quarter of what is installed, and no service reads them.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules -name '*.map' -exec rm {} +
COPY --chmod=755 deploy/healthcheck.ts deploy/
COPY --chmod=755 packages/auth packages/auth
COPY --chmod=755 packages/service packages/service
COPY --chmod=755 apps/api apps/api
WORKDIR apps/api
USER node
CMD ["node", "src/main.ts"]

FROM service-manifests AS app
ARG APP
COPY --chmod=755 packages/web/package.json packages/web/
COPY --chmod=755 apps/$APP/package.json apps/$APP/
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY --chmod=755 deploy/healthcheck.ts deploy/
COPY --chmod=755 packages/auth packages/auth
COPY --chmod=755 packages/service packages/service
COPY --chmod=755 packages/web packages/web
COPY --chmod=755 apps/$APP apps/$APP
WORKDIR apps/$APP
USER node
CMD ["node", "src/main.ts"]

FROM manifests AS keys
COPY --chmod=755 scripts/package.json scripts/
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# A new volume takes over what the image has in its place: the owner, the mode and, for the API's, the application registry. The
# list is changed by a rename, which a mount of the single file would not show; hence it lies in a folder.
RUN mkdir -p secrets/api secrets/app-one secrets/app-two secrets/edge /database \
 && chown -R node:node secrets /database && chmod -R 700 secrets && chmod 750 /database \
 && ln -s secrets/api/applications.json applications.json
COPY --chown=node:node --chmod=644 applications.json secrets/api/
COPY --chmod=755 packages/auth packages/auth
COPY --chmod=755 scripts scripts
USER node
ENTRYPOINT ["node", "scripts/keys.ts"]
CMD ["provision"]

FROM caddy:2 AS edge
COPY --chmod=755 deploy/edge/Caddyfile /etc/caddy/
