// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import io.netty.internal.tcnative.CertificateVerifier;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import java.util.Map;

/// What all native connections share: one context a side, made once and never freed. Nothing about a session is in
/// them: no session is stored and no ticket is taken or given, so every handshake is a full one.
///
/// May only be touched when [NativeLibrary#trouble] is empty.
final class NativeContexts {
    /// Those of TLS 1.2 in order of preference, by OpenSSL's name and by IANA's. All are forward secret. TLS
    /// 1.3 chooses among its own.
    private static final Map<String, String> SUITES = Map.ofEntries(
            Map.entry("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
            Map.entry("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            Map.entry("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
            Map.entry("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
            Map.entry("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
            Map.entry("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
            Map.entry("ECDHE-ECDSA-AES128-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
            Map.entry("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
            Map.entry("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
            Map.entry("ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"));
    private static final String PREFERENCE = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
            + ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
            + ":ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
            + ":ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA";

    /// Key shares go out for the first and for the next one of another kind.
    private static final String[] GROUPS = {"X25519MLKEM768", "X25519", "P-256", "P-384"};

    private static final Map<String, String> GROUP_NAMES =
            Map.of("X25519", "x25519", "P-256", "secp256r1", "P-384", "secp384r1");

    /// More than the octets of a handshake can hold, so that a chain is handed over whole.
    private static final int ANY_DEPTH = 10_000;

    static final long CLIENT = client();
    static final long SERVER = context(SSL.SSL_MODE_SERVER);

    private NativeContexts() {}

    private static long client() {
        long context = context(SSL.SSL_MODE_CLIENT);
        SSLContext.setCertVerifyCallback(context, new CertificateVerifier() {
            @Override
            public int verify(long ssl, byte[][] chain, String authenticationMethod) {
                return NativeEngine.keepChain(ssl, chain) ? X509_V_OK : X509_V_ERR_CERT_REJECTED;
            }
        });
        SSLContext.setVerify(context, SSL.SSL_CVERIFY_REQUIRED, ANY_DEPTH);
        return context;
    }

    private static long context(int side) {
        try {
            long context = SSLContext.make(SSL.SSL_PROTOCOL_TLSV1_2 | SSL.SSL_PROTOCOL_TLSV1_3, side);
            SSLContext.setOptions(context, SSL.SSL_OP_NO_TICKET | SSL.SSL_OP_CIPHER_SERVER_PREFERENCE);
            SSLContext.setMode(
                    context,
                    SSL.SSL_MODE_RELEASE_BUFFERS
                            | SSL.SSL_MODE_ENABLE_PARTIAL_WRITE
                            | SSL.SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
            SSLContext.setSessionCacheMode(context, SSL.SSL_SESS_CACHE_OFF);
            if (!SSLContext.setCipherSuite(context, PREFERENCE, false) || !SSLContext.setCurvesList(context, GROUPS)) {
                throw new IllegalStateException("the native library lacks cipher suites or groups");
            }
            return context;
        } catch (Exception e) {
            throw new IllegalStateException("the native library makes no context", e);
        }
    }

    /// The IANA name of a cipher suite.
    static String suiteName(String openSslName) {
        return SUITES.getOrDefault(openSslName, openSslName);
    }

    /// The IANA name of a group.
    static String groupName(String openSslName) {
        return GROUP_NAMES.getOrDefault(openSslName, openSslName);
    }
}
