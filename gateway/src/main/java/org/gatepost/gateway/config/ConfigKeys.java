// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import static org.gatepost.gateway.config.Forms.duration;
import static org.gatepost.gateway.config.Forms.durationOrOff;
import static org.gatepost.gateway.config.Forms.endpoint;
import static org.gatepost.gateway.config.Forms.flag;
import static org.gatepost.gateway.config.Forms.integer;
import static org.gatepost.gateway.config.Forms.listOf;
import static org.gatepost.gateway.config.Forms.network;
import static org.gatepost.gateway.config.Forms.nonEmptyListOf;
import static org.gatepost.gateway.config.Forms.oneOf;
import static org.gatepost.gateway.config.Forms.optionalAddress;
import static org.gatepost.gateway.config.Forms.optionalDomainName;
import static org.gatepost.gateway.config.Forms.optionalFile;
import static org.gatepost.gateway.config.Forms.optionalMailbox;
import static org.gatepost.gateway.config.Forms.optionalPage;
import static org.gatepost.gateway.config.Forms.printableText;
import static org.gatepost.gateway.config.Forms.selector;
import static org.gatepost.gateway.config.Forms.size;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.config.GatewayConfig.Mode;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.tls.TlsProvider;

/// Every key of the configuration file. The reference in `docs/reference/configuration.md` is printed from here.
public final class ConfigKeys {
    static final ConfigKey<DomainName> HOSTNAME = new ConfigKey<>(
            "hostname",
            Forms.domainName(),
            "the machine's host name",
            "What the gateway calls itself: in its banner, in `EHLO`, in `Received` fields and in reports.");

    static final ConfigKey<List<InetSocketAddress>> LISTEN_ADDRESSES = new ConfigKey<>(
            "listen.addresses",
            nonEmptyListOf(endpoint(25)),
            "[\"127.0.0.1:2525\"]",
            "Where mail is taken in by SMTP. Port 0 takes a free one, which the log names.");
    static final ConfigKey<List<Network>> PERMITTED_NETWORKS = new ConfigKey<>(
            "listen.permitted-networks",
            listOf(network()),
            "[\"127.0.0.0/8\", \"::1/128\"]",
            "Whose mail is relayed. A client from elsewhere is told `550 5.7.1` for every recipient, unless it has"
                    + " authenticated.");
    static final ConfigKey<Optional<Path>> USERS = new ConfigKey<>(
            "listen.users-file",
            optionalFile(),
            "\"\"",
            "Who may relay from anywhere, by `AUTH PLAIN` or `AUTH LOGIN` over TLS (RFC 4954): one user in a line, as"
                    + " `gatepost user` prints it. Read again when it changes. Needs `listen.certificate-file`.");
    static final ConfigKey<Optional<Path>> LISTEN_CERTIFICATE = new ConfigKey<>(
            "listen.certificate-file",
            optionalFile(),
            "\"\"",
            "Certificate chain in PEM, leaf first, shown after `STARTTLS`. Without it `STARTTLS` is not offered."
                    + " Goes with `listen.key-file`.");
    static final ConfigKey<Optional<Path>> LISTEN_KEY = new ConfigKey<>(
            "listen.key-file", optionalFile(), "\"\"", "The certificate's private key in PEM (PKCS #8), unencrypted.");
    static final ConfigKey<Integer> MAX_CONNECTIONS = new ConfigKey<>(
            "listen.max-connections",
            integer(1, 100_000),
            "1000",
            "The most clients at once; one more is told `421 4.3.2` and closed.");
    static final ConfigKey<Integer> MAX_CONNECTIONS_PER_ADDRESS = new ConfigKey<>(
            "listen.max-connections-per-address",
            integer(1, 100_000),
            "100",
            "The most connections at once from one address; one more is told `421 4.7.0` and closed.");
    static final ConfigKey<Long> MAX_MESSAGE_SIZE = new ConfigKey<>(
            "listen.max-message-size",
            size("64KB", "2GB"),
            "\"50MB\"",
            "The largest message taken in, announced with `SIZE` (RFC 1870).");
    static final ConfigKey<Integer> MAX_RECIPIENTS = new ConfigKey<>(
            "listen.max-recipients",
            integer(100, 65_536),
            "1000",
            "The most recipients of one message; one more is told `452 4.5.3` (RFC 5321 §4.5.3.1.8: at least 100).");
    static final ConfigKey<Integer> MAX_RECEIVED = new ConfigKey<>(
            "listen.max-received-fields",
            integer(10, 1000),
            "50",
            "A message with more `Received` fields travels in circles and is refused with `554 5.4.6`.");
    static final ConfigKey<Duration> LISTEN_COMMAND_TIMEOUT = new ConfigKey<>(
            "listen.command-timeout",
            duration("1s", "1h"),
            "\"5m\"",
            "How long a client may take for its next command (RFC 5321 §4.5.3.2.7).");
    static final ConfigKey<Duration> LISTEN_DATA_TIMEOUT = new ConfigKey<>(
            "listen.data-timeout",
            duration("1s", "1h"),
            "\"5m\"",
            "How long a client may pause within a message's content.");

