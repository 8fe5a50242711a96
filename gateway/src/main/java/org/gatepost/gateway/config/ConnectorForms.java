// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gatepost.gateway.config.ConfigKey.Form;
import org.gatepost.gateway.config.Connector.SmartHost;
import org.gatepost.names.DomainName;
import org.gatepost.policy.MxPattern;

/// The forms of values that only connectors have.
final class ConnectorForms {
    private static final int MOST_SMART_HOSTS = 10;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}");
    private static final Pattern SMART_HOST = Pattern.compile("(\\[?)([^\\[\\]:]+)(]?)(?::(\\d{1,5}))?");
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private ConnectorForms() {}

    static Form<String> name() {
        return new Form<>("name of 1 to 40 letters, digits, hyphens, dots and underscores", value -> {
            String text = Forms.text(value);
            if (!NAME.matcher(text).matches()) {
                throw new IllegalArgumentException("other characters, or too long");
            }
            return text;
        });
    }

    static Form<DomainPattern> domainPattern() {
        return new Form<>(
                "domain such as \"example.com\", \"*.example.com\" or \"*\"",
                value -> DomainPattern.parse(Forms.text(value)));
    }

    static Form<List<SmartHost>> smartHosts() {
        Form<List<SmartHost>> list = Forms.listOf(new Form<>(
                "host such as \"relay.example.com\", \"[relay.example.com]\" or \"[relay.example.com]:587\"",
                value -> smartHost(Forms.text(value))));
        return new Form<>(list.description() + ", at most " + MOST_SMART_HOSTS, value -> {
            List<SmartHost> hosts = list.parser().parse(value);
            if (hosts.size() > MOST_SMART_HOSTS) {
                throw new IllegalArgumentException("too many");
            }
            if (hosts.stream().distinct().count() < hosts.size()) {
                throw new IllegalArgumentException("one stands twice");
            }
            return hosts;
        });
    }

    /// An address is refused: nothing can be published for it, and no certificate be held against it.
    private static SmartHost smartHost(String text) {
        Matcher matcher = SMART_HOST.matcher(text);
        if (!matcher.matches() || matcher.group(1).isEmpty() != matcher.group(3).isEmpty()) {
            throw new IllegalArgumentException("not a host name with or without brackets and port");
        }
        DomainName name = DomainName.parse(matcher.group(2));
        if (name.isRoot() || NUMBER.matcher(name.labels().getLast()).matches()) {
            throw new IllegalArgumentException("a host name, not an address");
        }
        return new SmartHost(
                name,
                matcher.group(1).isEmpty(),
                Optional.ofNullable(matcher.group(4)).map(ConnectorForms::port));
    }

    private static int port(String digits) {
        int port = Integer.parseInt(digits);
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("not a port");
        }
        return port;
    }

    static Form<Optional<MxPattern>> certificateName() {
        return new Form<>(
                "host name, or a wildcard for one label such as \"*.example.com\", or \"\" for none", value -> {
                    String text = Forms.text(value);
                    if (text.isEmpty()) {
                        return Optional.empty();
                    }
                    boolean wildcard = text.startsWith("*.");
                    DomainName name = DomainName.parse(wildcard ? text.substring(2) : text);
                    if (name.labels().size() < (wildcard ? 2 : 1)) {
                        throw new IllegalArgumentException("too wide");
                    }
                    return Optional.of(new MxPattern(wildcard, name));
                });
    }

    static Form<Optional<LocalDate>> day() {
        return new Form<>("day such as 2026-12-31, or \"\" for none", value -> {
            if (value instanceof LocalDate day) {
                return Optional.of(day);
            }
            String text = Forms.text(value);
            try {
                return text.isEmpty() ? Optional.empty() : Optional.of(LocalDate.parse(text));
            } catch (DateTimeException e) {
                throw new IllegalArgumentException("not a day", e);
            }
        });
    }
}
