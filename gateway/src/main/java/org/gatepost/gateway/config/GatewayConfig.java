// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.MechanismUse;
import org.gatepost.tls.TlsProvider;

/// Everything the gateway is told. Immutable; read by [ConfigFile] and documented by [ConfigKeys].
///
/// @param connectors what differs for single recipient domains
/// @param reports empty: no TLS reports are sent
/// @param tlsProvider whose code shakes hands, on either side
public record GatewayConfig(
        DomainName hostname,
        Listen listen,
        Queue queue,
        Dns dns,
        Delivery delivery,
        Policy policy,
        List<Connector> connectors,
        Optional<Reports> reports,
        ReportReception reportReception,
        Http http,
        TlsProvider tlsProvider,
        Path spoolDirectory) {
    /// Taking mail in.
    ///
    /// @param usersFile who may relay from anywhere; with a certificate only
    public record Listen(
            List<InetSocketAddress> addresses,
            List<Network> permittedNetworks,
            Optional<Path> usersFile,
            Optional<ServerCertificate> certificate,
            Limits limits) {}

    /// The certificate that a listener shows.
    public record ServerCertificate(Path certificateFile, Path keyFile) {}

    /// Bounds on what one client, and all of them, may take.
    public record Limits(
            int maxConnections,
            int maxConnectionsPerAddress,
            long maxMessageSize,
            int maxRecipients,
            int maxReceivedFields,
            Duration commandTimeout,
            Duration dataTimeout) {}

    /// Keeping and retrying.
    ///
    /// @param retry the wait before each further attempt; the last one repeats
    /// @param delayWarning when senders are told that a message is late; empty: never
    public record Queue(
            List<Duration> retry,
            Duration lifetime,
            Optional<Duration> delayWarning,
            int concurrency,
            int concurrencyPerDomain) {}

    /// Asking DNS.
    ///
    /// @param upstreams empty: those of `/etc/resolv.conf`
    /// @param trustAnchorFile empty: the root's keys as built in
    public record Dns(
            List<InetSocketAddress> upstreams,
            Optional<Path> trustAnchorFile,
            Duration tryTimeout,
            Duration timeout,
            int cacheEntries,
            boolean mixedCase) {}

    /// Handing mail on.
    public record Delivery(
            int port,
            Optional<InetAddress> sourceIpv4,
            Optional<InetAddress> sourceIpv6,
            boolean ipv6,
            Duration connectTimeout,
            Duration commandTimeout,
            Duration dataTimeout,
            int connectionsPerHost,
            Reuse reuse) {}

    /// Handing several messages over on one connection.
    ///
    /// @param messages over one connection, at most
    /// @param idle how long a connection waits for its next message
    /// @param waiting connections that wait, at most
    public record Reuse(int messages, Duration idle, int waiting) {}

    /// What the sender's side does about the receivers' policies.
    ///
    /// @param caBundle empty: the certification authorities of the Java platform
    public record Policy(Mode dane, Mode mtaSts, Optional<Path> caBundle, StsFetch stsFetch) {}

    /// Fetching MTA-STS policies.
    ///
    /// @param graceRetries for how many retries a message waits when the policy record cannot be looked up
    /// @param refreshRate remembered policies fetched again in a second, at most
    public record StsFetch(int port, boolean privateAddresses, Duration timeout, int graceRetries, int refreshRate) {}

    /// Sending TLS reports.
    ///
    /// @param contact its host is a domain
    /// @param informationPage https, without fragment
    /// @param keys at least one
    public record Reports(
            Mailbox from,
            String organization,
            Mailbox contact,
            Optional<URI> informationPage,
            List<DkimKeyFile> keys,
            boolean privateAddresses,
            Duration httpsTimeout) {
        public Reports {
            keys = List.copyOf(keys);
        }
    }

    /// A key that signs report mail.
    public record DkimKeyFile(DomainName domain, String selector, Path file) {}

    /// Taking TLS reports in.
    ///
    /// @param address our mailbox for them; empty when none are taken by mail
    /// @param domains whose reports are taken; empty when none are taken at all
    /// @param signatureNeeded whether those by mail must be signed
    /// @param retention how long they are kept
    public record ReportReception(
            Optional<Mailbox> address, List<DomainName> domains, boolean signatureNeeded, Duration retention) {}

    /// Serving HTTPS.
    ///
    /// @param addresses empty when nothing is served; otherwise there is a certificate
    public record Http(List<InetSocketAddress> addresses, Optional<ServerCertificate> certificate) {}

    /// Whether a mechanism is used where a receiver asks for it.
    public enum Mode {
        NONE,
        OPPORTUNISTIC;

        /// The same as a demand that applies where no connector says otherwise.
        public MechanismUse use() {
            return switch (this) {
                case NONE -> MechanismUse.NONE;
                case OPPORTUNISTIC -> MechanismUse.OPPORTUNISTIC;
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
