// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// What can be done to a signed zone, or to the DS records that vouch for it.
final class Spoiling {
    private Spoiling() {}

    static UnaryOperator<List<ZoneLine>> without(Predicate<ZoneLine> record) {
        return lines -> lines.stream().filter(record.negate()).toList();
    }

    /// Changes what is in a record, and leaves its signature.
    static UnaryOperator<List<ZoneLine>> replacing(String from, String to, Predicate<ZoneLine> record) {
        return lines -> lines.stream()
                .map(line -> record.test(line)
                        ? new ZoneLine(
                                line.owner(),
                                line.type(),
                                line.covers(),
                                line.text().replace(from, to))
                        : line)
                .toList();
    }

    static UnaryOperator<List<ZoneLine>> adding(String text) {
        return lines ->
                Stream.concat(lines.stream(), ZoneLine.parse(text).stream()).toList();
    }

    /// Leaves the DS records with digests of this kind.
    static UnaryOperator<List<String>> digest(int type) {
        return ds -> ds.stream()
                .filter(line -> line.split(" ", 4)[2].equals(String.valueOf(type)))
                .toList();
    }

    /// The digest's last hexadecimal digit of each is another.
    static List<String> wrongDigest(List<String> ds) {
        return digest(2).apply(ds).stream()
                .map(line -> line.substring(0, line.length() - 1) + (line.endsWith("0") ? "1" : "0"))
                .toList();
    }

    /// As if for an algorithm that nobody knows.
    static List<String> unknownAlgorithm(List<String> ds) {
        return withField(ds, 1, "200");
    }

    /// As if the digest were of a kind that nobody knows.
    static List<String> unknownDigest(List<String> ds) {
        return withField(ds, 2, "200");
    }

    /// What is unknown stands beside what is known.
    static UnaryOperator<List<String>> beside(UnaryOperator<List<String>> change) {
        return given -> {
            var ds = digest(2).apply(given);
            var all = new ArrayList<>(ds);
            all.addAll(change.apply(ds));
            return all;
        };
    }

    private static List<String> withField(List<String> ds, int index, String value) {
        return digest(2).apply(ds).stream()
                .map(line -> {
                    var fields = line.split(" ", 4);
                    fields[index] = value;
                    return String.join(" ", fields);
                })
                .toList();
    }
}