    static final ConfigKey<Path> SPOOL_DIRECTORY = new ConfigKey<>(
            "spool.directory",
            Forms.path(),
            "\"/var/lib/gatepost\"",
            "Where the queue and the policy memory live. Made when missing; one gateway at a time.");

    static final ConfigKey<List<Duration>> QUEUE_RETRY = new ConfigKey<>(
            "queue.retry",
            nonEmptyListOf(duration("100ms", "1d")),
            "[\"15m\", \"15m\", \"1h\"]",
            "The waits before the second, third … attempt; the last one repeats. Every attempt asks DNS and evaluates the"
                    + " policies anew.");
    static final ConfigKey<Duration> QUEUE_LIFETIME = new ConfigKey<>(
            "queue.lifetime",
            duration("1s", "30d"),
            "\"24h\"",
            "How long a message is tried before it is returned. The last attempt is made when it ends.");
    static final ConfigKey<Optional<Duration>> QUEUE_DELAY_WARNING = new ConfigKey<>(
            "queue.delay-warning",
            durationOrOff("1s", "30d"),
            "\"4h\"",
            "When a sender is told that a message is late and still tried, once for each recipient. Nobody is told who asked"
                    + " not to be (RFC 3461, NOTIFY).");
    static final ConfigKey<Integer> QUEUE_CONCURRENCY =
            new ConfigKey<>("queue.concurrency", integer(1, 10_000), "500", "The most deliveries under way at once.");
    static final ConfigKey<Integer> QUEUE_CONCURRENCY_PER_DOMAIN = new ConfigKey<>(
            "queue.concurrency-per-domain",
            integer(1, 1000),
            "20",
            "The most deliveries under way at once to one recipient domain.");

    static final ConfigKey<List<InetSocketAddress>> DNS_UPSTREAMS = new ConfigKey<>(
            "dns.upstreams",
            listOf(endpoint(53)),
            "[]",
            "Recursive resolvers that pass DNSSEC records on, in order of preference. Empty: the name servers of"
                    + " `/etc/resolv.conf`. They need not be trusted: the gateway validates every answer itself.");
    static final ConfigKey<Optional<Path>> TRUST_ANCHOR = new ConfigKey<>(
            "dns.trust-anchor-file",
            optionalFile(),
            "\"\"",
            "DS or DNSKEY records that replace the built-in root keys (KSK-2017 and KSK-2024).");
    static final ConfigKey<Duration> DNS_TRY_TIMEOUT = new ConfigKey<>(
            "dns.try-timeout", duration("100ms", "30s"), "\"2s\"", "How long one try at one upstream may take.");
    static final ConfigKey<Duration> DNS_TIMEOUT = new ConfigKey<>(
            "dns.timeout", duration("500ms", "60s"), "\"10s\"", "How long one question may take with all its tries.");
    static final ConfigKey<Integer> DNS_CACHE = new ConfigKey<>(
            "dns.cache-entries", integer(100, 10_000_000), "100000", "The most answers kept in memory.");
    static final ConfigKey<Boolean> DNS_MIXED_CASE = new ConfigKey<>(
            "dns.mixed-case",
            flag(),
            "false",
            "Whether names are asked in letters of random case, which a forger of unsigned answers must guess too. An"
                    + " upstream that does not keep the case is then asked over TCP.");

