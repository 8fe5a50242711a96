// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

/// A reply that validation needs could not be had.
final class UnavailableException extends Exception {
    private final transient DnsFailure failure;

    UnavailableException(DnsFailure failure) {
        super(failure.detail());
        this.failure = failure;
    }

    DnsFailure failure() {
        return failure;
    }
}
