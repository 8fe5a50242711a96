// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

/// What a server that knows nothing above TLS 1.1 answers to a ClientHello. JSSE can no longer be
/// made to say it.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4346 RFC 4346 §7.4.1.3: Server Hello
final class OldServerHello {
    private static final short TLS_1_1 = 0x0302;
    private static final byte HANDSHAKE = 22;
    private static final byte SERVER_HELLO = 2;
    private static final short TLS_RSA_WITH_AES_128_CBC_SHA = 0x002f;
    private static final int RANDOM_OCTETS = 32;

    // version, random, empty session id, cipher suite, null compression
    private static final int BODY_OCTETS = 2 + RANDOM_OCTETS + 1 + 2 + 1;

    private OldServerHello() {}

    static byte[] octets() {
        byte[] random = new byte[RANDOM_OCTETS];
        new SecureRandom().nextBytes(random);
        return ByteBuffer.allocate(5 + 4 + BODY_OCTETS)
                .put(HANDSHAKE)
                .putShort(TLS_1_1)
                .putShort((short) (4 + BODY_OCTETS))
                .put(SERVER_HELLO)
                .put((byte) 0)
                .putShort((short) BODY_OCTETS)
                .putShort(TLS_1_1)
                .put(random)
                .put((byte) 0)
                .putShort(TLS_RSA_WITH_AES_128_CBC_SHA)
                .put((byte) 0)
                .array();
    }
}
