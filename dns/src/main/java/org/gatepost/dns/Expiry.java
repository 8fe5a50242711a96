// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.Instant;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;

/// Until when what was validated may be reused.
final class Expiry {
    static final long LONGEST_SECONDS = 3600;

    private Expiry() {}

    /// RFC 4035 §5.3.3: the least of TTL, signed original TTL and the signature's end; and one hour.
    static Instant of(RRset set, RRSIGRecord signature, Instant now) {
        long left = (int) (signature.getExpire().getEpochSecond() - now.getEpochSecond());
        long seconds = Math.min(Math.min(set.getTTL(), signature.getOrigTTL()), Math.min(left, LONGEST_SECONDS));
        return now.plusSeconds(Math.max(0, seconds));
    }

    static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
