// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// The octets that a signature signs.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4034 RFC 4034 §3.1.8.1 and §6
final class CanonicalForm {
    private static final int FIXED_OCTETS = 10;

    /// Names in the data of these types are put into lower case (RFC 4034 §6.2 as corrected by RFC 6840
    /// §5.1); in all later types they stay as they are.
    private static final Set<Integer> LOWERED = Set.of(
            Type.NS,
            Type.MD,
            Type.MF,
            Type.CNAME,
            Type.SOA,
            Type.MB,
            Type.MG,
            Type.MR,
            Type.PTR,
            Type.MINFO,
            Type.MX,
            Type.RP,
            Type.AFSDB,
            Type.RT,
            Type.SIG,
            Type.PX,
            Type.NXT,
            Type.NAPTR,
            Type.KX,
            Type.SRV,
            Type.DNAME,
            Type.A6,
            Type.RRSIG);

    private CanonicalForm() {}

    /// @param signature with no more labels than the set's owner has; with fewer, the owner is the expansion
    ///     of a wildcard
    static byte[] signedOctets(RRset set, RRSIGRecord signature) {
        var out = new ByteArrayOutputStream();
        writeSignature(out, signature);
        byte[] owner = signedOwner(set.getName(), signature.getLabels()).toWireCanonical();
        List<byte[]> data = set.rrs(false).stream()
                .map(CanonicalForm::data)
                .sorted(Arrays::compareUnsigned)
                .toList();
        for (byte[] octets : data) {
            out.writeBytes(owner);
            var fixed = new DNSOutput();
            fixed.writeU16(set.getType());
            fixed.writeU16(set.getDClass());
            fixed.writeU32(signature.getOrigTTL());
            fixed.writeU16(octets.length);
            out.writeBytes(fixed.toByteArray());
            out.writeBytes(octets);
        }
        return out.toByteArray();
    }

    private static void writeSignature(ByteArrayOutputStream out, RRSIGRecord signature) {
        var fields = new DNSOutput();
        fields.writeU16(signature.getTypeCovered());
        fields.writeU8(signature.getAlgorithm());
        fields.writeU8(signature.getLabels());
        fields.writeU32(signature.getOrigTTL());
        fields.writeU32(signature.getExpire().getEpochSecond() & 0xffffffffL);
        fields.writeU32(signature.getTimeSigned().getEpochSecond() & 0xffffffffL);
        fields.writeU16(signature.getFootprint());
        out.writeBytes(fields.toByteArray());
        out.writeBytes(signature.getSigner().toWireCanonical());
    }

    /// The labels of a name as RFC 4034 §3.1.3 counts them: neither the root nor a leading asterisk.
    static int labels(Name name) {
        return name.labels() - (name.isWild() ? 2 : 1);
    }

    /// RFC 4035 §5.3.2: the owner itself, or the wildcard it was made from.
    static Name signedOwner(Name owner, int labels) {
        int surplus = labels(owner) - labels;
        return surplus > 0 ? owner.wild(surplus + (owner.isWild() ? 1 : 0)) : owner;
    }

    private static byte[] data(Record record) {
        if (LOWERED.contains(record.getType())) {
            return record.rdataToWireCanonical();
        }
        byte[] whole = record.toWire(Section.ANSWER);
        return Arrays.copyOfRange(whole, record.getName().length() + FIXED_OCTETS, whole.length);
    }
}
