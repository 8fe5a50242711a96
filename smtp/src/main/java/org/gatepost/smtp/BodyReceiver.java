// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.OutputStream;

/// Takes in one message. [#close] is called in every case, once and last.
public interface BodyReceiver extends AutoCloseable {
    /// Where the message's octets go: lines end in CRLF, dots are unstuffed, no bare CR, bare LF or NUL. Written
    /// in large pieces, so it need not be buffered; never closed by the session.
    ///
    /// An `IOException` from it is taken as a local fault: the rest is read and dropped, the client is told
    /// `451 4.3.0`, and [#finish] is not called.
    OutputStream stream();

    /// The message is complete. Makes it durable, and only then returns the positive reply; any negative reply
    /// refuses it.
    Reply finish();

    /// Releases what is held; drops the message unless [#finish] has returned a positive reply.
    @Override
    void close();
}
