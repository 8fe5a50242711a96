// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a server that knows nothing above TLS 1.1 answers to a ClientHello. JSSE can no longer be
/// made to say it.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4346 RFC 4346 §7.4.1: hello messages
final class OldServerHello {
    private static final short TLS_1_1 = 0x0302;
    private static final byte ALERT = 21;
    private static final byte FATAL = 2;
    private static final byte HANDSHAKE_FAILURE = 40;
    private static final byte HANDSHAKE = 22;
    private static final byte SERVER_HELLO = 2;
    private static final int RANDOM_OCTETS = 32;
    private static final int HANDSHAKE_HEADER_OCTETS = 4;

    // version, random, empty session id, cipher suite, null compression
    private static final int BODY_OCTETS = 2 + RANDOM_OCTETS + 1 + 2 + 1;

    /// The AES suites that TLS 1.1 has (RFC 4492 §6, RFC 3268 §2), the best first.
    private static final List<Short> SUITES =
            List.of((short) 0xc00a, (short) 0xc009, (short) 0xc014, (short) 0xc013, (short) 0x0035, (short) 0x002f);

    private OldServerHello() {}

    /// @param clientHello the content of the client's first record
    /// @return a ServerHello with a suite that the client offers; else an alert, as there is none in
    ///     common
    static byte[] answer(byte[] clientHello) {
        Set<Short> offered = suites(ByteBuffer.wrap(clientHello));
        Optional<Short> common = SUITES.stream().filter(offered::contains).findFirst();
        return common.map(OldServerHello::hello).orElseGet(OldServerHello::alert);
    }

    private static Set<Short> suites(ByteBuffer hello) {
        Set<Short> offered = new HashSet<>();
        try {
            hello.position(HANDSHAKE_HEADER_OCTETS + 2 + RANDOM_OCTETS);
            int sessionIdOctets = hello.get() & 0xff;
            hello.position(hello.position() + sessionIdOctets);
            int suites = (hello.getShort() & 0xffff) / 2;
            for (int i = 0; i < suites; i++) {
                offered.add(hello.getShort());
            }
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            // No whole ClientHello: what was read of it counts.
            return offered;
        }
        return offered;
    }

    private static byte[] hello(short suite) {
        byte[] random = new byte[RANDOM_OCTETS];
        new SecureRandom().nextBytes(random);
        return record(HANDSHAKE, HANDSHAKE_HEADER_OCTETS + BODY_OCTETS)
                .put(SERVER_HELLO)
                .put((byte) 0)
                .putShort((short) BODY_OCTETS)
                .putShort(TLS_1_1)
                .put(random)
                .put((byte) 0)
                .putShort(suite)
                .put((byte) 0)
                .array();
    }

    private static byte[] alert() {
        return record(ALERT, 2).put(FATAL).put(HANDSHAKE_FAILURE).array();
    }

    private static ByteBuffer record(byte type, int octets) {
        return ByteBuffer.allocate(5 + octets).put(type).putShort(TLS_1_1).putShort((short) octets);
    }
}
