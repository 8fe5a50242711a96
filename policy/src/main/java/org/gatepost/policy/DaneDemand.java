// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.List;
import java.util.Locale;
import org.gatepost.dns.RecordData;
import org.gatepost.names.DomainName;

/// What DANE demands of one MX host.
///
/// @spec https://www.rfc-editor.org/rfc/rfc7672 RFC 7672 §2.2
public sealed interface DaneDemand {
    /// The certificate must match a usable TLSA record.
    ///
    /// @param base where the records were found, without the `_25._tcp` labels; also what SNI says
    /// @param usable the records to match, not empty
    /// @param published all records found, usable or not
    /// @param referenceNames what a DANE-TA certificate may be named (RFC 7672 §3.2.2)
    /// @param mxSecure whether the MX answer was secure too; if not, an attacker may have named the host
    record Authenticate(
            DomainName base,
            List<RecordData.Tlsa> usable,
            List<RecordData.Tlsa> published,
            List<DomainName> referenceNames,
            boolean mxSecure)
            implements DaneDemand {
        public Authenticate {
            usable = List.copyOf(usable);
            published = List.copyOf(published);
            referenceNames = List.copyOf(referenceNames);
        }
    }

    /// Records exist but none is usable: encryption is mandatory, authentication impossible (RFC 7672 §2.2).
    record EncryptOnly(DomainName base, List<RecordData.Tlsa> published, boolean mxSecure) implements DaneDemand {
        public EncryptOnly {
            published = List.copyOf(published);
        }
    }

    /// DANE demands nothing.
    record Nothing(Why why) implements DaneDemand {}

    /// Why DANE demands nothing.
    enum Why {
        /// The operator switched DANE off for this destination.
        SWITCHED_OFF,
        /// The host's addresses are not signed, so its TLSA records are not asked for (RFC 7672 §2.2.2).
        HOST_INSECURE,
        /// There are no TLSA records, and that is proved.
        NO_TLSA_RECORDS,
        /// TLSA records or their absence are not signed.
        TLSA_INSECURE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
