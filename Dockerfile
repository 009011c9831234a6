# Stage 1 builds dist/ with everything of package-lock.json; stage 2 carries dist/ alone: what runs is bundled there.
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# Install scripts fetch from elsewhere; none is needed to build.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM node:24-slim
LABEL org.opencontainers.image.title="outrigger" org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
COPY LICENSE /app/
COPY --from=build /src/dist /app
# The number of distroless' nonroot: Kubernetes' runAsNonRoot can check numbers only.
USER 65532:65532
EXPOSE 9081 9089
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/outrigger.cjs"]
