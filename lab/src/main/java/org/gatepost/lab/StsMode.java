// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.util.Locale;

/// The modes of an MTA-STS policy (RFC 8461 §5).
public enum StsMode {
    ENFORCE,
    TESTING,
    NONE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
