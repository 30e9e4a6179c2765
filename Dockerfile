# All services, one target each: api, app (APP names which of the two) and keys, the command line of the key lifecycle.
# Sources run as they are, so there is nothing to build. Dependencies come before sources: changing code installs nothing.

FROM node:26-slim AS manifests
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json ./
COPY packages/auth/package.json packages/auth/

FROM manifests AS service-manifests
COPY packages/service/package.json packages/service/

FROM service-manifests AS api
COPY apps/api/package.json apps/api/
# Source maps are a quarter of what is installed, and no service reads them.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules -name '*.map' -delete
COPY deploy/healthcheck.ts deploy/
COPY packages/auth packages/auth
COPY packages/service packages/service
COPY apps/api apps/api
WORKDIR apps/api
USER node
CMD ["node", "src/main.ts"]

FROM service-manifests AS app
ARG APP
COPY packages/web/package.json packages/web/
COPY apps/$APP/package.json apps/$APP/
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY deploy/healthcheck.ts deploy/
COPY packages/auth packages/auth
COPY packages/service packages/service
COPY packages/web packages/web
COPY apps/$APP apps/$APP
WORKDIR apps/$APP
USER node
CMD ["node", "src/main.ts"]

FROM manifests AS keys
COPY scripts/package.json scripts/
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# A new volume takes over what the image has in its place: the owner, the mode and, for the API's, the guest list. The
# list is changed by a rename, which a mount of the single file would not show; hence it lies in a folder.
RUN mkdir -p secrets/api secrets/app-one secrets/app-two secrets/edge /database \
 && chown -R node:node secrets /database && chmod -R 700 secrets && chmod 750 /database \
 && ln -s secrets/api/applications.json applications.json
COPY --chown=node:node applications.json secrets/api/
COPY packages/auth packages/auth
COPY scripts scripts
USER node
ENTRYPOINT ["node", "scripts/keys.ts"]
CMD ["provision"]
