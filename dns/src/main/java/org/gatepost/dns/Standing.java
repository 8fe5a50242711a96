// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.function.Function;

/// How records, or a zone's keys, stand (RFC 4033 §5), with the proof or with what speaks against it.
///
/// @param <T> what proves them secure
sealed interface Standing<T> {
    /// A chain of trust leads here.
    record Secure<T>(T proof) implements Standing<T> {}

    /// The chain provably ends above.
    record Insecure<T>(ValidationReason why) implements Standing<T> {}

    /// A signature or denial that must be there is missing or wrong.
    record Bogus<T>(ValidationReason why) implements Standing<T> {}

    /// Something needed could not be fetched.
    record Unknown<T>(DnsFailure failure) implements Standing<T> {}

    /// No trust anchor stands above.
    record Unanchored<T>(ValidationReason why) implements Standing<T> {}

    /// What follows when this is secure; everything else stays as it is.
    default <U> Standing<U> then(Function<T, Standing<U>> next) {
        return switch (this) {
            case Secure<T>(T proof) -> next.apply(proof);
            case Insecure<T>(ValidationReason why) -> new Insecure<>(why);
            case Bogus<T>(ValidationReason why) -> new Bogus<>(why);
            case Unknown<T>(DnsFailure failure) -> new Unknown<>(failure);
            case Unanchored<T>(ValidationReason why) -> new Unanchored<>(why);
        };
    }
}
