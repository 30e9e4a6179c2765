# One target for each image: api, app (APP is app-one or app-two), keys (the key commands) and edge (the proxy). COPY sets the
# mode, because the services run as other users, who cannot read files that a strict umask has made. The sources run as they
# are, without a build. Dependencies come before sources, so that a change of code installs nothing.

FROM node:26-slim AS manifests
WORKDIR /app
ENV NODE_ENV=production
COPY --chmod=755 package.json package-lock.json ./
COPY --chmod=755 packages/auth/package.json packages/auth/

FROM manifests AS service-manifests
COPY --chmod=755 packages/service/package.json packages/service/

FROM service-manifests AS api
COPY --chmod=755 apps/api/package.json apps/api/
# Source maps are a quarter of the installed bytes, and no service reads them.
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
# A new volume starts with what the image has at its place: the owner, the mode and, for the API, the application registry. A
# command replaces the registry by a rename. A mount of a single file would not show that, so the registry is in a folder.
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
RUN mkdir /logs && chown 1000:1000 /logs
COPY --chmod=755 deploy/edge/Caddyfile /etc/caddy/
