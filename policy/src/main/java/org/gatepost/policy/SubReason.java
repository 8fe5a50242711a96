// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.Locale;

/// The machine-readable reason below an outcome's code; printed in kebab case, stable across versions.
public enum SubReason {
    STARTTLS_NOT_OFFERED,
    STARTTLS_REFUSED,
    HANDSHAKE_FAILED,
    TLS_VERSION_TOO_OLD,
    TLS_SWITCHED_OFF,
    MX_NOT_LISTED,
    NAME_MISMATCH,
    EXPIRED,
    NOT_YET_VALID,
    UNTRUSTED_ISSUER,
    REVOKED,
    CHAIN_INVALID,
    EE_KEY_MISMATCH,
    EE_CERTIFICATE_MISMATCH,
    TA_NOT_IN_CHAIN,
    MX_BOGUS,
    ADDRESS_BOGUS,
    TLSA_BOGUS,
    MX_LOOKUP_FAILED,
    ADDRESS_LOOKUP_FAILED,
    TLSA_LOOKUP_FAILED,
    STS_RECORD_LOOKUP_FAILED,
    MX_HOST_WITHOUT_ADDRESS,
    CONNECTION_REFUSED,
    CONNECTION_TIMED_OUT,
    CONNECTION_CLOSED,
    CONNECTION_LIMIT_REACHED,
    NULL_MX,
    DOMAIN_NOT_FOUND,
    NO_MX_AND_NO_ADDRESS,
    DANE_NOT_PUBLISHED,
    STS_NOT_ENFORCED,
    REQUIRETLS_NOT_OFFERED,
    REQUIRETLS_NOT_AUTHENTICATED,
    REQUIRETLS_POLICY_UNAVAILABLE,
    PEER_REPLY,
    QUEUE_LIFETIME_OVER,
    LOOP_DETECTED,
    SMTPUTF8_NOT_OFFERED,
    REMOVED_BY_OPERATOR,
    INTERNAL;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
