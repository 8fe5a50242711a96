// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

/// The policy types of TLS reports, spelled as RFC 8460 §4.4 does.
public enum PolicyType {
    TLSA("tlsa"),
    STS("sts"),
    NO_POLICY_FOUND("no-policy-found");

    private final String term;

    PolicyType(String term) {
        this.term = term;
    }

    @Override
    public String toString() {
        return term;
    }
}
