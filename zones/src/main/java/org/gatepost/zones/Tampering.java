// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.util.List;

/// What an attacker in the path, or a broken server, does to the answers about one name.
public sealed interface Tampering {
    /// The true records are replaced by these, unsigned.
    ///
    /// @param records in zone-file form, as [SignedWorld.Builder#add] takes them
    record Forged(List<String> records) implements Tampering {
        public Forged {
            records = List.copyOf(records);
            records.forEach(ZoneFileText::parse);
        }
    }

    /// The true records, or the true denial, without signatures.
    record SignaturesStripped() implements Tampering {}

    /// The true records, or the true denial, with signatures of the right form that do not verify.
    record SignaturesCorrupted() implements Tampering {}

    /// The true records, or the true denial, with signatures by the true key whose time is over.
    record SignaturesExpired() implements Tampering {}

    /// An empty reply with an error code.
    record ErrorReply(ErrorCode code) implements Tampering {}

    /// No reply at all.
    record Silence() implements Tampering {}

    /// NXDOMAIN with nothing that proves it.
    record DenialWithoutProof() implements Tampering {}

    /// The reply codes of RFC 1035 §4.1.1 that say nothing of the name.
    enum ErrorCode {
        SERVFAIL(2),
        NOTIMP(4),
        REFUSED(5);

        private final int number;

        ErrorCode(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }
}
