// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whose code shakes hands.
public enum TlsProvider {
    /// The native one where it can be loaded, else that of the Java runtime.
    AUTO,
    /// BoringSSL.
    NATIVE,
    /// The Java runtime's own.
    JSSE;

    private static final Logger LOG = LoggerFactory.getLogger(TlsProvider.class);

    /// Said once, by whoever needs an engine first.
    private static final class Choice {
        static final boolean NATIVE = choose();

        private static boolean choose() {
            Optional<String> trouble = NativeLibrary.trouble();
            if (trouble.isEmpty()) {
                LOG.info("TLS is done by BoringSSL");
            } else {
                LOG.info("TLS is done by the Java runtime, which is slower: {}", trouble.get());
            }
            return trouble.isEmpty();
        }
    }

    /// Why this provider cannot be used, in one printable line; empty when it can. Asking it of the native
    /// one loads its library.
    public Optional<String> trouble() {
        return switch (this) {
            case AUTO, JSSE -> Optional.empty();
            case NATIVE -> NativeLibrary.trouble();
        };
    }

    /// The client's side. [#AUTO] loads the native library at the first handshake.
    ///
    /// @throws IllegalStateException of [#NATIVE] when there is [#trouble]
    public TlsClient client() {
        return switch (this) {
            case AUTO -> new ChosenTlsClient();
            case NATIVE -> nativeClient();
            case JSSE -> new JsseTlsClient();
        };
    }

    /// Whether engines are to be native ones. May load the library.
    boolean isNative() {
        return switch (this) {
            case AUTO -> Choice.NATIVE;
            case NATIVE -> demanded();
            case JSSE -> false;
        };
    }

    private static TlsClient nativeClient() {
        demanded();
        return new NativeTlsClient();
    }

    private static boolean demanded() {
        NativeLibrary.trouble().ifPresent(trouble -> {
            throw new IllegalStateException("BoringSSL cannot be used: " + trouble);
        });
        return true;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
