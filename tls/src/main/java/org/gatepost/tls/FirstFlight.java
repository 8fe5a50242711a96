// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/// What the first octets of a peer say, read in clear from the wire: independent of how an engine words its
/// errors.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8446 RFC 8446 §5.1: record layer; §4.1.3: ServerHello; §4.2.1:
///     supported_versions
sealed interface FirstFlight {
    /// A ServerHello that chose this version, or a ClientHello whose legacy_version this is.
    record Hello(int version) implements FirstFlight {}

    /// An alert that ends the handshake.
    ///
    /// @param version of the record that carried it
    /// @param code the alert's number
    record Alert(int version, int code) implements FirstFlight {}

    /// No TLS record.
    record NotTls() implements FirstFlight {}

    /// Not one octet arrived.
    record Nothing() implements FirstFlight {}

    /// Too little arrived to say.
    record Unknown() implements FirstFlight {}

    int TLS12 = 0x0303;

    private static boolean isContentType(int type) {
        return type >= 20 && type <= 24;
    }

    static FirstFlight read(byte[] octets) {
        if (octets.length == 0) {
            return new Nothing();
        }
        ByteBuffer wire = ByteBuffer.wrap(octets);
        var handshake = new ByteArrayOutputStream();
        while (wire.remaining() >= 5) {
            int type = wire.get() & 0xff;
            int version = wire.getShort() & 0xffff;
            int length = wire.getShort() & 0xffff;
            if (!isContentType(type) || version >>> 8 != 3) {
                return handshake.size() == 0 ? new NotTls() : hello(handshake.toByteArray());
            }
            byte[] fragment = new byte[Math.min(length, wire.remaining())];
            wire.get(fragment);
            if (type == 21 && handshake.size() == 0 && fragment.length == 2) {
                if (endsHandshake(fragment)) {
                    return new Alert(version, fragment[1] & 0xff);
                }
            } else if (type == 22) {
                handshake.writeBytes(fragment);
            } else {
                break;
            }
        }
        if (handshake.size() == 0
                && wire.position() == 0
                && wire.hasRemaining()
                && !isContentType(wire.get(0) & 0xff)) {
            return new NotTls();
        }
        return hello(handshake.toByteArray());
    }

    /// A warning such as unrecognized_name may precede the ServerHello (RFC 6066 §3).
    private static boolean endsHandshake(byte[] alert) {
        boolean warning = alert[0] == 1;
        return !warning || alert[1] == 0 || alert[1] == 90;
    }

    private static FirstFlight hello(byte[] message) {
        try {
            ByteBuffer body = ByteBuffer.wrap(message);
            int type = body.get();
            body.position(4);
            int legacyVersion = body.getShort() & 0xffff;
            if (type == 2 && legacyVersion == TLS12) {
                return new Hello(supportedVersion(body));
            }
            return type == 1 || type == 2 ? new Hello(legacyVersion) : new Unknown();
        } catch (BufferUnderflowException | IllegalArgumentException cut) {
            return new Unknown();
        }
    }

    private static int supportedVersion(ByteBuffer serverHello) {
        serverHello.position(serverHello.position() + 32);
        int sessionId = serverHello.get() & 0xff;
        serverHello.position(serverHello.position() + sessionId + 3);
        if (serverHello.remaining() < 2) {
            return TLS12;
        }
        int end = Math.min(serverHello.limit(), serverHello.position() + 2 + (serverHello.getShort() & 0xffff));
        while (end - serverHello.position() >= 4) {
            int extension = serverHello.getShort() & 0xffff;
            int length = serverHello.getShort() & 0xffff;
            if (extension == 43) {
                return serverHello.getShort() & 0xffff;
            }
            serverHello.position(serverHello.position() + length);
        }
        return TLS12;
    }

    /// The version as people write it: `TLSv1.1`.
    static String name(int version) {
        return switch (version) {
            case 0x0300 -> "SSLv3";
            case 0x0301 -> "TLSv1.0";
            case 0x0302 -> "TLSv1.1";
            case 0x0303 -> "TLSv1.2";
            case 0x0304 -> "TLSv1.3";
            default -> String.format("0x%04x", version);
        };
    }
}
