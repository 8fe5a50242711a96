// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.security.KeyPair;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;

/// The one key that signs a zone, its key set included (a combined signing key, flags 257).
record ZoneKey(DNSKEYRecord record, KeyPair pair) {
    static ZoneKey of(Name origin, SigningAlgorithm algorithm, KeyPair pair) {
        int flags = DNSKEYRecord.Flags.ZONE_KEY | DNSKEYRecord.Flags.SEP_KEY;
        try {
            return new ZoneKey(
                    new DNSKEYRecord(
                            origin,
                            DClass.IN,
                            Zone.TTL,
                            flags,
                            DNSKEYRecord.Protocol.DNSSEC,
                            algorithm.number(),
                            pair.getPublic()),
                    pair);
        } catch (DNSSEC.DNSSECException e) {
            throw new IllegalStateException("the new key of " + origin + " cannot be a DNSKEY record", e);
        }
    }

    DSRecord ds() {
        return new DSRecord(record.getName(), DClass.IN, Zone.TTL, DNSSEC.Digest.SHA256, record);
    }

    /// The same pair under the name of another zone.
    ZoneKey inNameOf(Name zone) {
        return new ZoneKey((DNSKEYRecord) record.withName(zone), pair);
    }

    /// One signature over all records of the set (RFC 4034 §3.1.8.1).
    RRSIGRecord sign(RRset set, Validity validity) {
        try {
            return DNSSEC.sign(set, record, pair.getPrivate(), validity.inception(), validity.expiration());
        } catch (DNSSEC.DNSSECException e) {
            throw new IllegalStateException("cannot sign " + set.getName(), e);
        }
    }
}
