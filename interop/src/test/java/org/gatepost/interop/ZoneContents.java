// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.List;

/// What stands in the zones that are compared, and what is asked of them.
final class ZoneContents {
    /// An address, a mail host with its TLSA record, a wildcard.
    static final List<String> BRIEF_RECORDS = """
            @ MX 10 mx
            www A 192.0.2.1
            mx A 192.0.2.10
            _25._tcp.mx TLSA 3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
            alias CNAME mx
            *.wild TXT "any"
            """.lines().toList();

    static final List<String> BRIEF_QUESTIONS = """
            @ SOA MX A DNSKEY DS
            www A AAAA
            mx A
            _25._tcp.mx TLSA
            _26._tcp.mx TLSA
            alias A
            x.wild TXT A
            nothing A TLSA
            """.lines().toList();

    /// A bit of everything; needs `signed.test`, `unsigned.test` and `expired.test`.
    static final List<String> FULL_RECORDS = """
            @ MX 10 mx
            @ MX 20 mx.signed.test.
            @ A 192.0.2.2
            @ TXT "v=spf1 -all"
            www A 192.0.2.1
            mx A 192.0.2.10
            mx AAAA 2001:db8::10
            _25._tcp.mx TLSA 3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
            _25._tcp.mx TLSA 2 0 1 ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100
            alias CNAME mx
            hop1 CNAME hop2
            hop2 CNAME alias
            _25._tcp.alias CNAME _25._tcp.mx
            to-signed CNAME www.signed.test.
            to-unsigned CNAME www.unsigned.test.
            to-broken CNAME www.expired.test.
            to-nothing CNAME nothing
            to-nothing-elsewhere CNAME nothing.signed.test.
            to-wild CNAME x.wild
            to-moved CNAME www.moved
            *.wild A 192.0.2.20
            *.wild TXT "any"
            below.wild TXT "in the way"
            *.wild-alias CNAME mx
            *.wild-away CNAME www.unsigned.test.
            *.wild-mx MX 10 mx
            a.b.ent A 192.0.2.30
            *.inner.wild-ent TXT "deep"
            www.target A 192.0.2.40
            moved DNAME target
            away DNAME signed.test.
            off DNAME unsigned.test.
            """.lines().toList();

    static final List<String> FULL_QUESTIONS = """
            @ SOA NS MX A AAAA TXT DNSKEY DS TLSA CNAME
            www A
            mx A AAAA MX DS
            _25._tcp.mx TLSA A
            _tcp.mx TLSA
            _26._tcp.mx TLSA
            alias A CNAME MX
            hop1 AAAA CNAME TXT
            _25._tcp.alias TLSA
            to-signed A AAAA
            to-unsigned A AAAA
            to-broken A
            to-nothing A
            to-nothing-elsewhere A
            to-wild A AAAA
            to-moved A
            x.wild A TXT MX
            a.b.c.wild A
            below.wild TXT A
            y.below.wild A
            *.wild A MX
            wild A
            x.wild-alias A CNAME MX
            x.wild-away A
            x.wild-mx MX A
            ent A
            b.ent MX
            a.b.ent A
            c.b.ent A
            c.ent A
            wild-ent TXT
            inner.wild-ent TXT
            q.inner.wild-ent TXT A
            q.wild-ent TXT
            moved A DNAME
            www.moved A AAAA
            nothing.moved A
            www.away A
            nothing.away A
            www.off A
            insecure NS DS A
            www.insecure A AAAA
            nothing.insecure A
            hidden A DS
            low.hidden DS
            www.low.hidden A
            nothing A MX TLSA DS
            deeper.nothing A
            _25._tcp.nothing TLSA
            """.lines().toList();

    private ZoneContents() {}
}
