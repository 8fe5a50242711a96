// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.gatepost.names.DomainName;

/// What a diagnosing resolver does otherwise than the one that mail depends on: for tests and for looking into
/// a problem.
///
/// @param anchors DS or DNSKEY records in zone-file form, of any names, in place of those configured; none: as
///     configured
/// @param moreAlgorithms DNSSEC algorithms validated beside the usual: 5 and 7, which are SHA-1
/// @param fewerAlgorithms DNSSEC algorithms taken as unsupported
/// @param insecureDomains names at and below which everything counts as unsigned
/// @param answersFromDenials whether a question that a denial seen before denies too is answered from it (RFC 8198);
///     delivery never does, so that answers do not depend on what was asked before
public record DiagnosisRules(
        List<String> anchors,
        Set<Integer> moreAlgorithms,
        Set<Integer> fewerAlgorithms,
        List<DomainName> insecureDomains,
        boolean answersFromDenials) {
    private static final Set<Integer> SHA1 = Set.of(5, 7);

    /// @throws IllegalArgumentException when an algorithm cannot be added or there is none such to leave out
    public DiagnosisRules {
        anchors = List.copyOf(anchors);
        moreAlgorithms = Set.copyOf(moreAlgorithms);
        fewerAlgorithms = Set.copyOf(fewerAlgorithms);
        insecureDomains = List.copyOf(insecureDomains);
        requireAmong(moreAlgorithms, SHA1, "added");
        requireAmong(fewerAlgorithms, AlgorithmPolicy.PRODUCTION.algorithms(), "left out");
    }

    /// Reads a file of trust anchors as [TrustAnchor#fromFile] does, but of any names and algorithms.
    ///
    /// @return records in zone-file form, for [#anchors]
    /// @throws TrustAnchorException when the file cannot be read or used; the message is one line for the
    ///     operator
    public static List<String> anchorsFromFile(Path file) throws TrustAnchorException {
        return texts(AnchorRecords.parseAll(file.toString(), TrustAnchor.read(file)));
    }

    /// As [#anchorsFromFile], from text.
    ///
    /// @param source what the text is called in messages
    public static List<String> anchorsFrom(String source, String text) throws TrustAnchorException {
        return texts(AnchorRecords.parseAll(source, text));
    }

    private static List<String> texts(List<AnchorRecords.Entry> entries) {
        return entries.stream().map(AnchorRecords.Entry::text).toList();
    }

    /// As mail is judged.
    public static DiagnosisRules asInProduction() {
        return new DiagnosisRules(List.of(), Set.of(), Set.of(), List.of(), false);
    }

    private static void requireAmong(Set<Integer> given, Set<Integer> known, String what) {
        for (int algorithm : given) {
            if (!known.contains(algorithm)) {
                throw new IllegalArgumentException("DNSSEC algorithm " + algorithm + " cannot be " + what + ", only "
                        + known.stream().sorted().toList());
            }
        }
    }

    ValidationOptions applyTo(ValidationOptions usual) {
        AlgorithmPolicy base = moreAlgorithms.isEmpty() ? usual.algorithms() : AlgorithmPolicy.WITH_SHA1;
        var algorithms = new HashSet<>(usual.algorithms().algorithms());
        algorithms.addAll(moreAlgorithms);
        algorithms.removeAll(fewerAlgorithms);
        return usual.withAnchors(anchors.isEmpty() ? usual.anchors() : anchors)
                .withAlgorithms(new AlgorithmPolicy(algorithms, base.digests(), base.minimumRsaBits()))
                .withInsecureDomains(insecureDomains);
    }
}
