// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import io.netty.internal.tcnative.Library;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;

/// BoringSSL as a native library, loaded at the first use and then for good.
///
/// It comes in a jar and is unpacked into the temporary folder for as long as loading takes. Another processor, another
/// C library than glibc or a folder mounted `noexec` mean that there is none.
final class NativeLibrary {
    private NativeLibrary() {}

    private static final class Loaded {
        static final Optional<String> TROUBLE = load();
    }

    /// Loads the library unless that was tried before.
    ///
    /// @return why it cannot be used, in one printable line; empty when it can
    static Optional<String> trouble() {
        return Loaded.TROUBLE;
    }

    private static Optional<String> load() {
        try {
            unpackAndLoad();
            return Library.initialize("provided", null)
                    ? Optional.empty()
                    : Optional.of("the native library does not start");
        } catch (LinkageError | Exception e) {
            String why = e.getMessage();
            return Optional.of(Printable.line(why == null ? e.toString() : why, 300));
        }
    }

    @SuppressWarnings("restricted") // native access is what the launcher permits
    private static void unpackAndLoad() throws IOException {
        String name = name();
        try (InputStream packed = NativeLibrary.class.getResourceAsStream("/META-INF/native/" + name)) {
            if (packed == null) {
                throw new IOException("there is no " + name + " among the jars");
            }
            // The library finds its classes by its own file name, which therefore must begin as in the jar.
            Path file = Files.createTempFile(name.replace(".so", "_"), ".so");
            try {
                Files.copy(packed, file, StandardCopyOption.REPLACE_EXISTING);
                System.load(file.toAbsolutePath().toString());
            } finally {
                Files.deleteIfExists(file);
            }
        }
    }

    private static String name() {
        String processor = System.getProperty("os.arch");
        return "libnetty_tcnative_"
                + System.getProperty("os.name").toLowerCase(Locale.ROOT)
                + "_"
                + switch (processor) {
                    case "amd64" -> "x86_64";
                    case "aarch64" -> "aarch_64";
                    default -> processor;
                }
                + ".so";
    }
}
