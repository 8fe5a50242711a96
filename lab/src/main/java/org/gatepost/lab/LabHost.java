// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.util.List;

/// One MX host of a scenario, as it is before any fault.
///
/// @param label the first label of its name, such as `mx1`
/// @param certificate what it shows, and what its TLSA records name
/// @param tlsa empty for no TLSA records
public record LabHost(String label, int preference, CertificateKind certificate, List<TlsaKind> tlsa) {
    public LabHost {
        tlsa = List.copyOf(tlsa);
    }

    static LabHost first() {
        return new LabHost("mx1", 10, CertificateKind.GOOD, List.of());
    }

    LabHost with(CertificateKind other) {
        return new LabHost(label, preference, other, tlsa);
    }

    LabHost with(TlsaKind... records) {
        return new LabHost(label, preference, certificate, List.of(records));
    }

    /// The same host under another name and preference.
    LabHost second() {
        return new LabHost("mx2", 20, certificate, tlsa);
    }
}
