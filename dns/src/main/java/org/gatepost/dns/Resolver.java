// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import org.gatepost.names.DomainName;

/// Looks names up and says of every answer what DNSSEC says of it. Safe for use by many threads; each call blocks
/// the
/// calling (virtual) thread until there is an answer or the configured time in all is over, and never throws for
/// trouble with the network or with data: that is an [Answer.Failed].
public interface Resolver {
    Answer<RecordData.Mx> mx(DomainName name);

    /// IPv4 addresses.
    Answer<RecordData.Address> a(DomainName name);

    /// IPv6 addresses.
    Answer<RecordData.Address> aaaa(DomainName name);

    Answer<RecordData.Txt> txt(DomainName name);

    /// The TLSA records at exactly this name, such as `_25._tcp.mx.example.com`.
    Answer<RecordData.Tlsa> tlsa(DomainName name);

    /// The alias record at the name itself, without following it: tells whether an alias is secure when what it
    /// leads
    /// to is not (RFC 7672 §2.2.2).
    Answer<RecordData.Cname> cname(DomainName name);
}
