// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.Instant;
import java.util.List;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Name;

/// A zone's keys, all proven by the chain of trust.
///
/// @param expires when they must be proven again
record ZoneKeys(Name zone, List<DNSKEYRecord> keys, Instant expires) {
    private static final int ZONE_KEY = 0x0100;
    private static final int REVOKED = 0x0080;
    private static final int DNSSEC_PROTOCOL = 3;

    ZoneKeys {
        keys = List.copyOf(keys);
    }

    /// RFC 4034 §2.1.1 and §2.1.2: only such keys sign a zone's records.
    static boolean isZoneKey(DNSKEYRecord key) {
        return (key.getFlags() & ZONE_KEY) != 0 && key.getProtocol() == DNSSEC_PROTOCOL;
    }

    /// RFC 5011 §2.1: a revoked key counts for nothing but its own key set.
    static boolean isRevoked(DNSKEYRecord key) {
        return (key.getFlags() & REVOKED) != 0;
    }

    /// Such as `key 20326 (RSASHA256)`.
    static String describe(int tag, int algorithm) {
        return "key " + tag + " (" + DNSSEC.Algorithm.string(algorithm) + ")";
    }
}
