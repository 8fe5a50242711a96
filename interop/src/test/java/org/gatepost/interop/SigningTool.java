// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.List;
import java.util.stream.Collectors;

/// The programs that sign zones.
enum SigningTool {
    /// ldns-keygen and ldns-signzone; NSD serves, which cannot sign.
    LDNS,
    /// keymgr and kzonesign; knotd serves.
    KNOT,
    /// dnssec-keygen and dnssec-signzone; named serves.
    BIND;

    /// All of them, for who takes turns.
    static final List<SigningTool> ALL = List.of(values());

    /// @param lines the zone, a record on each
    /// @param ds the DS records of all keys that the parent knows, as `tag algorithm digest-type digest`
    record Signed(List<String> lines, List<String> ds) {
        Signed {
            lines = List.copyOf(lines);
            ds = List.copyOf(ds);
        }

        /// The keys, in zone-file form.
        String dnskeys() {
            return lines.stream()
                    .filter(line -> ZoneLine.parse(line)
                            .filter(record -> record.type().equals("DNSKEY"))
                            .isPresent())
                    .collect(Collectors.joining("\n"));
        }
    }

    /// @param scratch a folder of its own
    /// @param text the zone file without DNSSEC
    Signed sign(Scratch scratch, SignedZone zone, String text) {
        return switch (this) {
            case LDNS -> LdnsSigner.sign(scratch, zone, text);
            case KNOT -> KnotSigner.sign(scratch, zone, text);
            case BIND -> BindSigner.sign(scratch, zone, text);
        };
    }

    String label() {
        return switch (this) {
            case LDNS -> "ldns";
            case KNOT -> "knot";
            case BIND -> "bind";
        };
    }
}
