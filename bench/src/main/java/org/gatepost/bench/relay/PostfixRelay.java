// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Postfix of the Debian package with DANE, and with postfix-mta-sts-resolver where domains have MTA-STS policies. The
/// processor time of the latter counts as its own.
final class PostfixRelay implements RelaySystem {
    /// Every service that mail passes through, none in a chroot: no library needs copying.
    private static final String SERVICES = """
            pickup     unix       n - n 60   1 pickup
            cleanup    unix       n - n -    0 cleanup
            qmgr       unix       n - n 300  1 qmgr
            tlsmgr     unix       - - n 1000 1 tlsmgr
            tlsproxy   unix       - - n -    0 tlsproxy
            rewrite    unix       - - n -    - trivial-rewrite
            bounce     unix       - - n -    0 bounce
            defer      unix       - - n -    0 bounce
            trace      unix       - - n -    0 bounce
            verify     unix       - - n -    1 verify
            flush      unix       n - n 1000 0 flush
            proxymap   unix       - - n -    - proxymap
            smtp       unix       - - n -    - smtp
            relay      unix       - - n -    - smtp
            showq      unix       n - n -    - showq
            error      unix       - - n -    - error
            retry      unix       - - n -    - error
            discard    unix       - - n -    - discard
            anvil      unix       - - n -    1 anvil
            scache     unix       - - n -    1 scache
            postlog    unix-dgram n - n -    1 postlogd
            """;

    /// How it is set up.
    enum Setting {
        DEFAULT("Postfix", 2525, ""),
        /// Several messages over one connection, by way of tlsproxy.
        REUSE("Postfix, reuse", 2526, "smtp_tls_connection_reuse = yes\n");

        private final String title;
        private final int port;
        private final String parameters;

        Setting(String title, int port, String parameters) {
            this.title = title;
            this.port = port;
            this.parameters = parameters;
        }

        int port() {
            return port;
        }
    }

    private final Setting setting;
    private final ProcessGroup group;
    private final List<Daemon> daemons;

    private PostfixRelay(Setting setting, ProcessGroup group, List<Daemon> daemons) {
        this.setting = setting;
        this.group = group;
        this.daemons = daemons;
    }

    /// @param folder of its own, on a disk; others may enter it
    /// @param sts whether domains have MTA-STS policies
    static PostfixRelay start(Path folder, RelayInternet internet, Setting setting, boolean sts)
            throws IOException, InterruptedException {
        for (String part : List.of("config", "queue", "data")) {
            Files.createDirectories(folder.resolve(part));
        }
        Command.run(folder, "chown", "postfix", "data");
        int policyPort = setting.port + 10;
        Files.writeString(
                folder.resolve("config/main.cf"),
                """
                compatibility_level = 3.6
                queue_directory = %1$s/queue
                data_directory = %1$s/data
                command_directory = /usr/sbin
                daemon_directory = /usr/lib/postfix/sbin
                mail_owner = postfix
                setgid_group = postdrop
                myhostname = relay.sender.test
                mydestination =
                local_recipient_maps =
                alias_maps =
                alias_database =
                inet_protocols = ipv4
                inet_interfaces = 127.0.0.1
                mynetworks = 127.0.0.0/8
                smtpd_relay_restrictions = permit_mynetworks, reject
                maillog_file = %1$s/mail.log
                maillog_file_prefixes = %1$s
                message_size_limit = 52428800
                default_process_limit = 300
                default_destination_concurrency_limit = 50
                initial_destination_concurrency = 20
                qmgr_message_active_limit = 40000
                qmgr_message_recipient_limit = 40000
                in_flow_delay = 0
                smtp_dns_support_level = dnssec
                smtp_host_lookup = dns
                smtp_tls_security_level = dane
                smtp_tls_CAfile = %2$s
                smtp_tls_loglevel = 1
                """.formatted(folder, internet.authorities())
                        + setting.parameters
                        + (sts ? "smtp_tls_policy_maps = socketmap:inet:127.0.0.1:" + policyPort + ":postfix\n" : ""));
        Files.writeString(
                folder.resolve("config/master.cf"), "127.0.0.1:" + setting.port + " inet n - n - - smtpd\n" + SERVICES);
        ProcessGroup group = ProcessGroup.create(folder.getFileName().toString());
        var config = folder.resolve("config").toString();
        Command.run(folder, "postfix", "-c", config, "check");
        var daemons = new ArrayList<Daemon>();
        if (sts) {
            daemons.add(policyDaemon(folder, internet, group, policyPort));
        }
        Daemon master = Daemon.start(
                group, setting.title, folder.resolve("mail.log"), "/usr/lib/postfix/sbin/master", "-c", config);
        daemons.addFirst(master);
        master.awaitConnectable("127.0.0.1", setting.port);
        return new PostfixRelay(setting, group, List.copyOf(daemons));
    }

    private static Daemon policyDaemon(Path folder, RelayInternet internet, ProcessGroup group, int port)
            throws IOException, InterruptedException {
        Path config = Files.writeString(folder.resolve("mta-sts-daemon.yml"), """
                host: 127.0.0.1
                port: %d
                cache:
                  type: internal
                  options:
                    cache_size: 10000
                """.formatted(port));
        // Debian's own interpreter, which sees the package, whatever else is called python3.
        return Daemon.start(
                        group,
                        "mta-sts-daemon",
                        folder.resolve("mta-sts-daemon.log"),
                        Map.of("SSL_CERT_FILE", internet.authorities().toString()),
                        List.of("/usr/bin/python3", "/usr/bin/mta-sts-daemon", "-c", config.toString()))
                .awaitConnectable("127.0.0.1", port);
    }

    @Override
    public String name() {
        return setting.title;
    }

    @Override
    public String endpoint() {
        return "127.0.0.1:" + setting.port;
    }

    @Override
    public ProcessGroup group() {
        return group;
    }

    @Override
    public String logTail() {
        return daemons.getFirst().logTail();
    }

    @Override
    public void close() {
        daemons.forEach(Daemon::close);
    }
}
