// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// Exim (Debian's build, with GnuTLS) as a receiving MTA: any number of MX hosts, which take mail for every
/// domain into one Maildir. It runs from the package that `install-peers` unpacked.
final class EximServer implements AutoCloseable {
    private final Daemon daemon;
    private final Path log;
    private final Maildir mailbox;

    private EximServer(Daemon daemon, Path log, Maildir mailbox) {
        this.daemon = daemon;
        this.log = log;
        this.mailbox = mailbox;
    }

    static EximServer start(Scratch scratch, SmtpListener... listeners) {
        return start(scratch, List.of(listeners));
    }

    static EximServer start(Scratch scratch, List<SmtpListener> listeners) {
        var program = System.getenv("GATEPOST_INTEROP_EXIM");
        if (program == null
                || listeners.stream().anyMatch(each -> !each.settings().isEmpty())) {
            throw new PeerFailure("Exim is not here, or was given settings of Postfix's");
        }
        for (var folder : List.of("tls", "spool", "log", "mail")) {
            scratch.subfolder(folder);
        }
        Command.of(scratch, "chown Debian-exim spool log mail").mustSucceed();
        for (var listener : listeners) {
            listener.identity().ifPresent(identity -> {
                scratch.write("tls/" + listener.address() + ".pem", Scratch.read(identity.chain()));
                scratch.write("tls/" + listener.address() + ".key", Scratch.read(identity.key()));
            });
        }
        scratch.write(
                "names",
                listeners.stream()
                        .map(each -> each.address() + ": " + each.hostname() + "\n")
                        .collect(Collectors.joining()));
        var config = scratch.write("exim.conf", configuration(scratch, program, listeners));
        // Exim gives up root for a configuration that is not on this list, and could not deliver then.
        trust(config);
        var daemon = Daemon.start(
                        scratch,
                        "exim",
                        scratch.path("log/mainlog"),
                        List.of(program, "-C", config.toString(), "-bdf", "-q1m"))
                .awaitReady(listeners.stream().map(SmtpListener::endpoint).toList());
        return new EximServer(daemon, scratch.path("log/mainlog"), new Maildir(scratch.path("mail"), daemon::logTail));
    }

    Maildir mailbox() {
        return mailbox;
    }

    /// The whole log of messages.
    String log() {
        return Scratch.read(log);
    }

    @Override
    public void close() {
        daemon.close();
    }

    private static void trust(Path config) {
        var list = new Scratch(Path.of("/etc")).subfolder("exim4");
        var file = list.path("trusted_configs");
        var before = Files.exists(file) ? Scratch.read(file) : "";
        list.write("trusted_configs", before + config + "\n");
    }

    private static String configuration(Scratch scratch, String program, List<SmtpListener> listeners) {
        var addresses = listeners.stream().map(SmtpListener::address).collect(Collectors.joining(" ; "));
        return """
                exim_path = %2$s
                spool_directory = %1$s/spool
                log_file_path = %1$s/log/%%slog
                pid_file_path = %1$s/spool/exim.pid
                primary_hostname = %3$s
                smtp_active_hostname = ${lookup{$received_ip_address}lsearch{%1$s/names}{$value}{%3$s}}
                local_interfaces = <; %4$s
                daemon_smtp_ports = 25
                keep_environment =
                host_lookup =
                rfc1413_query_timeout = 0s
                acl_smtp_rcpt = accept
                acl_smtp_data = accept
                never_users =
                log_selector = +tls_cipher +tls_sni +incoming_interface
                tls_advertise_hosts = ${if exists{%1$s/tls/$received_ip_address.pem}{*}{}}
                tls_certificate = %1$s/tls/$received_ip_address.pem
                tls_privatekey = %1$s/tls/$received_ip_address.key

                begin routers
                everything:
                  driver = accept
                  transport = store

                begin transports
                store:
                  driver = appendfile
                  maildir_format
                  directory = %1$s/mail
                  user = Debian-exim
                  group = Debian-exim
                  envelope_to_add
                  return_path_add

                begin retry
                * * F,10m,5s
                """.formatted(scratch.folder(), program, listeners.getFirst().hostname(), addresses);
    }
}
