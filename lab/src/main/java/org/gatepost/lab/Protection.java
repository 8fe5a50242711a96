// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

/// What protected a delivered message.
public enum Protection {
    CLEAR("clear text"),
    TLS("TLS, unauthenticated"),
    CERTIFICATE("TLS, certificate verified"),
    MTA_STS("MTA-STS"),
    DANE("DANE"),
    DANE_AND_MTA_STS("DANE and MTA-STS");

    private final String description;

    Protection(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }
}
