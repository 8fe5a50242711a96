// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import static org.gatepost.gateway.config.Forms.duration;
import static org.gatepost.gateway.config.Forms.flag;
import static org.gatepost.gateway.config.Forms.integer;
import static org.gatepost.gateway.config.Forms.nonEmptyListOf;
import static org.gatepost.gateway.config.Forms.oneOf;
import static org.gatepost.gateway.config.Forms.printableText;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gatepost.gateway.config.Connector.SmartHost;
import org.gatepost.policy.MechanismUse;
import org.gatepost.policy.MxPattern;

/// The keys of a `[[connector]]` table, of which there may be any number. Documented beside [ConfigKeys].
///
/// A key whose default is empty text must be given.
public final class ConnectorKeys {
    /// The name of the tables.
    public static final String TABLE = "connector";

    static final ConfigKey<String> NAME = new ConfigKey<>(
            "connector.name",
            ConnectorForms.name(),
            "",
            "What logs, reports and `explain` call the connector. No two have the same.");
    static final ConfigKey<List<DomainPattern>> DOMAINS = new ConfigKey<>(
            "connector.domains",
            nonEmptyListOf(ConnectorForms.domainPattern()),
            "",
            "The recipient domains that the connector is for: `example.com` is that domain alone, `*.example.com` every domain"
                    + " below it at any depth but not itself, `*` every domain. The most specific pattern decides, wherever it"
                    + " stands in the file; no pattern may stand twice.");
    static final ConfigKey<List<SmartHost>> SMART_HOSTS = new ConfigKey<>(
            "connector.smart-hosts",
            ConnectorForms.smartHosts(),
            "[]",
            "Relays to hand the mail to, each tried after those before it. Without brackets the name's MX records name the"
                    + " hosts, with brackets it is the host, as in Postfix; a port may follow. Each is validated under its own"
                    + " name: its DNSSEC, TLSA records and MTA-STS policy count, not the recipient domain's. Empty: the MX hosts"
                    + " of the recipient domain.");
    static final ConfigKey<TlsWord> TLS = new ConfigKey<>(
            "connector.tls",
            oneOf(TlsWord.class),
            "\"opportunistic\"",
            "What is demanded of TLS, besides what the receiver publishes. `none`: TLS is not used. `opportunistic`: it is used"
                    + " where offered. `encryption`: TLS 1.2 or higher, with any certificate. `certificate-validation`: the"
                    + " certificate must lead to an authority of `policy.ca-bundle`, whatever its name. `domain-validation`:"
                    + " it must also bear `connector.tls-name`.");
    static final ConfigKey<Optional<MxPattern>> TLS_NAME = new ConfigKey<>(
            "connector.tls-name",
            ConnectorForms.certificateName(),
            "\"\"",
            "The name that the certificate must bear as subject alternative name; goes with `domain-validation`.");
    static final ConfigKey<MechanismUse> DANE = new ConfigKey<>(
            "connector.dane",
            oneOf(MechanismUse.class),
            "that of policy.dane",
            "`opportunistic`: DANE is enforced where it is published. `mandatory`: a host without usable TLSA records, or named"
                    + " by unsigned MX records, gets no mail. `none`: TLSA records are not asked for.");
    static final ConfigKey<MechanismUse> MTA_STS = new ConfigKey<>(
            "connector.mta-sts",
            oneOf(MechanismUse.class),
            "that of policy.mta-sts",
            "`opportunistic`: MTA-STS is applied where it is published. `mandatory`: a domain without a policy in mode `enforce`"
                    + " gets no mail. `none`: policies are not looked up.");
    static final ConfigKey<Boolean> DANE_SUFFICES = new ConfigKey<>(
            "connector.dane-suffices",
            flag(),
            "false",
            "Whether a host that DANE authenticates, under signed MX records, may fail an MTA-STS policy in mode `enforce`. RFC"
                    + " 8461 §5 says no; Postfix does it. The policy is still judged and reported.");
    static final ConfigKey<List<Duration>> RETRY = new ConfigKey<>(
            "connector.retry",
            nonEmptyListOf(duration("100ms", "1d")),
            "that of queue.retry",
            "The waits before the second, third … attempt.");
    static final ConfigKey<Duration> LIFETIME = new ConfigKey<>(
            "connector.lifetime",
            duration("1s", "30d"),
            "that of queue.lifetime",
            "How long a message is tried before it is returned.");
    static final ConfigKey<Integer> CONCURRENCY = new ConfigKey<>(
            "connector.concurrency",
            integer(1, 10_000),
            "that of queue.concurrency",
            "The most deliveries under way at once through the connector, to all its domains together.");
    static final ConfigKey<String> REASON = new ConfigKey<>(
            "connector.reason",
            printableText(200),
            "\"\"",
            "Why less than usual is demanded. Goes with `connector.expires`. Both must be given by a connector that sets `tls`,"
                    + " or a mechanism that is not already off in `[policy]`, to `none`.");
    static final ConfigKey<Optional<LocalDate>> EXPIRES = new ConfigKey<>(
            "connector.expires",
            ConnectorForms.day(),
            "\"\"",
            "The last day, in UTC, on which the connector may demand less than what would hold without it. Afterwards the"
                    + " stricter of both holds; its route and schedule stay.");

    /// All keys, in the order of the reference.
    public static final List<ConfigKey<?>> ALL = List.of(
            NAME,
            DOMAINS,
            SMART_HOSTS,
            TLS,
            TLS_NAME,
            DANE,
            MTA_STS,
            DANE_SUFFICES,
            RETRY,
            LIFETIME,
            CONCURRENCY,
            REASON,
            EXPIRES);

    private ConnectorKeys() {}

    /// The levels of TLS as the file says them.
    enum TlsWord {
        NONE,
        OPPORTUNISTIC,
        ENCRYPTION,
        CERTIFICATE_VALIDATION,
        DOMAIN_VALIDATION;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
