# An image and the services around it.
git init -q
cat > Dockerfile <<'D'
FROM node:22.11.0
ARG NPM_TOKEN
RUN npm ci
D
cat > compose.yaml <<'Y'
services:
  web:
    build: .
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
  db:
    image: postgres:17.2
    environment:
      POSTGRES_PASSWORD: post¦gres
Y
git add .
