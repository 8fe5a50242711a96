// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.gatepost.lab.CertifiedKey;
import org.gatepost.lab.LabCa;

/// The internet that mail is relayed in: NSD with the zones, a validating Unbound, nginx as policy host, and the sink
/// as
/// every MX host. The namespace's `/etc/resolv.conf` names Unbound.
final class RelayInternet implements AutoCloseable {
    static final Addresses ADDRESSES = new Addresses("127.53.0.1", "127.53.0.2", "127.44.0.1");

    /// @param authority NSD
    /// @param resolver Unbound
    /// @param policies nginx
    record Addresses(String authority, String resolver, String policies) {}

    private final Path folder;
    private final Population population;
    private final ProcessGroup resolverGroup = ProcessGroup.create("unbound");
    private final ProcessGroup sinkGroup = ProcessGroup.create("sink");

    @SuppressWarnings("NullAway.Init") // set before start returns
    private MailSink sink;

    private final Deque<AutoCloseable> running = new ArrayDeque<>();

    private RelayInternet(Path folder, Population population) {
        this.folder = folder;
        this.population = population;
    }

    /// @param programs where the compiled sink is
    static RelayInternet start(Path folder, Path programs, Population population)
            throws IOException, InterruptedException {
        var internet = new RelayInternet(Files.createDirectories(folder), population);
        try {
            LabCa authority = LabCa.create("Bench", InstantSource.system());
            authority.writeBundle(folder, "authorities.pem");
            CertifiedKey mx = authority.issue(List.of("*.mxhost.test"));
            LabCa.writeIdentity(mx, folder.resolve("mx.pem"), folder.resolve("mx.key"));
            internet.startDns(ZoneFiles.write(
                    Files.createDirectories(folder.resolve("zones")), population.all(), keyDigest(mx), ADDRESSES));
            internet.startPolicyHost(authority);
            internet.startSink(programs);
            return internet;
        } catch (IOException | InterruptedException | RuntimeException e) {
            internet.close();
            throw e;
        }
    }

    private static String keyDigest(CertifiedKey certified) {
        try {
            byte[] key = certified.leaf().getPublicKey().getEncoded();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no SHA-256", e);
        }
    }

    private void startDns(ZoneFiles zones) throws IOException, InterruptedException {
        String list = zones.origins().stream()
                .map(origin -> "zone:\n  name: \"%s\"\n  zonefile: \"%s\"\n".formatted(origin, zones.file(origin)))
                .collect(Collectors.joining());
        Path nsd = Files.writeString(folder.resolve("nsd.conf"), """
                server:
                  ip-address: %1$s
                  username: ""
                  database: ""
                  pidfile: "%2$s/nsd.pid"
                  xfrdfile: "%2$s/nsd.xfrd"
                  zonelistfile: "%2$s/nsd.zones"
                  server-count: 1
                  rrl-ratelimit: 0
                remote-control:
                  control-enable: no
                """.formatted(ADDRESSES.authority(), folder) + list);
        start(ProcessGroup.create("nsd"), "nsd", "nsd", "-d", "-c", nsd.toString())
                .awaitConnectable(ADDRESSES.authority(), 53);
        Files.writeString(folder.resolve("root.hints"), """
                . 3600 NS ns.test.
                ns.test. 3600 A %s
                """.formatted(ADDRESSES.authority()));
        Files.writeString(trustAnchor(), zones.anchor() + "\n");
        Path unbound = Files.writeString(
                folder.resolve("unbound.conf"), """
                server:
                  directory: "%1$s"
                  chroot: ""
                  username: ""
                  pidfile: "%1$s/unbound.pid"
                  use-syslog: no
                  interface: %2$s
                  outgoing-interface: %2$s
                  access-control: 127.0.0.0/8 allow
                  do-ip6: no
                  do-not-query-localhost: no
                  root-hints: "root.hints"
                  trust-anchor-file: "%3$s"
                  local-zone: "test." nodefault
                  num-threads: 1
                  msg-cache-size: 64m
                  rrset-cache-size: 128m
                  outgoing-range: 2048
                  num-queries-per-thread: 2048
                remote-control:
                  control-enable: no
                """.formatted(folder, ADDRESSES.resolver(), trustAnchor()));
        start(resolverGroup, "unbound", "unbound", "-d", "-c", unbound.toString())
                .awaitConnectable(ADDRESSES.resolver(), 53);
    }

