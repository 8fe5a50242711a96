// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.ArrayList;
import java.util.List;

/// One zone as it is to be served.
///
/// @param name without trailing dot; empty for the root
/// @param signing whether and how it is signed
/// @param records zone-file lines, names relative to the zone; SOA, NS and delegations are added
/// @param forged lines put in after the signing, with absolute names: they break the RRset that they join
record Zone(String name, Signing signing, List<String> records, List<String> forged) {

    enum Signing {
        /// No keys, and no DS in the parent: answers are insecure.
        UNSIGNED,
        /// Denial of existence by NSEC.
        SIGNED,
        /// Denial of existence by NSEC3 without salt and extra iterations (RFC 9276).
        SIGNED_NSEC3,
        /// Signed, but the parent's DS belongs to no key: all answers are bogus.
        WRONG_DS,
        /// Signed, but every signature has expired: all answers are bogus.
        EXPIRED_SIGNATURES
    }

    Zone {
        records = List.copyOf(records);
        forged = List.copyOf(forged);
    }

    static Zone of(String name, Signing signing, String... records) {
        return new Zone(name, signing, List.of(records), List.of());
    }

    Zone forging(String... lines) {
        return new Zone(name, signing, records, List.of(lines));
    }

    Zone and(List<String> lines) {
        var all = new ArrayList<>(records);
        all.addAll(lines);
        return new Zone(name, signing, all, forged);
    }

    /// The name with its trailing dot.
    String origin() {
        return name + ".";
    }

    String file() {
        return name.isEmpty() ? "root.zone" : name + ".zone";
    }

    int labels() {
        return name.isEmpty() ? 0 : name.split("\\.").length;
    }

    boolean isAbove(Zone other) {
        return !equals(other) && (name.isEmpty() || other.name.endsWith("." + name));
    }
}