    static final ConfigKey<Integer> DELIVERY_PORT = new ConfigKey<>(
            "delivery.port",
            integer(1, 65535),
            "25",
            "The port of the receiving hosts; also the port in the names of TLSA records.");
    static final ConfigKey<Optional<InetAddress>> SOURCE_IPV4 = new ConfigKey<>(
            "delivery.source-ipv4",
            optionalAddress(Inet4Address.class),
            "\"\"",
            "The local IPv4 address that deliveries come from.");
    static final ConfigKey<Optional<InetAddress>> SOURCE_IPV6 = new ConfigKey<>(
            "delivery.source-ipv6",
            optionalAddress(Inet6Address.class),
            "\"\"",
            "The local IPv6 address that deliveries come from.");
    static final ConfigKey<Boolean> DELIVERY_IPV6 = new ConfigKey<>(
            "delivery.ipv6", flag(), "true", "Whether receiving hosts are also tried at their IPv6 addresses.");
    static final ConfigKey<Duration> CONNECT_TIMEOUT = new ConfigKey<>(
            "delivery.connect-timeout",
            duration("100ms", "10m"),
            "\"30s\"",
            "How long a connection, and then its TLS handshake, may take.");
    static final ConfigKey<Duration> DELIVERY_COMMAND_TIMEOUT = new ConfigKey<>(
            "delivery.command-timeout",
            duration("100ms", "1h"),
            "\"5m\"",
            "How long the banner and each reply may take (RFC 5321 §4.5.3.2).");
    static final ConfigKey<Duration> DELIVERY_DATA_TIMEOUT = new ConfigKey<>(
            "delivery.data-timeout",
            duration("100ms", "1h"),
            "\"10m\"",
            "How long the reply after the final dot may take (RFC 5321 §4.5.3.2.6).");

    static final ConfigKey<Integer> CONNECTIONS_PER_HOST = new ConfigKey<>(
            "delivery.connections-per-host",
            integer(1, 10_000),
            "50",
            "The most connections at once to one address of a receiving host, whatever the number of domains it serves. Mail"
                    + " that finds it full waits for a place.");
    static final ConfigKey<Integer> MESSAGES_PER_CONNECTION = new ConfigKey<>(
            "delivery.messages-per-connection",
            integer(1, 10_000),
            "100",
            "The most messages handed over on one connection. Messages share one only when the same is demanded of it.");
    static final ConfigKey<Duration> IDLE_CONNECTION = new ConfigKey<>(
            "delivery.idle-connection",
            duration("100ms", "1m"),
            "\"5s\"",
            "How long a connection waits for its next message before it is closed.");
    static final ConfigKey<Integer> IDLE_CONNECTIONS = new ConfigKey<>(
            "delivery.idle-connections",
            integer(0, 100_000),
            "1000",
            "The most connections that wait for their next message.");
    static final ConfigKey<Mode> DANE = new ConfigKey<>(
            "policy.dane",
            oneOf(Mode.class),
            "\"opportunistic\"",
            "`opportunistic`: DANE is enforced where a receiver publishes it (RFC 7672). `none`: TLSA records are never asked"
                    + " for.");
    static final ConfigKey<Mode> MTA_STS = new ConfigKey<>(
            "policy.mta-sts",
            oneOf(Mode.class),
            "\"opportunistic\"",
            "`opportunistic`: MTA-STS is applied where a receiver publishes it (RFC 8461). `none`: policies are never looked"
                    + " up.");
    static final ConfigKey<Optional<Path>> CA_BUNDLE = new ConfigKey<>(
            "policy.ca-bundle",
            optionalFile(),
            "\"\"",
            "Certification authorities, in PEM, trusted for MTA-STS: for policy hosts and for MX hosts. Empty: those of the"
                    + " Java platform.");
    static final ConfigKey<Integer> STS_PORT = new ConfigKey<>(
            "policy.mta-sts-port",
            integer(1, 65535),
            "443",
            "The HTTPS port of policy hosts; anything but 443 is for tests (RFC 8461 §3.3).");
    static final ConfigKey<Boolean> STS_PRIVATE = new ConfigKey<>(
            "policy.mta-sts-private-addresses",
            flag(),
            "false",
            "Whether policies may be fetched from loopback, link-local and private addresses. Keep it false where strangers"
                    + " can name the domains that mail is sent to.");
    static final ConfigKey<Duration> STS_TIMEOUT = new ConfigKey<>(
            "policy.mta-sts-timeout",
            duration("500ms", "60s"),
            "\"60s\"",
            "How long fetching a policy may take in all (RFC 8461 §3.3 suggests one minute).");
    static final ConfigKey<Integer> STS_GRACE = new ConfigKey<>(
            "policy.mta-sts-grace-retries",
            integer(0, 100),
            "2",
            "When looking up the policy record fails and no policy is remembered, a message waits for so many retries before it"
                    + " goes as without a policy.");
    static final ConfigKey<Integer> STS_REFRESH = new ConfigKey<>(
            "policy.mta-sts-refresh-rate",
            integer(1, 1000),
            "20",
            "How many remembered policies are fetched again in a second, at most. Each is fetched about once a day; 20 are enough"
                    + " for a million.");

