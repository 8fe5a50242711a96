// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A running Postfix with configuration, queue and data of its own; several run at once.
final class PostfixInstance implements AutoCloseable {
    /// Every service that mail passes through, none in a chroot: no library needs copying.
    private static final String SERVICES = """
            pickup    unix  n - n 60   1 pickup
            cleanup   unix  n - n -    0 cleanup
            qmgr      unix  n - n 300  1 qmgr
            tlsmgr    unix  - - n 1000 1 tlsmgr
            rewrite   unix  - - n -    - trivial-rewrite
            bounce    unix  - - n -    0 bounce
            defer     unix  - - n -    0 bounce
            trace     unix  - - n -    0 bounce
            verify    unix  - - n -    1 verify
            flush     unix  n - n 1000 0 flush
            proxymap  unix  - - n -    - proxymap
            proxywrite unix - - n -    1 proxymap
            smtp      unix  - - n -    - smtp
            relay     unix  - - n -    - smtp
            showq     unix  n - n -    - showq
            error     unix  - - n -    - error
            retry     unix  - - n -    - error
            discard   unix  - - n -    - discard
            local     unix  - n n -    - local
            virtual   unix  - n n -    - virtual
            anvil     unix  - - n -    1 anvil
            scache    unix  - - n -    1 scache
            postlog   unix-dgram n - n - 1 postlogd
            """;

    private final Scratch scratch;
    private final Daemon daemon;

    private PostfixInstance(Scratch scratch, Daemon daemon) {
        this.scratch = scratch;
        this.daemon = daemon;
    }

    /// @param parameters lines of main.cf beyond the common ones
    /// @param listeners lines of master.cf
    /// @param endpoints that must take connections before this returns
    static PostfixInstance start(
            Scratch scratch, String parameters, List<String> listeners, List<InetSocketAddress> endpoints) {
        var config = scratch.subfolder("config");
        scratch.subfolder("queue");
        var data = scratch.subfolder("data");
        config.writeAged("main.cf", """
                compatibility_level = 3.6
                queue_directory = %1$s/queue
                data_directory = %1$s/data
                command_directory = /usr/sbin
                daemon_directory = /usr/lib/postfix/sbin
                mail_owner = postfix
                setgid_group = postdrop
                mydestination =
                local_recipient_maps =
                alias_maps =
                alias_database =
                inet_protocols = ipv4
                inet_interfaces = 127.0.0.1
                mynetworks = 127.0.0.0/8
                smtpd_peername_lookup = no
                in_flow_delay = 0
                biff = no
                maillog_file = %1$s/mail.log
                maillog_file_prefixes = %1$s
                message_size_limit = 52428800
                mailbox_size_limit = 0
                virtual_mailbox_limit = 0
                import_environment = MAIL_CONFIG MAIL_LOGTAG TZ LANG=C OPENSSL_CONF=/dev/null
                """.formatted(scratch.folder()) + parameters);
        config.writeAged("master.cf", String.join("\n", listeners) + "\n" + SERVICES);
        Command.of(scratch, "chown postfix").and(data.folder().toString()).mustSucceed();
        var checked = Command.of(scratch, "postfix -c")
                .and(config.folder().toString(), "check")
                .run();
        if (checked.exit() != 0) {
            throw new PeerFailure(
                    "Postfix refuses its configuration: " + checked.output() + Scratch.tail(scratch.path("mail.log")));
        }
        var daemon = Daemon.start(
                        scratch,
                        "postfix",
                        scratch.path("mail.log"),
                        List.of(
                                "/usr/lib/postfix/sbin/master",
                                "-c",
                                config.folder().toString()))
                .awaitReady(endpoints);
        return new PostfixInstance(scratch, daemon);
    }

    Path configFolder() {
        return scratch.path("config");
    }

    /// The whole mail log.
    String log() {
        var file = scratch.path("mail.log");
        return Files.exists(file) ? Scratch.read(file) : "";
    }

    String logTail() {
        return daemon.logTail();
    }

    @Override
    public void close() {
        daemon.close();
    }
}
