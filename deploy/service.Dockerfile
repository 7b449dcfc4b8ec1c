# An image of a service of your own: its folder, on the image of deploy/Dockerfile. The folder is the context:
#   docker build -f deploy/service.Dockerfile -t seats examples/seats
# The service is then /app/service/FILE, such as /app/service/seats.ts. What it imports besides understudy and zod must be
# in the folder (node_modules).
ARG UNDERSTUDY=understudy
FROM ${UNDERSTUDY}
COPY . /app/service/
