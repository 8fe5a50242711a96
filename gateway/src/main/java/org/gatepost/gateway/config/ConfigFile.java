// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.config.GatewayConfig.Delivery;
import org.gatepost.gateway.config.GatewayConfig.DkimKeyFile;
import org.gatepost.gateway.config.GatewayConfig.Dns;
import org.gatepost.gateway.config.GatewayConfig.Http;
import org.gatepost.gateway.config.GatewayConfig.Limits;
import org.gatepost.gateway.config.GatewayConfig.Listen;
import org.gatepost.gateway.config.GatewayConfig.Policy;
import org.gatepost.gateway.config.GatewayConfig.Queue;
import org.gatepost.gateway.config.GatewayConfig.ReportReception;
import org.gatepost.gateway.config.GatewayConfig.Reports;
import org.gatepost.gateway.config.GatewayConfig.Reuse;
import org.gatepost.gateway.config.GatewayConfig.ServerCertificate;
import org.gatepost.gateway.config.GatewayConfig.StsFetch;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.names.NameSyntaxException;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/// Reads a TOML configuration file into a [GatewayConfig]; refuses keys it does not know and values out of their
/// form.
public final class ConfigFile {
    private static final long MAX_SIZE = 1_000_000;

    private final ConfigTable root;
    private final Path folder;

    private ConfigFile(ConfigTable root, Path folder) {
        this.root = root;
        this.folder = folder;
    }

    /// Reads a file. Relative paths in it are relative to its folder.
    ///
    /// @throws ConfigProblem with one line that names the file, the line, the key and the rule
    public static GatewayConfig read(Path file) throws ConfigProblem {
        String text;
        try {
            if (Files.size(file) > MAX_SIZE) {
                throw new ConfigProblem(file + ": a configuration file has at most 1 MB");
            }
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new ConfigProblem(file + ": there is no such file", e);
        } catch (IOException e) {
            throw new ConfigProblem(file + ": cannot be read as UTF-8 text", e);
        }
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
        return parse(file.toString(), text, folder);
    }

    /// What holds when there is no file.
    public static GatewayConfig defaults() throws ConfigProblem {
        return parse("defaults", "", Path.of("").toAbsolutePath());
    }

    static GatewayConfig parse(String place, String text, Path folder) throws ConfigProblem {
        TomlParseResult toml = Toml.parse(text);
        if (toml.hasErrors()) {
            var first = toml.errors().getFirst();
            throw new ConfigProblem(place + ":" + first.position().line() + ": not TOML: "
                    + String.valueOf(first.getMessage()).lines().findFirst().orElse(""));
        }
        ConfigFile file = new ConfigFile(ConfigTable.root(place, toml), folder);
        file.refuseUnknownKeys();
        return file.toConfig();
    }

    private void refuseUnknownKeys() throws ConfigProblem {
        ConnectorTables.requireTables(root);
        List<String> known = new ArrayList<>(List.of(ConnectorKeys.TABLE));
        ConfigKeys.ALL.forEach(key -> known.add(key.name()));
        root.refuseOthers(known);
    }

    private GatewayConfig toConfig() throws ConfigProblem {
        Queue queue = queue();
        Policy policy = policy();
        DomainName hostname = root.contains(ConfigKeys.HOSTNAME) ? value(ConfigKeys.HOSTNAME) : machineName();
        return new GatewayConfig(
                hostname,
                listen(),
                queue,
                new Dns(
                        value(ConfigKeys.DNS_UPSTREAMS),
                        existing(ConfigKeys.TRUST_ANCHOR),
                        value(ConfigKeys.DNS_TRY_TIMEOUT),
                        value(ConfigKeys.DNS_TIMEOUT),
                        value(ConfigKeys.DNS_CACHE),
                        value(ConfigKeys.DNS_MIXED_CASE)),
                new Delivery(
                        value(ConfigKeys.DELIVERY_PORT),
                        value(ConfigKeys.SOURCE_IPV4),
                        value(ConfigKeys.SOURCE_IPV6),
                        value(ConfigKeys.DELIVERY_IPV6),
                        value(ConfigKeys.CONNECT_TIMEOUT),
                        value(ConfigKeys.DELIVERY_COMMAND_TIMEOUT),
                        value(ConfigKeys.DELIVERY_DATA_TIMEOUT),
                        value(ConfigKeys.CONNECTIONS_PER_HOST),
                        new Reuse(
                                value(ConfigKeys.MESSAGES_PER_CONNECTION),
                                value(ConfigKeys.IDLE_CONNECTION),
                                value(ConfigKeys.IDLE_CONNECTIONS))),
                policy,
                ConnectorTables.read(root, queue, policy),
                reports(hostname),
                reportReception(),
                http(),
                value(ConfigKeys.TLS_PROVIDER),
                folder.resolve(value(ConfigKeys.SPOOL_DIRECTORY)));
    }

