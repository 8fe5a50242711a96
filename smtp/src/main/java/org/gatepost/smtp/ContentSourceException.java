// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;

/// The message to be sent could not be read, or is not fit to be sent: our fault, never the server's. The final
/// dot, or the last octet of the chunk, was not sent, so the server keeps nothing.
public final class ContentSourceException extends IOException {
    ContentSourceException(String message) {
        super(message);
    }

    ContentSourceException(IOException cause) {
        super("the message content could not be read", cause);
    }
}
