// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dkim;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.dkim.SignedMessage.Field;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.policy.PrintableText;
import org.gatepost.spool.ReceivedReport.Signature;
import org.gatepost.spool.ReceivedReport.Signature.Result;

/// Verifies the signatures of a message with keys from our own resolver, and says whether the domain that it comes
/// from vouches for it. Safe for use by many threads; blocks for DNS.
public final class DkimVerifier {
    /// More are not looked at; each costs a question to DNS (RFC 6376 §8.4).
    static final int MOST_SIGNATURES = 5;

    private static final Pattern ANGLE_ADDRESS = Pattern.compile("[^<>]*<[^<>@\\s]*@([^<>@\\s]+)>\\s*");
    private static final Pattern BARE_ADDRESS = Pattern.compile("\\s*[^<>@\\s,]*@([^<>@\\s,]+)\\s*");

    // In quoted strings and comments addresses may stand that are none (RFC 5322 §3.2.2, §3.2.4).
    private static final Pattern QUOTED = Pattern.compile("\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"|\\([^()]*+\\)");

    private static final int LONGEST_AUTHOR = 2_000;

    private final Resolver resolver;
    private final InstantSource clock;

    public DkimVerifier(Resolver resolver, InstantSource clock) {
        this.resolver = resolver;
        this.clock = clock;
    }

    /// @param message as it came, CRLF line ends
    /// @return what the best of its signatures shows: aligned before others, and passing before others
    public Signature verify(byte[] message) {
        SignedMessage signed = SignedMessage.of(message);
        if (signed.isCutShort()) {
            return new Signature(Result.FAIL, Optional.empty(), false, "the message has too many header fields");
        }
        List<Field> signatures = signed.all("dkim-signature");
        if (signatures.isEmpty()) {
            return new Signature(Result.NONE, Optional.empty(), false, "the message is not signed");
        }
        List<Signature> results = new ArrayList<>();
        for (Field field : signatures.subList(0, Math.min(MOST_SIGNATURES, signatures.size()))) {
            results.add(verify(signed, field));
        }
        return results.stream().min(Comparator.comparingInt(DkimVerifier::rank)).orElseThrow();
    }

    private static int rank(Signature signature) {
        return switch (signature.result()) {
            case PASS -> signature.aligned() ? 0 : 2;
            // It may be the one that passes, once DNS answers.
            case TEMPERROR -> signature.aligned() ? 1 : 4;
            case FAIL -> signature.aligned() ? 3 : 5;
            case NONE -> 6;
        };
    }

    private Signature verify(SignedMessage message, Field field) {
        DkimSignature signature;
        try {
            signature = DkimSignature.parse(field.value(), clock.instant());
        } catch (InvalidSignature e) {
            return new Signature(Result.FAIL, Optional.empty(), false, String.valueOf(e.getMessage()));
        }
        boolean aligned = isAligned(message, signature);
        try {
            return result(
                    signature,
                    aligned,
                    switch (resolver.txt(signature.keyName())) {
                        case Answer.Found<RecordData.Txt> found -> verified(message, field, signature, found);
                        case Answer.Denied<RecordData.Txt> denied ->
                            throw new InvalidSignature(
                                    "there is no key at " + denied.question().name());
                        case Answer.Failed<RecordData.Txt> failed ->
                            new Verdict(
                                    Result.TEMPERROR,
                                    "looking the key up failed: "
                                            + PrintableText.line(
                                                    failed.failure().toString(), 200));
                    });
        } catch (InvalidSignature e) {
            return result(signature, aligned, new Verdict(Result.FAIL, String.valueOf(e.getMessage())));
        }
    }

    private record Verdict(Result result, String detail) {}

    private static Signature result(DkimSignature signature, boolean aligned, Verdict verdict) {
        return new Signature(verdict.result(), Optional.of(signature.domain()), aligned, verdict.detail());
    }

    private static Verdict verified(
            SignedMessage message, Field field, DkimSignature signature, Answer.Found<RecordData.Txt> found)
            throws InvalidSignature {
        if (found.records().size() > 1) {
            throw new InvalidSignature(
                    "there are several records at " + signature.keyName() + " (RFC 6376 section 3.6.2.2)");
        }
        if (message.all("from").size() != 1) {
            throw new InvalidSignature("the message has not one From field (RFC 5322 section 3.6)");
        }
        DkimKeyRecord key = DkimKeyRecord.parse(found.records().getFirst().text(), signature.keyType());
        if (!message.bodyHash(signature.relaxedBody()).equals(signature.bodyHash())) {
            throw new InvalidSignature("the body was changed");
        }
        key.verify(signature, message.signed(signature, field));
        return new Verdict(
                Result.PASS,
                "key " + signature.keyName() + ", " + signature.keyType() + "-sha256, DNS "
                        + found.status().toString().toLowerCase(java.util.Locale.ROOT));
    }

    /// RFC 8460 §3: the signature is to be the reporting domain's, which is the author's here, or the submitter
    /// that a signed field names. A domain signs for those below it, too.
    private static boolean isAligned(SignedMessage message, DkimSignature signature) {
        List<DomainName> claimed = new ArrayList<>();
        message.all("from").forEach(from -> authorDomain(from.value()).ifPresent(claimed::add));
        if (signature.names().contains("tls-report-submitter")) {
            message.all("tls-report-submitter")
                    .forEach(field -> name(field.value().strip()).ifPresent(claimed::add));
        }
        return claimed.stream().anyMatch(domain -> domain.isWithin(signature.domain()));
    }

    private static Optional<DomainName> authorDomain(String value) {
        if (value.length() > LONGEST_AUTHOR) {
            return Optional.empty();
        }
        String line = QUOTED.matcher(value.replace("\r\n", "")).replaceAll("");
        Matcher angle = ANGLE_ADDRESS.matcher(line);
        Matcher bare = BARE_ADDRESS.matcher(line);
        if (angle.matches()) {
            return name(angle.group(1));
        }
        return bare.matches() ? name(bare.group(1)) : Optional.empty();
    }

    private static Optional<DomainName> name(String text) {
        try {
            return Optional.of(DomainName.parse(text)).filter(name -> !name.isRoot());
        } catch (NameSyntaxException e) {
            return Optional.empty();
        }
    }
}
