// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

/// Where the validator gets its messages from. Nothing in them is trusted.
interface Upstream extends AutoCloseable {
    /// Asks and waits, at most until the lookup's deadline; never throws for trouble with network or data.
    Reply ask(WireQuestion question, Lookup lookup);

    /// Gives back what is kept between questions.
    @Override
    default void close() {}
}
