// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueFilter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options that say which recipients in the queue are meant.
final class QueueFilterOptions {
    private static final Pattern AGE = Pattern.compile("(\\d{1,6})([smhd])");
    private static final Pattern WORD = Pattern.compile("[0-9A-Za-z.-]{1,60}");

    @Option(names = "--domain", paramLabel = "DOMAIN", description = "only recipients at this domain")
    private @Nullable String domain;

    @Option(
            names = "--sender",
            paramLabel = "ADDRESS",
            description = "only mail of this sender; '@DOMAIN' for all there, '<>' for reports without a sender")
    private @Nullable String sender;

    @Option(names = "--recipient", paramLabel = "ADDRESS", description = "only this recipient")
    private @Nullable String recipient;

    @Option(
            names = "--older",
            paramLabel = "AGE",
            description = "only messages that arrived so long ago or earlier, such as 90s, 15m, 4h or 2d")
    private @Nullable String older;

    @Option(names = "--held", description = "only recipients on hold")
    private boolean held;

    @Option(
            names = "--failure",
            paramLabel = "WORD",
            description = "only recipients whose last attempt failed so: a code such as 4.7.323, or a reason such as"
                    + " ee-key-mismatch")
    private @Nullable String failure;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    /// Whether any is given.
    boolean areGiven() {
        return domain != null || sender != null || recipient != null || older != null || held || failure != null;
    }

    /// @param ids of messages; none for all
    QueueFilter filter(List<String> ids, Instant now) {
        if (ids.size() > QueueFilter.MAX_MESSAGES) {
            throw refusal("at most " + QueueFilter.MAX_MESSAGES + " ids go into one command");
        }
        return new QueueFilter(
                ids.stream().map(this::id).toList(),
                name("--domain", domain, DomainName::parse),
                name("--sender", sender, QueueFilter.Sender::parse),
                name("--recipient", recipient, Mailbox::parse),
                Optional.ofNullable(older).map(age -> now.minus(age(age))),
                held,
                Optional.ofNullable(failure).map(this::word));
    }

    MessageId id(String text) {
        try {
            return MessageId.parse(text);
        } catch (IllegalArgumentException e) {
            throw refusal("'" + text + "' is no queue id, such as 0000002A");
        }
    }

    private <T> Optional<T> name(String option, @Nullable String text, Function<String, T> parser) {
        try {
            return Optional.ofNullable(text).map(parser);
        } catch (NameSyntaxException e) {
            throw refusal(option + ": " + e.rule());
        }
    }

    private Duration age(String text) {
        Matcher matcher = AGE.matcher(text);
        if (!matcher.matches()) {
            throw refusal("--older: '" + text + "' is no age, such as 90s, 15m, 4h or 2d");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private String word(String text) {
        if (!WORD.matcher(text).matches()) {
            throw refusal("--failure: '" + text + "' is neither a code such as 4.7.323 nor a reason such as"
                    + " ee-key-mismatch");
        }
        return text.toLowerCase(Locale.ROOT);
    }

    private ParameterException refusal(String text) {
        return new ParameterException(spec.commandLine(), text);
    }
}
