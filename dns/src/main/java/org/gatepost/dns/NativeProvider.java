// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.Provider;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The native provider of signature algorithms, which verifies elliptic curves some ten times as fast as the
/// JDK does. It is never installed for the whole JVM.
///
/// Loading takes 0.2 s and is done beside other work. Where the library cannot be loaded (another processor or
/// system, a temporary folder that forbids code), or where the system property `gatepost.crypto` is `jdk`, there is
/// none, and the JDK does all the work.
final class NativeProvider {
    private static final Logger LOG = LoggerFactory.getLogger(NativeProvider.class);
    private static final CompletableFuture<Optional<Provider>> LOADING = CompletableFuture.supplyAsync(
            NativeProvider::load,
            task -> Thread.ofPlatform().name("crypto-provider").daemon().start(task));

    private NativeProvider() {}

    /// Begins to load it; empty until it is there.
    static Supplier<Optional<Provider>> loading() {
        return () -> LOADING.getNow(Optional.empty());
    }

    /// Waits until it is loaded, or known to be unusable.
    static Optional<Provider> loaded() {
        return LOADING.join();
    }

    private static Optional<Provider> load() {
        if (System.getProperty("gatepost.crypto", "").equals("jdk")) {
            return Optional.empty();
        }
        try {
            Throwable trouble = AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError();
            if (trouble == null) {
                return Optional.of(AmazonCorrettoCryptoProvider.INSTANCE);
            }
            LOG.info("DNSSEC signatures are verified by the JDK, which is slower: {}", trouble.toString());
        } catch (LinkageError | RuntimeException e) {
            LOG.info("DNSSEC signatures are verified by the JDK, which is slower: {}", e.toString());
        }
        return Optional.empty();
    }
}
