# The service, the agent and the flaky target in one image: `node dist/cmd/minikom/main.js` (the default),
# `node dist/cmd/komobox/main.js` and `node dist/cmd/fantastic/main.js`. PostgreSQL is not in it: DATABASE_URL says where it is.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The optional packages hold the embedded PostgreSQL, 60 MB that a container does not need.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM packages AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY cmd cmd
COPY clients clients
COPY internal internal
RUN npm run build \
 && find dist \( -name '*.test.*' -o -name '.tsbuildinfo*' \) -delete \
 && rm -r dist/internal/dashboard/page dist/clients dist/openapi.json \
 && find dist -type d -name testing -prune -exec rm -r {} +

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
# What is large is given back to the system when it is freed, see "Memory" in docs/operations.md.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=16777216
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY migrations migrations
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/cmd/minikom/main.js"]
