// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Collectors;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TLSARecord;
import org.xbill.DNS.TXTRecord;

/// Turns dnsjava's records into ours. Empty when a record holds a name that is legal in DNS but cannot be
/// a mail host's, such as one with spaces.
final class RecordConversion {
    private RecordConversion() {}

    static Optional<RecordData> data(Record record) {
        return switch (record) {
            case MXRecord mx -> name(mx.getTarget()).map(host -> new RecordData.Mx(mx.getPriority(), host));
            case ARecord a -> Optional.of(new RecordData.Address(a.getAddress()));
            case AAAARecord aaaa -> Optional.of(new RecordData.Address(aaaa.getAddress()));
            case TXTRecord txt -> Optional.of(new RecordData.Txt(text(txt)));
            case CNAMERecord cname -> name(cname.getTarget()).map(RecordData.Cname::new);
            case TLSARecord tlsa -> Optional.of(tlsa(tlsa));
            default -> Optional.empty();
        };
    }

    private static RecordData tlsa(TLSARecord tlsa) {
        return new RecordData.Tlsa(
                tlsa.getCertificateUsage(),
                tlsa.getSelector(),
                tlsa.getMatchingType(),
                HexFormat.of().formatHex(tlsa.getCertificateAssociationData()));
    }

    /// The character-strings joined, each octet one character.
    static String text(TXTRecord txt) {
        return txt.getStringsAsByteArrays().stream()
                .map(octets -> new String(octets, StandardCharsets.ISO_8859_1))
                .collect(Collectors.joining());
    }

    /// Octets that a [DomainName] cannot hold appear escaped in the text form, and the backslash is
    /// refused.
    static Optional<DomainName> name(Name name) {
        try {
            return Optional.of(DomainName.parse(name.toString()));
        } catch (NameSyntaxException e) {
            return Optional.empty();
        }
    }
}
