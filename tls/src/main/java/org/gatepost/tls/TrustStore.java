// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

/// The certification authorities that WebPKI and MTA-STS validation trust.
public final class TrustStore {
    private TrustStore() {}
}
