// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.Gateway;
import org.gatepost.gateway.config.ConfigFile;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.delivery.DeliveryEvents;
import org.gatepost.lab.Lab;
import org.gatepost.lab.SenderSide;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.DsnRequest;
import org.gatepost.smtp.MailTransaction;
import org.gatepost.smtp.SmtpClientSession;
import org.gatepost.smtp.TransferResult;
import org.gatepost.tls.JsseTlsClient;
import org.gatepost.tls.TlsChannel;

/// A gateway that lives in the lab: its upstream, trust anchor, authorities and ports are the lab's, and its queue
/// is impatient. Mail is handed to it through its SMTP port.
public final class LabGateway implements AutoCloseable {
    private static final DomainName NAME = DomainName.parse("gateway.sender.test");
    private static final String CLIENT = "client.sender.test";
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);

    private final Path configFile;
    private final Gateway gateway;
    private final SenderSide side;

    private LabGateway(Path configFile, Gateway gateway, SenderSide side) {
        this.configFile = configFile;
        this.gateway = gateway;
        this.side = side;
    }

    /// Starts a gateway with a spool of its own.
    ///
    /// @param folder where its configuration and its spool go; made when missing
    public static LabGateway start(Lab lab, Path folder, SenderSide side, DeliveryEvents events)
            throws IOException, ConfigProblem {
        Files.createDirectories(folder);
        Path file = writeConfig(lab, folder, side);
        var system = Gateway.Environment.system();
        return new LabGateway(
                file,
                Gateway.start(ConfigFile.read(file), new Gateway.Environment(system.clock(), system.random(), events)),
                side);
    }

    /// Writes a configuration with which a gateway, or `gatepost explain`, works in the lab.
    public static Path writeConfig(Lab lab, Path folder, SenderSide side) throws IOException {
        lab.issue(List.of(NAME), folder.resolve("listener.pem"), folder.resolve("listener-key.pem"));
        String text = """
                hostname = "%s"

                [listen]
                addresses = ["127.0.0.1:0"]
                certificate-file = "listener.pem"
                key-file = "listener-key.pem"

                [spool]
                directory = "spool"

                # An hour of the lab is a second.
                [queue]
                retry = ["1s"]
                lifetime = "6s"

                [dns]
                upstreams = ["%s:%d"]
                trust-anchor-file = "%s"
                try-timeout = "2s"
                timeout = "5s"

                [delivery]
                port = %d
                ipv6 = false
                connect-timeout = "4s"
                command-timeout = "4s"
                data-timeout = "4s"
                # Each message is to meet its scenario's attacker, not a connection from before.
                messages-per-connection = 1

                [policy]
                dane = "%s"
                mta-sts = "%s"
                ca-bundle = "%s"
                mta-sts-port = %d
                mta-sts-private-addresses = true
                mta-sts-timeout = "4s"
                """.formatted(
                        NAME,
                        lab.dnsAddress().getAddress().getHostAddress(),
                        lab.dnsAddress().getPort(),
                        lab.trustAnchorFile().toAbsolutePath(),
                        lab.smtpPort(),
                        side.honoursDane() ? "opportunistic" : "none",
                        side.honoursMtaSts() ? "opportunistic" : "none",
                        lab.caBundleFile().toAbsolutePath(),
                        lab.httpsPort());
        return Files.writeString(folder.resolve("gatepost.toml"), text);
    }

    /// Hands messages in over one connection.
    ///
    /// @throws IOException when the gateway does not take one of them over
    public void submit(List<LabMessage> messages) throws IOException {
        InetSocketAddress address = gateway.smtpAddresses().getFirst();
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            SmtpClientSession smtp = SmtpClientSession.open(socket.getInputStream(), socket.getOutputStream());
            smtp.ehlo(CLIENT);
            if (side.requiresTls()) {
                startTls(smtp, socket);
            }
            for (LabMessage message : messages) {
                TransferResult result = smtp.transfer(transaction(message));
                if (!result.forRecipient(0).isPositive()) {
                    throw new IOException("the gateway refused " + message.to() + ": " + result.forRecipient(0));
                }
            }
            smtp.quit();
        }
    }

    /// REQUIRETLS can only be said over TLS (RFC 8689 §2).
    private static void startTls(SmtpClientSession smtp, Socket socket) throws IOException {
        if (smtp.startTls().code() != 220) {
            throw new IOException("the gateway does not offer STARTTLS");
        }
        TlsChannel channel = new JsseTlsClient().handshake(socket, NAME, HANDSHAKE);
        smtp.continueOver(channel.input(), channel.output());
        smtp.ehlo(CLIENT);
    }

    private MailTransaction transaction(LabMessage message) {
        byte[] content = message.content().getBytes(StandardCharsets.UTF_8);
        return new MailTransaction(
                Optional.of(Mailbox.parse(LabMessage.SENDER)),
                List.of(message.to()),
                content.length,
                false,
                true,
                () -> new java.io.ByteArrayInputStream(content),
                DsnRequest.NONE,
                side.requiresTls());
    }

    /// The configuration it runs with.
    public Path configFile() {
        return configFile;
    }

    @Override
    public void close() {
        gateway.close();
    }
}
