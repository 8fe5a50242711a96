// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.ArrayList;
import java.util.List;

/// One recipient domain of the [MiniInternet]: happy defaults, of which each row of [Destinations] varies little.
///
/// @param label first label of the domain below `test.`
/// @param signing of the domain's zone
/// @param mta who receives there
/// @param certificate what the MX host shows
/// @param tlsa the MX host's TLSA records
/// @param mx how the domain names its MX host
/// @param policy its MTA-STS policy
record Destination(
        String label, Zone.Signing signing, Mta mta, Certificate certificate, List<Tlsa> tlsa, Mx mx, Policy policy) {

    enum Mta {
        POSTFIX,
        EXIM,
        /// The address takes no connections.
        NOBODY
    }

    enum Certificate {
        /// STARTTLS is not offered.
        NONE,
        /// By the lab's authority, for the MX host.
        TRUSTED,
        SELF_SIGNED,
        /// By the lab's authority, ended yesterday.
        EXPIRED,
        /// By the lab's authority, for a name of somebody else.
        OTHER_NAME,
        /// As TRUSTED, at a server that speaks TLS 1.1 only (Postfix).
        TRUSTED_TLS_1_1
    }

    enum Tlsa {
        /// `3 1 1` of the key served.
        EE_KEY,
        /// `3 1 1` of another key.
        EE_OTHER_KEY,
        /// `2 0 1` of the lab's authority.
        TA_CERTIFICATE,
        /// `2 1 1` of the lab's authority.
        TA_KEY,
        /// `1 1 1`, which SMTP does not use (RFC 7672 §3.1.3).
        PKIX_EE,
        /// `3 1 1` put in after the signing: the RRset is bogus.
        EE_KEY_FORGED,
        /// The name is delegated to a server that knows nothing of it: SERVFAIL.
        LAME
    }

    enum Mx {
        DIRECT,
        /// The MX host is a CNAME to the host that holds address and TLSA records.
        ALIAS,
        /// No MX record, an address at the domain itself (RFC 5321 §5.1).
        IMPLICIT,
        /// `MX 0 .` (RFC 7505).
        NULL,
        /// The MX host lives in the signed zone `provider.test`.
        PROVIDER,
        /// A preferred MX host whose TLSA record matches nothing, then the usual one.
        FIRST_BAD
    }

    enum Policy {
        NONE,
        ENFORCE,
        /// Lists another MX host than the domain has.
        ENFORCE_OTHER_MX,
        TESTING_OTHER_MX
    }

    Destination {
        tlsa = List.copyOf(tlsa);
    }

    /// Signed, Postfix with a trusted certificate, no TLSA records, no policy.
    static Destination signed(String label) {
        return new Destination(
                label, Zone.Signing.SIGNED, Mta.POSTFIX, Certificate.TRUSTED, List.of(), Mx.DIRECT, Policy.NONE);
    }

    /// The same, unsigned.
    static Destination unsigned(String label) {
        return signed(label).with(Zone.Signing.UNSIGNED);
    }

    Destination with(Zone.Signing changed) {
        return new Destination(label, changed, mta, certificate, tlsa, mx, policy);
    }

    Destination with(Mta changed) {
        return new Destination(label, signing, changed, certificate, tlsa, mx, policy);
    }

    Destination with(Certificate changed) {
        return new Destination(label, signing, mta, changed, tlsa, mx, policy);
    }

    Destination with(Tlsa... changed) {
        return new Destination(label, signing, mta, certificate, List.of(changed), mx, policy);
    }

    Destination with(Mx changed) {
        return new Destination(label, signing, mta, certificate, tlsa, changed, policy);
    }

    Destination with(Policy changed) {
        return new Destination(label, signing, mta, certificate, tlsa, mx, changed);
    }

    String domain() {
        return label + ".test";
    }

    /// A recipient there; the MTAs take every local part.
    String recipient(String localPart) {
        return localPart + "@" + domain();
    }

    /// The MX host as the MX record names it.
    String mxHost() {
        return switch (mx) {
            case DIRECT, ALIAS, FIRST_BAD -> "mx." + domain();
            case IMPLICIT, NULL -> domain();
            case PROVIDER -> label + ".provider.test";
        };
    }

    /// The host that holds address and TLSA records.
    String addressHost() {
        return mx == Mx.ALIAS ? "host." + domain() : mxHost();
    }

    /// Records of the domain's zone but for those of the address host.
    List<String> routing(String address) {
        var lines = new ArrayList<String>();
        switch (mx) {
            case DIRECT, PROVIDER -> lines.add("@ MX 10 " + mxHost() + ".");
            case ALIAS -> lines.addAll(List.of("@ MX 10 mx", "mx CNAME host"));
            case NULL -> lines.add("@ MX 0 .");
            case FIRST_BAD ->
                lines.addAll(List.of(
                        "@ MX 5 first",
                        "@ MX 10 mx",
                        "first A " + address,
                        "_25._tcp.first TLSA 3 1 1 " + "00".repeat(32)));
            case IMPLICIT -> {}
        }
        return lines;
    }

    /// The text of the policy, empty without one.
    String policyText() {
        return switch (policy) {
            case NONE -> "";
            case ENFORCE -> policyText("enforce", mxHost());
            case ENFORCE_OTHER_MX -> policyText("enforce", otherMx());
            case TESTING_OTHER_MX -> policyText("testing", otherMx());
        };
    }

    /// The MX host that the policy lists.
    String policyMx() {
        return switch (policy) {
            case NONE, ENFORCE -> mxHost();
            case ENFORCE_OTHER_MX, TESTING_OTHER_MX -> otherMx();
        };
    }

    private String otherMx() {
        return "mail." + domain();
    }

    private static String policyText(String mode, String mx) {
        return "version: STSv1\r\nmode: " + mode + "\r\nmx: " + mx + "\r\nmax_age: 604800\r\n";
    }

    @Override
    public String toString() {
        return domain();
    }
}
