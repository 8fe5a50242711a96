// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.gatepost.interop.Destination.signed;
import static org.gatepost.interop.Destination.unsigned;

import java.util.List;
import org.gatepost.interop.Destination.Certificate;
import org.gatepost.interop.Destination.Mta;
import org.gatepost.interop.Destination.Mx;
import org.gatepost.interop.Destination.Policy;
import org.gatepost.interop.Destination.Tlsa;
import org.gatepost.interop.Zone.Signing;

/// Every recipient domain of the shared [MiniInternet].
final class Destinations {
    private Destinations() {}

    /// The senders' own domain: where non-delivery reports go.
    static final Destination SENDERS = unsigned("senders");

    // Without demands
    static final Destination PLAIN = unsigned("plain").with(Certificate.NONE);
    static final Destination SELF_SIGNED = unsigned("self-signed").with(Certificate.SELF_SIGNED);
    static final Destination SIGNED_WITHOUT_TLSA =
            signed("no-tlsa").with(Certificate.SELF_SIGNED).with(Mta.EXIM);
    static final Destination UNREACHABLE = unsigned("unreachable").with(Mta.NOBODY);
    static final Destination NULL_MX = signed("null-mx").with(Mx.NULL).with(Mta.NOBODY);

    // DANE that holds
    static final Destination DANE_EE = signed("dane-ee").with(Tlsa.EE_KEY).with(Certificate.SELF_SIGNED);
    static final Destination DANE_EE_EXIM = signed("dane-ee-exim")
            .with(Signing.SIGNED_NSEC3)
            .with(Tlsa.EE_KEY)
            .with(Certificate.SELF_SIGNED)
            .with(Mta.EXIM);
    static final Destination DANE_EE_EXPIRED =
            signed("dane-ee-expired").with(Tlsa.EE_KEY).with(Certificate.EXPIRED);
    static final Destination DANE_TA = signed("dane-ta").with(Tlsa.TA_CERTIFICATE);
    static final Destination DANE_TA_EXIM =
            signed("dane-ta-exim").with(Tlsa.TA_KEY).with(Mta.EXIM);
    static final Destination DANE_ROLLOVER = signed("dane-rollover").with(Tlsa.EE_OTHER_KEY, Tlsa.EE_KEY);
    static final Destination DANE_ALIAS = signed("dane-alias").with(Mx.ALIAS).with(Tlsa.EE_KEY);
    static final Destination DANE_IMPLICIT_MX =
            signed("dane-implicit").with(Mx.IMPLICIT).with(Tlsa.EE_KEY);
    static final Destination DANE_PROVIDER =
            unsigned("dane-provider").with(Mx.PROVIDER).with(Tlsa.EE_KEY);
    static final Destination DANE_FIRST_MX_BAD =
            signed("dane-first-bad").with(Mx.FIRST_BAD).with(Tlsa.EE_KEY);

    // DANE that fails, or demands less
    static final Destination DANE_MISMATCH = signed("dane-mismatch").with(Tlsa.EE_OTHER_KEY);
    static final Destination DANE_MISMATCH_EXIM =
            signed("dane-mismatch-exim").with(Tlsa.EE_OTHER_KEY).with(Mta.EXIM);
    static final Destination DANE_NO_STARTTLS =
            signed("dane-no-starttls").with(Tlsa.EE_KEY).with(Certificate.NONE);
    static final Destination DANE_TA_EXPIRED =
            signed("dane-ta-expired").with(Tlsa.TA_CERTIFICATE).with(Certificate.EXPIRED);
    static final Destination DANE_TA_OTHER_NAME =
            signed("dane-ta-other-name").with(Tlsa.TA_CERTIFICATE).with(Certificate.OTHER_NAME);
    static final Destination DANE_TA_SELF_SIGNED =
            signed("dane-ta-self-signed").with(Tlsa.TA_CERTIFICATE).with(Certificate.SELF_SIGNED);
    static final Destination DANE_UNUSABLE =
            signed("dane-unusable").with(Tlsa.PKIX_EE).with(Certificate.SELF_SIGNED);
    static final Destination DANE_UNUSABLE_NO_STARTTLS =
            signed("dane-unusable-plain").with(Tlsa.PKIX_EE).with(Certificate.NONE);