    private void startPolicyHost(LabCa authority) throws IOException, InterruptedException {
        List<Destination> sites = population.all().stream()
                .filter(destination -> destination.protection().hasStsPolicy())
                .toList();
        if (sites.isEmpty()) {
            return;
        }
        for (Destination site : sites) {
            Path wellKnown =
                    Files.createDirectories(folder.resolve("policies").resolve(site.policyHost() + "/.well-known"));
            Files.writeString(
                    wellKnown.resolve("mta-sts.txt"),
                    "version: STSv1\r\nmode: enforce\r\nmx: " + site.host() + "\r\nmax_age: 604800\r\n");
        }
        LabCa.writeIdentity(
                authority.issue(sites.stream().map(Destination::policyHost).toList()),
                folder.resolve("policies.pem"),
                folder.resolve("policies.key"));
        Path nginx = Files.writeString(folder.resolve("nginx.conf"), """
                user root;
                worker_processes 1;
                pid %1$s/nginx.pid;
                events { worker_connections 1024; }
                http {
                  access_log off;
                  default_type text/plain;
                  types { }
                  client_body_temp_path %1$s/nginx-body;
                  proxy_temp_path %1$s/nginx-proxy;
                  fastcgi_temp_path %1$s/nginx-fastcgi;
                  uwsgi_temp_path %1$s/nginx-uwsgi;
                  scgi_temp_path %1$s/nginx-scgi;
                  server {
                    listen %2$s:443 ssl;
                    ssl_certificate %1$s/policies.pem;
                    ssl_certificate_key %1$s/policies.key;
                    ssl_protocols TLSv1.2 TLSv1.3;
                    root %1$s/policies/$host;
                  }
                }
                """.formatted(folder, ADDRESSES.policies()));
        start(
                        ProcessGroup.create("nginx"),
                        "nginx",
                        "nginx",
                        "-e",
                        folder.resolve("nginx.log").toString(),
                        "-c",
                        nginx.toString(),
                        "-g",
                        "daemon off;")
                .awaitConnectable(ADDRESSES.policies(), 443);
    }

    private void startSink(Path programs) throws IOException {
        String hosts = Stream.concat(population.live().stream(), population.controls().stream())
                .map(destination ->
                        destination.address() + " " + destination.protection().hostKind() + "\n")
                .collect(Collectors.joining());
        Path list = Files.writeString(folder.resolve("hosts"), hosts);
        sink = MailSink.start(
                sinkGroup,
                List.of(
                        programs.resolve("sink").toString(),
                        folder.resolve("mx.pem").toString(),
                        folder.resolve("mx.key").toString(),
                        "25",
                        list.toString()));
        running.addFirst(sink);
    }

    private Daemon start(ProcessGroup group, String name, String... command) throws IOException {
        Daemon daemon = Daemon.start(group, name, folder.resolve(name + ".out"), command);
        running.addFirst(daemon);
        return daemon;
    }

    MailSink sink() {
        return sink;
    }

    ProcessGroup resolverGroup() {
        return resolverGroup;
    }

    ProcessGroup sinkGroup() {
        return sinkGroup;
    }

    /// The root's DNSKEY.
    Path trustAnchor() {
        return folder.resolve("anchor.key");
    }

    /// What vouches for policy hosts and MX hosts.
    Path authorities() {
        return folder.resolve("authorities.pem");
    }

    @Override
    public void close() {
        running.forEach(part -> {
            try {
                part.close();
            } catch (Exception e) {
                System.err.println("relay bench: cannot stop a part: " + e);
            }
        });
    }
}
