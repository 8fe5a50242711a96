// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// One zone to be signed and served by real programs, and asked for.
///
/// @param name without trailing dot; empty for the root
/// @param tool which signs it, and whose server serves it as long as it is whole
/// @param keys none: the zone is not signed
/// @param validity of all its signatures
/// @param records zone-file lines, names relative to the zone; SOA, NS and delegations are added
/// @param ds what becomes of its DS records, as `tag algorithm digest-type digest`, on their way to the parent;
///     usually those with SHA-256 stay
/// @param spoiling what happens to the zone after the signing
/// @param questions what is asked, each line a name relative to the zone and the types
/// @param expected the status of what is at `www`, by which the test sees that the zone is what it should be
record SignedZone(
        String name,
        SigningTool tool,
        List<ZoneKey> keys,
        Denial denial,
        Validity validity,
        List<String> records,
        UnaryOperator<List<String>> ds,
        UnaryOperator<List<ZoneLine>> spoiling,
        boolean whole,
        List<String> questions,
        DnsView.Status expected) {

    enum Validity {
        NOW,
        /// Ended a month ago.
        PAST,
        /// Begins in ten days.
        FUTURE
    }

    SignedZone {
        keys = List.copyOf(keys);
        records = List.copyOf(records);
        questions = List.copyOf(questions);
    }

    /// A sound zone with an address at `www` and a wildcard.
    static SignedZone of(String name, SigningTool tool, Denial denial, ZoneKey... keys) {
        return new SignedZone(
                name,
                tool,
                List.of(keys),
                denial,
                Validity.NOW,
                ZoneContents.BRIEF_RECORDS,
                Spoiling.digest(2),
                UnaryOperator.identity(),
                true,
                ZoneContents.BRIEF_QUESTIONS,
                keys.length == 0 ? DnsView.Status.INSECURE : DnsView.Status.SECURE);
    }

    static SignedZone unsigned(String name) {
        return of(name, SigningTool.LDNS, Denial.NSEC);
    }

    SignedZone renamed(String other) {
        return new SignedZone(other, tool, keys, denial, validity, records, ds, spoiling, whole, questions, expected);
    }

    SignedZone holding(List<String> lines, List<String> asked) {
        return new SignedZone(name, tool, keys, denial, validity, lines, ds, spoiling, whole, asked, expected);
    }

    SignedZone and(String... lines) {
        var all = new ArrayList<>(records);
        all.addAll(List.of(lines));
        return holding(all, questions);
    }

    SignedZone asking(String... lines) {
        var all = new ArrayList<>(questions);
        all.addAll(List.of(lines));
        return holding(records, all);
    }

    SignedZone valid(Validity when) {
        return new SignedZone(name, tool, keys, denial, when, records, ds, spoiling, whole, questions, expected);
    }

    SignedZone delegatedBy(UnaryOperator<List<String>> change) {
        return new SignedZone(
                name, tool, keys, denial, validity, records, change, spoiling, whole, questions, expected);
    }

    SignedZone spoiltBy(UnaryOperator<List<ZoneLine>> change) {
        return new SignedZone(name, tool, keys, denial, validity, records, ds, change, false, questions, expected);
    }

    SignedZone expecting(DnsView.Status status) {
        return new SignedZone(name, tool, keys, denial, validity, records, ds, spoiling, whole, questions, status);
    }

    boolean isSigned() {
        return !keys.isEmpty();
    }

    /// The name with its trailing dot.
    String origin() {
        return name + ".";
    }

    /// A name of the zone with its trailing dot; `@` is the zone's own.
    String absolute(String relative) {
        return relative.equals("@") ? origin() : relative + (name.isEmpty() ? "." : "." + origin());
    }

    String fileName() {
        return name.isEmpty() ? "root" : name;
    }

    int labels() {
        return name.isEmpty() ? 0 : name.split("\\.").length;
    }

    boolean isAbove(SignedZone other) {
        return !name.equals(other.name) && (name.isEmpty() || other.name.endsWith("." + name));
    }
}
