// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.gatepost.names.DomainName;

/// An MTA-STS policy, parsed.
///
/// @param maxAge 0 to 31,557,600 seconds
/// @param mx may be empty only with [Mode#NONE]
/// @spec https://www.rfc-editor.org/rfc/rfc8461 RFC 8461 §3.2
public record StsPolicy(Mode mode, Duration maxAge, List<MxPattern> mx) {
    public StsPolicy {
        mx = List.copyOf(mx);
    }

    public boolean lists(DomainName mxHost) {
        return mx.stream().anyMatch(pattern -> pattern.matches(mxHost));
    }

    /// How a policy is applied (RFC 8461 §5).
    public enum Mode {
        ENFORCE,
        TESTING,
        NONE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
