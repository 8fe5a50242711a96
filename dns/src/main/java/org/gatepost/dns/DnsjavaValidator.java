// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.gatepost.dns.DnsFailure.Reason;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.dnssec.R;
import org.xbill.DNS.dnssec.ValidatingResolver;

/// The one place that knows dnsjava's DNSSEC validator and its traps.
///
/// - Without a trust anchor it finds everything insecure: construction checks that the root's was taken.
/// - It reports what is bogus as SERVFAIL. As [HeadResolver] lets no SERVFAIL of an upstream through, one
///   that comes out of the validator is its own.
/// - It swallows exceptions while it judges denials, and then reports neither secure nor bogus, as it
///   does for insecure ones. Failed fetches are therefore read from the [Lookup], and a denial counts as
///   insecure only when the validator says why.
/// - Its key cache runs on the system clock. The validator is therefore replaced, with its cache, after
///   [#GENERATION] of the injected clock.
/// - Its reasons come from a resource bundle with the very common name `messages`: it is given ours,
///   [ValidationReason], instead.
final class DnsjavaValidator {
    /// How long proven keys may be reused.
    private static final Duration GENERATION = Duration.ofMinutes(15);

    /// What the validator may take beyond the last fetch, for signatures.
    private static final Duration COMPUTING = Duration.ofSeconds(5);

    static {
        R.setBundle(new ValidationReason.Bundle());
    }

    private final HeadResolver head;
    private final ValidationOptions options;
    private final InstantSource clock;

    /// The validator in use and when it was made; guarded by `this`.
    private Generation generation;

    private record Generation(ValidatingResolver validator, Instant since) {}

    /// @throws IllegalArgumentException when the trust anchor does not take
    DnsjavaValidator(Upstream upstream, ValidationOptions options, InstantSource clock) {
        this.head = new HeadResolver(upstream);
        this.options = options;
        this.clock = clock;
        this.generation = newGeneration(head, options, clock);
    }

    Verdict validate(WireQuestion question, Lookup lookup) {
        var query = Message.newQuery(Record.newRecord(question.name(), question.type(), DClass.IN));
        Message result;
        try {
            result = current()
                    .sendAsync(query, lookup)
                    .toCompletableFuture()
                    .get(lookup.deadline().remainingNanos() + COMPUTING.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | RuntimeException e) {
            return unusable(lookup, Reason.MALFORMED, "validation of " + question + " broke off on unreadable records");
        } catch (TimeoutException e) {
            return unusable(lookup, Reason.TIMED_OUT, "validation of " + question + " took too long");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unusable(lookup, Reason.TIMED_OUT, "validation of " + question + " was interrupted");
        }
        return judge(question, result, lookup);
    }

    private Verdict judge(WireQuestion question, Message result, Lookup lookup) {
        if (lookup.failure().isPresent()) {
            return new Verdict.Unusable(lookup.failure().get());
        }
        Optional<String> reason = reason(result);
        int rcode = result.getHeader().getRcode();
        if (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN) {
            String detail = new BogusDiagnosis(question, lookup, clock.instant()).explain(reason.orElse(""));
            return new Verdict.Unusable(new DnsFailure(Reason.BOGUS, detail));
        }
        if (result.getHeader().getFlag(Flags.AD)) {
            return new Verdict.Usable(DnssecStatus.SECURE, result);
        }
        boolean positive = result.getSection(Section.ANSWER).stream().anyMatch(r -> r.getType() == question.type());
        if (positive || reason.isPresent()) {
            return new Verdict.Usable(DnssecStatus.INSECURE, result);
        }
        return unusable(lookup, Reason.MALFORMED, "the denial of " + question + " could not be judged");
    }

    private static Verdict unusable(Lookup lookup, Reason reason, String detail) {
        return new Verdict.Unusable(lookup.failure().orElseGet(() -> new DnsFailure(reason, detail)));
    }

    /// The validator's remark, which it adds as a TXT record of a class of its own; none can come from
    /// outside, as replies reach it without additional records.
    private static Optional<String> reason(Message result) {
        return result.getSection(Section.ADDITIONAL).stream()
                .filter(r -> r instanceof TXTRecord && r.getDClass() == ValidatingResolver.VALIDATION_REASON_QCLASS)
                .map(r -> RecordConversion.text((TXTRecord) r))
                .findFirst();
    }

    private synchronized ValidatingResolver current() {
        Duration age = Duration.between(generation.since(), clock.instant());
        if (age.isNegative() || age.compareTo(GENERATION) > 0) {
            generation = newGeneration(head, options, clock);
        }
        return generation.validator();
    }

    private static Generation newGeneration(HeadResolver head, ValidationOptions options, InstantSource clock) {
        var validator = new ValidatingResolver(head, clock.withZone(ZoneOffset.UTC));
        try {
            validator.init(properties(options));
            String records = String.join("\n", options.anchors()) + "\n";
            validator.loadTrustAnchors(new ByteArrayInputStream(records.getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            throw new IllegalArgumentException("the trust anchor cannot be read", e);
        }
        return new Generation(validator, clock.instant());
    }

    private static Properties properties(ValidationOptions options) {
        var properties = new Properties();
        // SHA-1 proves nothing any more (RFC 9905): zones that have only it are insecure. GOST is retired too.
        for (int algorithm : new int[] {3, 5, 6, 7, 12}) {
            if (options.algorithms().validates(algorithm)) {
                continue;
            }
            properties.setProperty("dnsjava.dnssec.algorithm." + algorithm, "false");
        }
        properties.setProperty(
                "dnsjava.dnssec.digest.1",
                Boolean.toString(options.algorithms().digests().contains(1)));
        properties.setProperty("dnsjava.dnssec.digest.3", "false");
        // RFC 6840 §5.11: one valid path is enough, not one for each algorithm that the DS set names.
        properties.setProperty("dnsjava.dnssec.harden_algo_downgrade", "false");
        properties.setProperty("dnsjava.dnssec.keycache.max_ttl", Long.toString(GENERATION.toSeconds()));
        properties.setProperty("dnsjava.dnssec.keycache.max_size", "10000");
        return properties;
    }
}
