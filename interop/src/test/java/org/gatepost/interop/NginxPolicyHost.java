// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.util.List;

/// nginx as the policy host of any number of domains (RFC 8461 §3.3), port 443.
final class NginxPolicyHost implements AutoCloseable {
    private final Daemon daemon;

    private NginxPolicyHost(Daemon daemon) {
        this.daemon = daemon;
    }

    /// @param domain the policy domain; its host is `mta-sts.<domain>`
    /// @param policy the body served
    /// @param identity the certificate shown for the policy host's name
    /// @param directives more of nginx's own, for what is peculiar about the site
    record Site(String domain, String policy, ServerIdentity identity, String directives) {
        Site(String domain, String policy, ServerIdentity identity) {
            this(domain, policy, identity, "");
        }

        String host() {
            return "mta-sts." + domain;
        }
    }

    /// @param address IPv4
    /// @param sites at least one; the first one's certificate answers unknown names
    static NginxPolicyHost start(Scratch scratch, String address, List<Site> sites) {
        var config = new StringBuilder("""
                user root;
                worker_processes 1;
                pid %1$s/nginx.pid;
                error_log %1$s/nginx.log info;
                events { worker_connections 512; }
                http {
                  access_log %1$s/access.log;
                  default_type text/plain;
                  types { }
                  client_body_temp_path %1$s/body;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                  server_names_hash_bucket_size 128;
                  ssl_protocols TLSv1.2 TLSv1.3;
                """.formatted(scratch.folder()));
        for (var site : sites) {
            var root = scratch.subfolder(site.host());
            root.subfolder(".well-known").write("mta-sts.txt", site.policy());
            config.append("""
                      server {
                        listen %s:443 ssl;
                        server_name %s;
                        ssl_certificate %s;
                        ssl_certificate_key %s;
                        root %s;
                        %s
                      }
                    """.formatted(
                            address,
                            site.host(),
                            site.identity().chain(),
                            site.identity().key(),
                            root.folder(),
                            site.directives()));
        }
        var file = scratch.write("nginx.conf", config + "}\n");
        var log = scratch.path("nginx.log");
        var daemon = Daemon.start(
                        scratch,
                        "nginx",
                        log,
                        List.of("/usr/sbin/nginx", "-e", log.toString(), "-c", file.toString(), "-g", "daemon off;"))
                .awaitReady(List.of(new InetSocketAddress(address, 443)));
        return new NginxPolicyHost(daemon);
    }

    @Override
    public void close() {
        daemon.close();
    }
}
