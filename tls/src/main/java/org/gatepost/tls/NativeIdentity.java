// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import io.netty.internal.tcnative.SSL;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;

/// The certificate and key of a server in the native library's memory, shared by its connections, which keep what they
/// need of it alive.
final class NativeIdentity {
    private static final Cleaner CLEANER = Cleaner.create();

    private final List<X509Certificate> chain;
    private final Material material;

    private record Material(long certificates, long key) implements Runnable {
        @Override
        public void run() {
            SSL.freeX509Chain(certificates);
            SSL.freePrivateKey(key);
        }
    }

    private NativeIdentity(List<X509Certificate> chain, Material material) {
        this.chain = chain;
        this.material = material;
        CLEANER.register(this, material);
    }

    /// @throws GeneralSecurityException when the library cannot use a key of this kind
    static NativeIdentity of(ServerIdentity identity) throws GeneralSecurityException {
        var certificates = new StringBuilder();
        for (X509Certificate certificate : identity.chain()) {
            certificates.append(pem("CERTIFICATE", certificate.getEncoded()));
        }
        try {
            long chain = withPem(certificates.toString(), SSL::parseX509Chain);
            try {
                long key =
                        withPem(pem("PRIVATE KEY", identity.key().getEncoded()), bio -> SSL.parsePrivateKey(bio, null));
                return new NativeIdentity(identity.chain(), new Material(chain, key));
            } catch (Exception e) {
                SSL.freeX509Chain(chain);
                throw e;
            }
        } catch (Exception e) {
            throw new GeneralSecurityException("the native library does not take this key", e);
        }
    }

    private static String pem(String label, byte[] der) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----\n";
    }

    private interface Parser {
        long parse(long bio) throws Exception;
    }

    private static long withPem(String pem, Parser parser) throws Exception {
        long bio = SSL.newMemBIO();
        try {
            byte[] octets = pem.getBytes(StandardCharsets.US_ASCII);
            NativeScratch.Area area = NativeScratch.Area.of(octets.length);
            area.buffer().put(octets);
            try {
                SSL.bioWrite(bio, area.address(), octets.length);
            } finally {
                Reference.reachabilityFence(area);
            }
            return parser.parse(bio);
        } finally {
            SSL.freeBIO(bio);
        }
    }

    List<X509Certificate> chain() {
        return chain;
    }

    void giveTo(long ssl) {
        try {
            SSL.setKeyMaterial(ssl, material.certificates(), material.key());
        } catch (Exception e) {
            throw new IllegalStateException("the native library does not take its own key", e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
