// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;

/// Gives the octets of a message, for each transfer anew.
@FunctionalInterface
public interface ContentSource {
    /// The message with CRLF line ends and without dot-stuffing; read in large pieces, closed by the session.
    InputStream open() throws IOException;
}