    private Queue queue() throws ConfigProblem {
        return new Queue(
                value(ConfigKeys.QUEUE_RETRY),
                value(ConfigKeys.QUEUE_LIFETIME),
                value(ConfigKeys.QUEUE_DELAY_WARNING),
                value(ConfigKeys.QUEUE_CONCURRENCY),
                value(ConfigKeys.QUEUE_CONCURRENCY_PER_DOMAIN));
    }

    private Listen listen() throws ConfigProblem {
        Optional<ServerCertificate> certificate = certificate(ConfigKeys.LISTEN_CERTIFICATE, ConfigKeys.LISTEN_KEY);
        Optional<Path> users = existing(ConfigKeys.USERS);
        if (users.isPresent() && certificate.isEmpty()) {
            throw problem(
                    ConfigKeys.USERS.name(),
                    "passwords are taken over TLS only: give listen.certificate-file and listen.key-file");
        }
        return new Listen(
                value(ConfigKeys.LISTEN_ADDRESSES),
                value(ConfigKeys.PERMITTED_NETWORKS),
                users,
                certificate,
                new Limits(
                        value(ConfigKeys.MAX_CONNECTIONS),
                        value(ConfigKeys.MAX_CONNECTIONS_PER_ADDRESS),
                        value(ConfigKeys.MAX_MESSAGE_SIZE),
                        value(ConfigKeys.MAX_RECIPIENTS),
                        value(ConfigKeys.MAX_RECEIVED),
                        value(ConfigKeys.LISTEN_COMMAND_TIMEOUT),
                        value(ConfigKeys.LISTEN_DATA_TIMEOUT)));
    }

    private Optional<ServerCertificate> certificate(
            ConfigKey<Optional<Path>> chainKey, ConfigKey<Optional<Path>> secretKey) throws ConfigProblem {
        Optional<Path> certificate = existing(chainKey);
        Optional<Path> key = existing(secretKey);
        if (certificate.isPresent() != key.isPresent()) {
            throw problem(
                    certificate.isPresent() ? chainKey.name() : secretKey.name(),
                    chainKey.name() + " and " + secretKey.name() + " go together");
        }
        return certificate.flatMap(chain -> key.map(secret -> new ServerCertificate(chain, secret)));
    }

    private ReportReception reportReception() throws ConfigProblem {
        ReportReception reception = new ReportReception(
                value(ConfigKeys.REPORTS_ADDRESS),
                value(ConfigKeys.REPORTS_DOMAINS),
                value(ConfigKeys.REPORTS_REQUIRE_DKIM),
                value(ConfigKeys.REPORTS_RETENTION));
        if (reception.domains().isEmpty() && reception.address().isPresent()) {
            throw problem(
                    ConfigKeys.REPORTS_ADDRESS.name(), "reports.domains must say whose TLS reports are taken there");
        }
        if (!reception.domains().isEmpty()
                && reception.address().isEmpty()
                && value(ConfigKeys.HTTP_ADDRESSES).isEmpty()) {
            throw problem(
                    ConfigKeys.REPORTS_DOMAINS.name(),
                    "there is no way for reports to come: give reports.address or http.addresses");
        }
        return reception;
    }

    private Http http() throws ConfigProblem {
        Http http = new Http(
                value(ConfigKeys.HTTP_ADDRESSES), certificate(ConfigKeys.HTTP_CERTIFICATE, ConfigKeys.HTTP_KEY));
        if (!http.addresses().isEmpty() && http.certificate().isEmpty()) {
            throw problem(ConfigKeys.HTTP_ADDRESSES.name(), "HTTPS needs http.certificate-file and http.key-file");
        }
        return http;
    }

