// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

/// Which TLSA base domains may be asked for a host.
public final class DaneEligibility {
    private DaneEligibility() {}
}
