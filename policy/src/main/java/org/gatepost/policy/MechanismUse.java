// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.Locale;

/// What an operator makes of a mechanism that receivers publish, DANE or MTA-STS. Ordered by strictness.
public enum MechanismUse {
    /// What receivers publish is not asked for.
    NONE,
    /// It is honoured where it is published.
    OPPORTUNISTIC,
    /// It is honoured, and who does not publish it gets no mail.
    MANDATORY;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