    static final ConfigKey<Optional<Mailbox>> REPORTS_FROM = new ConfigKey<>(
            "reports.from",
            optionalMailbox(),
            "\"\"",
            "Who sends TLS reports (RFC 8460), such as `tls-reports@example.com`. Without it none are sent. Goes with at least"
                    + " one DKIM key: report mail without a signature is ignored by its receivers (§3).");
    static final ConfigKey<String> REPORTS_ORGANIZATION = new ConfigKey<>(
            "reports.organization",
            printableText(200),
            "\"\"",
            "Who you are, in the words of the report. Empty: the `hostname`.");
    static final ConfigKey<Optional<Mailbox>> REPORTS_CONTACT = new ConfigKey<>(
            "reports.contact",
            optionalMailbox(),
            "\"\"",
            "Whom receivers may ask about a report; its domain is named as the report's submitter. Empty: `reports.from`.");
    static final ConfigKey<Optional<URI>> REPORTS_INFORMATION = new ConfigKey<>(
            "reports.information-page",
            optionalPage(),
            "\"\"",
            "A page of yours that explains failures, such as `https://postmaster.example.com/tls`. Each failure in a report then"
                    + " has it as `additional-information`, with the result type as fragment (RFC 8460 §4.4).");
    static final ConfigKey<Optional<DomainName>> REPORTS_DKIM_DOMAIN = new ConfigKey<>(
            "reports.dkim-domain",
            optionalDomainName(),
            "\"\"",
            "The domain that signs report mail. Empty: that of `reports.from`, which must be this domain or lie below it.");
    static final ConfigKey<Optional<Path>> REPORTS_RSA_KEY = new ConfigKey<>(
            "reports.dkim-rsa-key-file",
            optionalFile(),
            "\"\"",
            "RSA key of 2048 to 4096 bits in PEM that signs report mail (RFC 6376). `gatepost report dkim` prints the DNS"
                    + " record that goes with it.");
    static final ConfigKey<String> REPORTS_RSA_SELECTOR =
            new ConfigKey<>("reports.dkim-rsa-selector", selector(), "\"tlsrpt-rsa\"", "The selector of the RSA key.");
    static final ConfigKey<Optional<Path>> REPORTS_ED25519_KEY = new ConfigKey<>(
            "reports.dkim-ed25519-key-file",
            optionalFile(),
            "\"\"",
            "Ed25519 key in PEM (PKCS #8) that signs report mail (RFC 8463), beside the RSA key: not every receiver can verify"
                    + " it.");
    static final ConfigKey<String> REPORTS_ED25519_SELECTOR = new ConfigKey<>(
            "reports.dkim-ed25519-selector", selector(), "\"tlsrpt-ed25519\"", "The selector of the Ed25519 key.");
    static final ConfigKey<Boolean> REPORTS_PRIVATE = new ConfigKey<>(
            "reports.private-addresses",
            flag(),
            "false",
            "Whether reports may be posted by HTTPS to loopback, link-local and private addresses. Keep it false where strangers"
                    + " can name the domains that mail is sent to.");
    static final ConfigKey<Duration> REPORTS_HTTPS_TIMEOUT = new ConfigKey<>(
            "reports.https-timeout", duration("1s", "5m"), "\"30s\"", "How long posting a report may take in all.");

    static final ConfigKey<Optional<Mailbox>> REPORTS_ADDRESS = new ConfigKey<>(
            "reports.address",
            optionalMailbox(),
            "\"\"",
            "The mailbox that `rua=mailto:` of your domains names. Mail to it is taken in whoever sends it, read as a TLS report"
                    + " and not relayed. Goes with `reports.domains`.");
    static final ConfigKey<List<DomainName>> REPORTS_DOMAINS = new ConfigKey<>(
            "reports.domains",
            listOf(Forms.domainName()),
            "[]",
            "The domains whose TLS reports are taken, by mail to `reports.address` and by POST to `/tlsrpt` at"
                    + " `http.addresses`; a subdomain is one of its own. Reports about others are refused.");
    static final ConfigKey<Boolean> REPORTS_REQUIRE_DKIM = new ConfigKey<>(
            "reports.require-dkim",
            flag(),
            "true",
            "Whether a report by mail without a valid DKIM signature of its sender is refused, as RFC 8460 §3 demands.");
    static final ConfigKey<Duration> REPORTS_RETENTION = new ConfigKey<>(
            "reports.retention", duration("1d", "3650d"), "\"400d\"", "How long received reports are kept.");

