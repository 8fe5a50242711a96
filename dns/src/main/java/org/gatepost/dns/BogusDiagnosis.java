// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Says in one line why a question's answer is bogus: which zone, which record set, what is wrong with it.
///
/// The validator's own reasons leave out most of that, so the replies it was shown are looked at once
/// more. This explains a verdict and never changes it.
record BogusDiagnosis(WireQuestion question, Lookup lookup, Instant now) {
    private static final int MAX_LENGTH = 400;

    /// @param reason the validator's, in the form of [ValidationReason]
    /// @return printable ASCII
    String explain(String reason) {
        ValidationReason said = ValidationReason.parse(reason);
        String line = "validate.bogus.badkey".equals(said.key()) || "validate.bogus".equals(said.key())
                ? explainChain(said)
                : explainAnswer(said);
        String printable = line.replaceAll("[^ -~]", "?");
        return printable.length() > MAX_LENGTH ? printable.substring(0, MAX_LENGTH) + "..." : printable;
    }

    /// The keys of some zone on the way down cannot be trusted.
    private String explainChain(ValidationReason said) {
        List<String> arguments = said.arguments();
        boolean named = "validate.bogus.badkey".equals(said.key()) && arguments.size() > 1;
        String zone = named ? arguments.getFirst() : deepestZoneAskedFor().toString();
        // The inner reason carries arguments of its own behind its key.
        String inner = arguments.size() > (named ? 1 : 0) ? arguments.get(named ? 1 : 0) : said.key();
        String found = Stream.of(Type.DNSKEY, Type.DS)
                .flatMap(type -> lookup.shown(zone.toLowerCase(Locale.ROOT) + " " + Type.string(type)).stream())
                .flatMap(BogusDiagnosis::sets)
                .flatMap(set -> fault(set).stream())
                .findFirst()
                .orElseGet(() -> ValidationReason.parse(inner).sentence());
        return question + ": the chain of trust breaks at zone " + zone + " - " + found;
    }

    /// Where the way down from the trust anchor ended: the keys of no deeper zone were asked for.
    private Name deepestZoneAskedFor() {
        for (Name zone = question.name(); zone.labels() > 1; zone = new Name(zone, 1)) {
            if (lookup.shown(new WireQuestion(zone, Type.DNSKEY).toString()).isPresent()
                    || lookup.shown(new WireQuestion(zone, Type.DS).toString()).isPresent()) {
                return zone;
            }
        }
        return Name.root;
    }

    private String explainAnswer(ValidationReason said) {
        Optional<Message> shown = lookup.shown(question.toString());
        Optional<String> fault = shown.stream()
                .flatMap(BogusDiagnosis::sets)
                .flatMap(set -> fault(set).stream())
                .findFirst();
        if (fault.isPresent()) {
            return question + ": " + fault.get();
        }
        boolean answered =
                shown.isPresent() && !shown.get().getSection(Section.ANSWER).isEmpty();
        boolean signature = said.key().startsWith("failed.answer") || said.key().contains("authority");
        if (!signature) {
            return question + ": " + said.sentence();
        }
        return question + ": " + (answered ? "the answer's" : "the denial's") + " signature by zone "
                + shown.flatMap(BogusDiagnosis::signer).map(Name::toString).orElse("(unnamed)")
                + " does not match the records";
    }

    private static Stream<RRset> sets(Message message) {
        return Stream.of(Section.ANSWER, Section.AUTHORITY).flatMap(s -> message.getSectionRRsets(s).stream());
    }

    private static Optional<Name> signer(Message message) {
        return sets(message)
                .flatMap(set -> set.sigs().stream())
                .map(RRSIGRecord::getSigner)
                .findFirst();
    }

    /// What is wrong with a set at first sight: no signature, or none that is valid by date.
    private Optional<String> fault(RRset set) {
        String what = new WireQuestion(set.getName(), set.getType()).toString();
        if (set.sigs().isEmpty()) {
            boolean synthesized = set.getType() == Type.CNAME && !set.getName().equals(question.name());
            return synthesized ? Optional.empty() : Optional.of(what + " has no signature though its zone is signed");
        }
        if (set.sigs().stream().anyMatch(this::isInForce)) {
            return Optional.empty();
        }
        RRSIGRecord signature = set.sigs().getFirst();
        String by = " by zone " + signature.getSigner() + " key " + signature.getFootprint();
        return Optional.of("the signature over " + what + by
                + (now.isAfter(signature.getExpire())
                        ? " expired at " + second(signature.getExpire())
                        : " is not valid before " + second(signature.getTimeSigned())));
    }

    private boolean isInForce(RRSIGRecord signature) {
        return !now.isAfter(signature.getExpire()) && !now.isBefore(signature.getTimeSigned());
    }

    private static Instant second(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS);
    }
}
