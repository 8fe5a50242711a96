// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

/// One recipient domain with one MX host of its own.
///
/// @param domain without trailing dot
/// @param host likewise
/// @param address of the host, on the loopback network
record Destination(String domain, Protection protection, String host, String address) {
    String policyHost() {
        return "mta-sts." + domain;
    }
}
