// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.Optional;
import org.xbill.DNS.Message;

/// What validation makes of one question.
sealed interface Verdict {
    /// The records, or their denial, hold.
    ///
    /// @param status secure or insecure; or, when no anchor stands above the name, indeterminate: RFC 4033
    ///     §5 leaves open whether such data are used, and [AnswerReader] does not
    /// @param message the relevant records in order
    /// @param why empty when secure
    record Usable(DnssecStatus status, Message message, Optional<ValidationReason> why) implements Verdict {}

    /// Bogus, or nothing could be learned.
    ///
    /// @param why present when bogus
    record Unusable(DnsFailure failure, Optional<ValidationReason> why) implements Verdict {}

    /// Nothing could be learned.
    static Unusable unusable(DnsFailure failure) {
        return new Unusable(failure, Optional.empty());
    }
}
