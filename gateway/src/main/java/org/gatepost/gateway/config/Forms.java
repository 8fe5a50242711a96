// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gatepost.gateway.config.ConfigKey.Form;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;

/// The forms that configuration values take. Values out of range are refused, never clamped.
final class Forms {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KB|MB|GB)");

    private Forms() {}

    static Form<Duration> duration(String least, String most) {
        Duration min = parseDuration(least);
        Duration max = parseDuration(most);
        return new Form<>(
                "duration such as \"90s\", \"15m\", \"24h\" or \"5d\", from " + least + " to " + most, value -> {
                    Duration duration = parseDuration(text(value));
                    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
                        throw new IllegalArgumentException("out of range");
                    }
                    return duration;
                });
    }

    static Form<Optional<Duration>> durationOrOff(String least, String most) {
        Form<Duration> duration = duration(least, most);
        return new Form<>(
                duration.description() + ", or \"off\"",
                value -> text(value).equals("off")
                        ? Optional.empty()
                        : Optional.of(duration.parser().parse(value)));
    }

    static Form<Integer> integer(int least, int most) {
        return new Form<>("integer from " + least + " to " + most, value -> {
            if (!(value instanceof Long number) || number < least || number > most) {
                throw new IllegalArgumentException(value instanceof Long ? "out of range" : "not an integer");
            }
            return number.intValue();
        });
    }

    /// Sizes are decimal: 1 KB is 1000 octets.
    static Form<Long> size(String least, String most) {
        long min = parseSize(least);
        long max = parseSize(most);
        return new Form<>("size such as \"500KB\" or \"50MB\", from " + least + " to " + most, value -> {
            long size = parseSize(text(value));
            if (size < min || size > max) {
                throw new IllegalArgumentException("out of range");
            }
            return size;
        });
    }

    static Form<Boolean> flag() {
        return new Form<>("true or false", value -> {
            if (value instanceof Boolean flag) {
                return flag;
            }
            throw new IllegalArgumentException("neither true nor false");
        });
    }

    static <E extends Enum<E>> Form<E> oneOf(Class<E> type) {
        List<String> words = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            words.add(constant.toString());
        }
        return new Form<>("one of \"" + String.join("\", \"", words) + "\"", value -> {
            int place = words.indexOf(text(value));
            if (place < 0) {
                throw new IllegalArgumentException("not one of these words");
            }
            return type.getEnumConstants()[place];
        });
    }

    static Form<DomainName> domainName() {
        return new Form<>("domain name", value -> {
            DomainName name = DomainName.parse(text(value));
            if (name.isRoot()) {
                throw new IllegalArgumentException("the root is no host");
            }
            return name;
        });
    }

    /// A mailbox at a domain.
    static Form<Optional<Mailbox>> optionalMailbox() {
        return new Form<>("mailbox such as \"reports@example.com\", or \"\" for none", value -> {
            if (text(value).isEmpty()) {
                return Optional.empty();
            }
            Mailbox mailbox = Mailbox.parse(text(value));
            if (mailbox.host() instanceof Mailbox.Host.Literal) {
                throw new IllegalArgumentException("an address instead of a domain");
            }
            return Optional.of(mailbox);
        });
    }

    static Form<Optional<DomainName>> optionalDomainName() {
        return new Form<>(
                "domain name, or \"\" for none",
                value -> text(value).isEmpty()
                        ? Optional.empty()
                        : Optional.of(domainName().parser().parse(value)));
    }

    /// Labels for a name below a domain, such as a DKIM selector (RFC 6376 §3.1).
    static Form<String> selector() {
        return new Form<>("one or more labels of letters, digits and hyphens", value -> {
            String text = text(value);
            if (!text.matches("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
                    + "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?){0,5}")) {
                throw new IllegalArgumentException("other characters, or too long");
            }
            return text.toLowerCase(Locale.ROOT);
        });
    }

    /// An address of a page, without fragment, so that one can be added.
    static Form<Optional<URI>> optionalPage() {
        return new Form<>("https URI without fragment, or \"\" for none", value -> {
            String text = text(value);
            if (text.isEmpty()) {
                return Optional.empty();
            }
            URI uri = URI.create(text);
            if (!"https".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null || uri.getRawFragment() != null) {
                throw new IllegalArgumentException("not such a URI");
            }
            return Optional.of(uri);
        });
    }

    static Form<String> printableText(int most) {
        return new Form<>("text of at most " + most + " printable characters", value -> {
            String text = text(value).strip();
            if (text.codePointCount(0, text.length()) > most
                    || text.codePoints().anyMatch(c -> Character.isISOControl(c) || !Character.isDefined(c))) {
                throw new IllegalArgumentException("too long or not printable");
            }
            return text;
        });
    }

    static Form<Path> path() {
        return new Form<>("path of a folder", value -> toPath(text(value)));
    }

    static Form<Optional<Path>> optionalFile() {
        return new Form<>(
                "path of a file, or \"\" for none",
                value -> text(value).isEmpty() ? Optional.empty() : Optional.of(toPath(text(value))));
    }

    /// @param family what the address must be of: `Inet4Address` or `Inet6Address`
    static Form<Optional<InetAddress>> optionalAddress(Class<? extends InetAddress> family) {
        String version = family == Inet4Address.class ? "IPv4" : "IPv6";
        return new Form<>(version + " address, or \"\" for none", value -> {
            if (text(value).isEmpty()) {
                return Optional.empty();
            }
            InetAddress address = InetAddress.ofLiteral(text(value));
            if (!family.isInstance(address)) {
                throw new IllegalArgumentException("not an " + version + " address");
            }
            return Optional.of(address);
        });
    }

    static Form<InetSocketAddress> endpoint(int defaultPort) {
        String port = defaultPort > 0 ? "; the port is " + defaultPort + " when left out" : "";
        return new Form<>(
                "endpoint such as \"127.0.0.1:2525\" or \"[::1]:2525\"" + port,
                value -> parseEndpoint(text(value), defaultPort));
    }

    static Form<Network> network() {
        return new Form<>("network such as \"192.0.2.0/24\" or \"2001:db8::/32\"", value -> Network.parse(text(value)));
    }

    static <T> Form<List<T>> listOf(Form<T> element) {
        return new Form<>("list; each a " + element.description(), value -> {
            if (!(value instanceof List<?> list)) {
                throw new IllegalArgumentException("not a list");
            }
            List<T> parsed = new ArrayList<>();
            for (Object item : list) {
                parsed.add(element.parser().parse(item));
            }
            return List.copyOf(parsed);
        });
    }

    static <T> Form<List<T>> nonEmptyListOf(Form<T> element) {
        Form<List<T>> list = listOf(element);
        return new Form<>("non-empty " + list.description(), value -> {
            List<T> parsed = list.parser().parse(value);
            if (parsed.isEmpty()) {
                throw new IllegalArgumentException("empty");
            }
            return parsed;
        });
    }

    static String text(Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("not a string in quotes");
    }

    private static Path toPath(String text) {
        try {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("empty");
            }
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("not a path", e);
        }
    }

    private static Duration parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a duration");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private static long parseSize(String text) {
        Matcher matcher = SIZE.matcher(text.toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a size");
        }
        long factor = switch (matcher.group(2)) {
            case "KB" -> 1_000L;
            case "MB" -> 1_000_000L;
            case "GB" -> 1_000_000_000L;
            default -> 1L;
        };
        return Long.parseLong(matcher.group(1)) * factor;
    }

    private static InetSocketAddress parseEndpoint(String text, int defaultPort) {
        int colon = text.lastIndexOf(':');
        boolean hasPort = colon > text.lastIndexOf(']') && (text.startsWith("[") || text.indexOf(':') == colon);
        if (!hasPort && defaultPort == 0) {
            throw new IllegalArgumentException("no port");
        }
        String host = hasPort ? text.substring(0, colon) : text;
        int port = hasPort ? parsePort(text.substring(colon + 1)) : defaultPort;
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private static int parsePort(String text) {
        int port = text.matches("\\d{1,5}") ? Integer.parseInt(text) : -1;
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("not a port");
        }
        return port;
    }
}
