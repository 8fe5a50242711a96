// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.List;
import java.util.Optional;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.names.DomainName;

/// What DNS says of one MX host.
///
/// @param preference the MX preference; 0 for the implicit MX of RFC 5321 §5.1
/// @param alias the answer to the CNAME question at the host's own name, asked only when an insecure address answer
///     came through an alias
/// @param tlsa the TLSA answers, in the order in which [DaneEligibility] had them asked; empty when none was asked
public record HostFacts(
        DomainName name,
        int preference,
        Answer<RecordData.Address> a,
        Answer<RecordData.Address> aaaa,
        Optional<Answer<RecordData.Cname>> alias,
        List<Answer<RecordData.Tlsa>> tlsa) {
    public HostFacts {
        tlsa = List.copyOf(tlsa);
    }
}
