// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.OptionalInt;
import org.gatepost.dns.RecordData;

/// What [DaneMatcher] makes of a server's certificates.
public sealed interface DaneMatch {
    /// One printable line.
    String evidence();

    /// A record authenticates the server.
    ///
    /// @param record the one that does
    /// @param depth the place of the matched certificate in the chain as sent, 0 for the leaf; empty when the
    ///     record itself holds the trust anchor and the server did not send it
    record Matched(RecordData.Tlsa record, OptionalInt depth, String evidence) implements DaneMatch {}

    /// No record does.
    ///
    /// @param failure the most telling of what was met
    record Failed(DeliveryFailure failure) implements DaneMatch {
        @Override
        public String evidence() {
            return failure.evidence();
        }
    }
}
