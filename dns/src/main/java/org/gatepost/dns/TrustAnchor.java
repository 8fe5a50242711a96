// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.List;

/// The DS or DNSKEY records that validation starts from.
///
/// @param records at least one, in zone-file form, such as `. IN DS 20326 8 2 E06D…`
public record TrustAnchor(List<String> records) {
    public TrustAnchor {
        records = List.copyOf(records);
        if (records.isEmpty()) {
            throw new IllegalArgumentException("a trust anchor has at least one record");
        }
    }
}
