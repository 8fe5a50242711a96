// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetAddress;
import java.util.HexFormat;
import org.gatepost.names.DomainName;

/// The data of one resource record.
public sealed interface RecordData {
    /// A mail exchanger (RFC 1035 §3.3.9); the root as exchange is the null MX of RFC 7505.
    record Mx(int preference, DomainName exchange) implements RecordData {
        @Override
        public String toString() {
            return preference + " " + exchange;
        }
    }

    /// An A or AAAA record's address.
    record Address(InetAddress address) implements RecordData {
        @Override
        public String toString() {
            return address.getHostAddress();
        }
    }

    /// A TXT record, its character-strings joined without separator (RFC 8461 §3.1, RFC 7208 §3.3); octets as
    /// Latin-1.
    record Txt(String text) implements RecordData {
        @Override
        public String toString() {
            return '"' + text + '"';
        }
    }

    /// An alias's target.
    record Cname(DomainName target) implements RecordData {
        @Override
        public String toString() {
            return target.toString();
        }
    }

    /// A TLSA record as published (RFC 6698 §2.1); each of the numbers is an octet, whether or not it is assigned.
    ///
    /// @param associationData the certificate association data in lower-case hexadecimal
    record Tlsa(int usage, int selector, int matchingType, String associationData) implements RecordData {
        public Tlsa {
            requireOctet(usage);
            requireOctet(selector);
            requireOctet(matchingType);
            HexFormat.of().parseHex(associationData);
        }

        public byte[] associationOctets() {
            return HexFormat.of().parseHex(associationData);
        }

        private static void requireOctet(int value) {
            if (value < 0 || value > 255) {
                throw new IllegalArgumentException("not an octet: " + value);
            }
        }

        @Override
        public String toString() {
            return usage + " " + selector + " " + matchingType + " " + associationData;
        }
    }
}