    static final ConfigKey<List<InetSocketAddress>> HTTP_ADDRESSES = new ConfigKey<>(
            "http.addresses",
            listOf(endpoint(443)),
            "[]",
            "Where HTTPS is served; nowhere by default. Port 0 takes a free one, which the log names. Goes with"
                    + " `http.certificate-file`.");
    static final ConfigKey<Optional<Path>> HTTP_CERTIFICATE = new ConfigKey<>(
            "http.certificate-file",
            optionalFile(),
            "\"\"",
            "Certificate chain in PEM, leaf first, for HTTPS. Goes with `http.key-file`.");
    static final ConfigKey<Optional<Path>> HTTP_KEY = new ConfigKey<>(
            "http.key-file", optionalFile(), "\"\"", "The certificate's private key in PEM (PKCS #8), unencrypted.");

    static final ConfigKey<TlsProvider> TLS_PROVIDER = new ConfigKey<>(
            "tls.provider",
            oneOf(TlsProvider.class),
            "\"auto\"",
            "Whose code does TLS. `native`: BoringSSL, which comes along for Linux with glibc on x86-64 and ARM64 and shakes hands"
                    + " several times as fast. `jsse`: the Java platform's own. `auto`: BoringSSL where it can be loaded; a server"
                    + " that it cannot agree with is met by the Java platform instead.");

    /// All keys, in the order of the reference.
    public static final List<ConfigKey<?>> ALL = List.of(
            HOSTNAME,
            LISTEN_ADDRESSES,
            PERMITTED_NETWORKS,
            USERS,
            LISTEN_CERTIFICATE,
            LISTEN_KEY,
            MAX_CONNECTIONS,
            MAX_CONNECTIONS_PER_ADDRESS,
            MAX_MESSAGE_SIZE,
            MAX_RECIPIENTS,
            MAX_RECEIVED,
            LISTEN_COMMAND_TIMEOUT,
            LISTEN_DATA_TIMEOUT,
            SPOOL_DIRECTORY,
            QUEUE_RETRY,
            QUEUE_LIFETIME,
            QUEUE_DELAY_WARNING,
            QUEUE_CONCURRENCY,
            QUEUE_CONCURRENCY_PER_DOMAIN,
            DNS_UPSTREAMS,
            TRUST_ANCHOR,
            DNS_TRY_TIMEOUT,
            DNS_TIMEOUT,
            DNS_CACHE,
            DNS_MIXED_CASE,
            DELIVERY_PORT,
            SOURCE_IPV4,
            SOURCE_IPV6,
            DELIVERY_IPV6,
            CONNECT_TIMEOUT,
            DELIVERY_COMMAND_TIMEOUT,
            DELIVERY_DATA_TIMEOUT,
            CONNECTIONS_PER_HOST,
            MESSAGES_PER_CONNECTION,
            IDLE_CONNECTION,
            IDLE_CONNECTIONS,
            DANE,
            MTA_STS,
            CA_BUNDLE,
            STS_PORT,
            STS_PRIVATE,
            STS_TIMEOUT,
            STS_GRACE,
            STS_REFRESH,
            REPORTS_FROM,
            REPORTS_ORGANIZATION,
            REPORTS_CONTACT,
            REPORTS_INFORMATION,
            REPORTS_DKIM_DOMAIN,
            REPORTS_RSA_KEY,
            REPORTS_RSA_SELECTOR,
            REPORTS_ED25519_KEY,
            REPORTS_ED25519_SELECTOR,
            REPORTS_PRIVATE,
            REPORTS_HTTPS_TIMEOUT,
            REPORTS_ADDRESS,
            REPORTS_DOMAINS,
            REPORTS_REQUIRE_DKIM,
            REPORTS_RETENTION,
            HTTP_ADDRESSES,
            HTTP_CERTIFICATE,
            HTTP_KEY,
            TLS_PROVIDER);

    private ConfigKeys() {}
}
