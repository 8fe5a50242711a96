// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

/// What the sending gateway honours in a scenario; everything by default.
public enum SenderSide {
    DANE_AND_MTA_STS,
    ONLY_DANE,
    ONLY_MTA_STS,
    NOTHING;

    public boolean honoursDane() {
        return this == DANE_AND_MTA_STS || this == ONLY_DANE;
    }

    public boolean honoursMtaSts() {
        return this == DANE_AND_MTA_STS || this == ONLY_MTA_STS;
    }
}