    private Policy policy() throws ConfigProblem {
        return new Policy(
                value(ConfigKeys.DANE),
                value(ConfigKeys.MTA_STS),
                existing(ConfigKeys.CA_BUNDLE),
                new StsFetch(
                        value(ConfigKeys.STS_PORT),
                        value(ConfigKeys.STS_PRIVATE),
                        value(ConfigKeys.STS_TIMEOUT),
                        value(ConfigKeys.STS_GRACE),
                        value(ConfigKeys.STS_REFRESH)));
    }

    /// Reads every key first: a wrong value is refused even while no reports are sent.
    private Optional<Reports> reports(DomainName hostname) throws ConfigProblem {
        Optional<Mailbox> from = value(ConfigKeys.REPORTS_FROM);
        Optional<DomainName> author = from.flatMap(ConfigFile::domain);
        Optional<DomainName> signing = value(ConfigKeys.REPORTS_DKIM_DOMAIN).or(() -> author);
        List<DkimKeyFile> keys = new ArrayList<>();
        addKey(keys, signing, ConfigKeys.REPORTS_RSA_KEY, ConfigKeys.REPORTS_RSA_SELECTOR);
        addKey(keys, signing, ConfigKeys.REPORTS_ED25519_KEY, ConfigKeys.REPORTS_ED25519_SELECTOR);
        String organization = value(ConfigKeys.REPORTS_ORGANIZATION);
        Optional<Mailbox> contact = value(ConfigKeys.REPORTS_CONTACT);
        Optional<URI> informationPage = value(ConfigKeys.REPORTS_INFORMATION);
        boolean privateAddresses = value(ConfigKeys.REPORTS_PRIVATE);
        Duration httpsTimeout = value(ConfigKeys.REPORTS_HTTPS_TIMEOUT);
        if (from.isEmpty() || author.isEmpty()) {
            return Optional.empty();
        }
        requireKeys(author.get(), signing, keys);
        return Optional.of(new Reports(
                from.get(),
                organization.isEmpty() ? hostname.toString() : organization,
                contact.orElse(from.get()),
                informationPage,
                keys,
                privateAddresses,
                httpsTimeout));
    }

    private void requireKeys(DomainName author, Optional<DomainName> signing, List<DkimKeyFile> keys)
            throws ConfigProblem {
        if (keys.isEmpty()) {
            throw problem(
                    ConfigKeys.REPORTS_FROM.name(),
                    "reports by mail must be signed (RFC 8460 §3): give reports.dkim-rsa-key-file or"
                            + " reports.dkim-ed25519-key-file");
        }
        if (signing.filter(author::isWithin).isEmpty()) {
            throw problem(
                    ConfigKeys.REPORTS_DKIM_DOMAIN.name(),
                    "must be the domain of reports.from, " + author + ", or one above it");
        }
        if (keys.size() == 2 && keys.get(0).selector().equals(keys.get(1).selector())) {
            throw problem(ConfigKeys.REPORTS_ED25519_SELECTOR.name(), "must differ from reports.dkim-rsa-selector");
        }
    }

    private static Optional<DomainName> domain(Mailbox mailbox) {
        return mailbox.host() instanceof Mailbox.Host.Domain(DomainName name) ? Optional.of(name) : Optional.empty();
    }

    private void addKey(
            List<DkimKeyFile> keys,
            Optional<DomainName> domain,
            ConfigKey<Optional<Path>> file,
            ConfigKey<String> selector)
            throws ConfigProblem {
        String label = value(selector);
        Optional<Path> path = existing(file);
        if (path.isPresent() && domain.isPresent()) {
            keys.add(new DkimKeyFile(domain.get(), label, path.get()));
        }
    }

    private <T> T value(ConfigKey<T> key) throws ConfigProblem {
        return root.value(key);
    }

    private Optional<Path> existing(ConfigKey<Optional<Path>> key) throws ConfigProblem {
        Optional<Path> file = value(key).map(folder::resolve);
        if (file.isPresent() && !Files.isReadable(file.get())) {
            throw problem(
                    key.name(),
                    "the file " + file.get() + (Files.exists(file.get()) ? " cannot be read" : " does not exist"));
        }
        return file;
    }

    private ConfigProblem problem(String key, String rule) {
        return root.problem(key, rule);
    }

    private static DomainName machineName() {
        try {
            return DomainName.parse(
                    Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
        } catch (IOException | NameSyntaxException e) {
            return DomainName.parse("localhost");
        }
    }
}