    // DNSSEC that fails
    static final Destination DNSSEC_WRONG_DS =
            signed("wrong-ds").with(Signing.WRONG_DS).with(Tlsa.EE_KEY);
    static final Destination DNSSEC_EXPIRED =
            signed("expired-signatures").with(Signing.EXPIRED_SIGNATURES).with(Tlsa.EE_KEY);
    static final Destination TLSA_FORGED = signed("tlsa-forged").with(Tlsa.EE_OTHER_KEY, Tlsa.EE_KEY_FORGED);
    static final Destination TLSA_LAME = signed("tlsa-lame").with(Tlsa.LAME);

    // MTA-STS
    static final Destination STS = unsigned("sts").with(Policy.ENFORCE);
    static final Destination STS_EXIM =
            unsigned("sts-exim").with(Policy.ENFORCE).with(Mta.EXIM);
    static final Destination STS_OTHER_MX = unsigned("sts-other-mx").with(Policy.ENFORCE_OTHER_MX);
    static final Destination STS_TESTING = unsigned("sts-testing").with(Policy.TESTING_OTHER_MX);
    static final Destination STS_EXPIRED =
            unsigned("sts-expired").with(Policy.ENFORCE).with(Certificate.EXPIRED);
    static final Destination STS_EXPIRED_EXIM = unsigned("sts-expired-exim")
            .with(Policy.ENFORCE)
            .with(Certificate.EXPIRED)
            .with(Mta.EXIM);
    static final Destination STS_OTHER_NAME =
            unsigned("sts-other-name").with(Policy.ENFORCE).with(Certificate.OTHER_NAME);
    static final Destination STS_SELF_SIGNED =
            unsigned("sts-self-signed").with(Policy.ENFORCE).with(Certificate.SELF_SIGNED);
    static final Destination STS_NO_STARTTLS =
            unsigned("sts-no-starttls").with(Policy.ENFORCE).with(Certificate.NONE);
    static final Destination STS_TLS_1_1 =
            unsigned("sts-tls11").with(Policy.ENFORCE).with(Certificate.TRUSTED_TLS_1_1);
    static final Destination STS_AND_DANE =
            signed("sts-and-dane").with(Policy.ENFORCE).with(Tlsa.EE_KEY);
    static final Destination STS_AND_DANE_MISMATCH =
            signed("sts-dane-mismatch").with(Policy.ENFORCE).with(Tlsa.EE_OTHER_KEY);

    static List<Destination> all() {
        return List.of(
                SENDERS,
                PLAIN,
                SELF_SIGNED,
                SIGNED_WITHOUT_TLSA,
                UNREACHABLE,
                NULL_MX,
                DANE_EE,
                DANE_EE_EXIM,
                DANE_EE_EXPIRED,
                DANE_TA,
                DANE_TA_EXIM,
                DANE_ROLLOVER,
                DANE_ALIAS,
                DANE_IMPLICIT_MX,
                DANE_PROVIDER,
                DANE_FIRST_MX_BAD,
                DANE_MISMATCH,
                DANE_MISMATCH_EXIM,
                DANE_NO_STARTTLS,
                DANE_TA_EXPIRED,
                DANE_TA_OTHER_NAME,
                DANE_TA_SELF_SIGNED,
                DANE_UNUSABLE,
                DANE_UNUSABLE_NO_STARTTLS,
                DNSSEC_WRONG_DS,
                DNSSEC_EXPIRED,
                TLSA_FORGED,
                TLSA_LAME,
                STS,
                STS_EXIM,
                STS_OTHER_MX,
                STS_TESTING,
                STS_EXPIRED,
                STS_EXPIRED_EXIM,
                STS_OTHER_NAME,
                STS_SELF_SIGNED,
                STS_NO_STARTTLS,
                STS_TLS_1_1,
                STS_AND_DANE,
                STS_AND_DANE_MISMATCH);
    }
}
