// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

/// Why a question has no answer.
///
/// @param reason the class of the trouble, for programs
/// @param detail one line for people: which zone, record set, key or server, and what is wrong with it; printable
///     ASCII
public record DnsFailure(Reason reason, String detail) {
    public DnssecStatus status() {
        return reason.status;
    }

    /// The trouble's class. The bogus ones say that someone published or forged wrong data; the indeterminate ones
    /// that
    /// nothing could be learned.
    public enum Reason {
        /// Validation failed: the signature, the chain or the denial is wrong. Finer reasons stand in the detail.
        BOGUS(DnssecStatus.BOGUS),
        /// A server answered SERVFAIL.
        SERVER_FAILURE(DnssecStatus.INDETERMINATE),
        /// A server refused, did not implement the question, or sent another error code.
        REFUSED(DnssecStatus.INDETERMINATE),
        /// No upstream answered in time.
        TIMED_OUT(DnssecStatus.INDETERMINATE),
        /// No upstream could be reached.
        UNREACHABLE(DnssecStatus.INDETERMINATE),
        /// The answer could not be read, or its aliases loop.
        MALFORMED(DnssecStatus.INDETERMINATE);

        private final DnssecStatus status;

        Reason(DnssecStatus status) {
            this.status = status;
        }
    }
}
