# The proxy, its CA certificates and an unprivileged user; nothing else. `docker build -t edgeproxy .`
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN deploy/publish.sh \
 && mkdir -p /out/data /out/etc \
 && cp out/edgeproxy /out/edgeproxy \
 && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ca-certificates.crt \
 && echo 'edgeproxy:x:65532:65532:edgeproxy:/data:/sbin/nologin' > /out/etc/passwd

FROM scratch
COPY --from=build /out/edgeproxy /edgeproxy
COPY --from=build /out/etc/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/etc/passwd /etc/passwd
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/edgeproxy"]
